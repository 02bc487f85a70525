"""Checks of what a sweep proves: certified accuracy and rho against thresholds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from robustaudit.core.errors import UserError
from robustaudit.core.spelling import named, option
from robustaudit.gate.rules import AT
from robustaudit.gate.verdict import FAILED, PASSED
from robustaudit.statistics.measures import Estimate
from robustaudit.statistics.sequential import Outcome
from robustaudit.worst_case.certification import CertifiedRow


@dataclass(frozen=True, slots=True)
class CertifiedThresholds:
    """The least certified accuracy and rho that are allowed; None for any.

    Raises:
        UserError: one is no share from 0 to 1.
    """

    min_certified: float | None = None
    min_rho: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("min_certified", self.min_certified), ("min_rho", self.min_rho)):
            if value is not None and not 0 <= value <= 1:
                raise UserError(
                    f"{named(name)} must be a share from 0 to 1, such as 0.4 for 40%, got {value:g}"
                )

    def check_rho_is_known(self, *, all_edits: bool) -> None:
        """Refuse a least rho where not every edit is queried, so that it is not known."""
        if self.min_rho is not None and not all_edits:
            raise UserError(f"{named('min_rho')} needs every edit: give {option('all_edits', True)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedCheck:
    """One threshold for a model under an attack.

    The data confirm that certified accuracy is at least the threshold (passed) or below (failed), or
    neither (inconclusive); rho is exact for the examples of the sweep.
    """

    measure: Literal["min_certified", "min_rho"]
    threshold: float
    model: str
    attack: str
    figure: Estimate
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class CertifiedVerdict:
    """All checks of a sweep: failed if one is, else inconclusive if one is."""

    checks: tuple[CertifiedCheck, ...]

    @property
    def outcome(self) -> Outcome:
        outcomes = {check.outcome for check in self.checks}
        worst: tuple[Outcome, ...] = ("failed", "inconclusive")
        return next((each for each in worst if each in outcomes), "passed")

    @property
    def exit_code(self) -> int:
        """1 if a check failed; an inconclusive one is said, and is no failure."""
        return FAILED if self.outcome == "failed" else PASSED


def check_certified(rows: Sequence[CertifiedRow], thresholds: CertifiedThresholds) -> CertifiedVerdict:
    """Each row of a sweep against the thresholds.

    Raises:
        UserError: rho is asked for, and is not known.
    """
    thresholds.check_rho_is_known(all_edits=all(row.rho is not None or not row.texts for row in rows))
    return CertifiedVerdict(tuple(check for row in rows for check in _checks(row, thresholds)))


def _checks(row: CertifiedRow, thresholds: CertifiedThresholds) -> Iterator[CertifiedCheck]:
    if (least := thresholds.min_certified) is not None:
        yield CertifiedCheck(
            measure="min_certified",
            threshold=least,
            model=row.model,
            attack=row.attack,
            figure=row.certified_accuracy,
            outcome=_certified(row, least),
        )
    if (least := thresholds.min_rho) is not None and row.rho is not None:
        yield CertifiedCheck(
            measure="min_rho",
            threshold=least,
            model=row.model,
            attack=row.attack,
            figure=Estimate(row.rho),
            outcome="passed" if row.rho >= least - AT else "failed",
        )


def _certified(row: CertifiedRow, least: float) -> Outcome:
    """Whether certified accuracy is at least that; examples that are undecided may be certified or not."""
    figure = row.certified_accuracy
    if figure.low is None or figure.high is None:  # one group alone says nothing of others
        return "inconclusive"
    if figure.low >= least - AT:
        return "passed"
    return "failed" if figure.high + row.undecided / row.examples < least - AT else "inconclusive"
