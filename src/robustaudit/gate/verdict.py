"""The verdict of a gate, and as it is stored in the folder of a run."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from robustaudit.core.documents import parse_json_object
from robustaudit.core.errors import UserError
from robustaudit.core.typed_values import parse_typed
from robustaudit.gate.rules import OnInconclusive, Rule
from robustaudit.models import Form
from robustaudit.runs.findings import Finding
from robustaudit.runs.manifest import VERDICT
from robustaudit.runs.result import Slice
from robustaudit.runs.stored_run import StoredRun
from robustaudit.runs.trial import Trial
from robustaudit.statistics.measures import Estimate
from robustaudit.statistics.sequential import Outcome

BaselinePairing = Literal["same trials", "other trials"]

_VERSION = 6
_SENTENCES = ("reason", "replay")  # added to the JSON for readers, by reports

PASSED, FAILED, INCONCLUSIVE = 0, 1, 4
"""Exit codes; 2 and 3 are wrong use and an internal error, as everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineComparison:
    """Which changed trials a fall from the baseline rests on.

    `trials` are those of the baseline and of the run, `shared` those that both have: a figure that is paired
    (`same trials`) is over these alone. `draws` are those of an example in each; `by_share` says that
    examples weigh the share of their draws that changed them. `differing` are the shared trials that are
    correct on one side alone, None where trials are not paired. `same_model`: the baseline is of a model with
    the same digest, and that stands for what it predicts, as it does not for one behind an address. `forms`
    are those that the model was in, in the baseline and in the run, None for the plain one.
    """

    pairing: BaselinePairing
    trials: tuple[int, int]
    shared: int
    draws: tuple[float, float]
    by_share: bool
    differing: int | None = None
    same_model: bool = False
    forms: tuple[Form | None, Form | None] = (None, None)

    @property
    def is_identical(self) -> bool:
        """Whether the model is the baseline's, and as correct in every trial: it cannot have regressed."""
        return self.same_model and self.differing == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a check rests on besides its figure.

    `tests` are the checks of the gate whose p-values are corrected together. `noise` is that of the model,
    `beyond_noise` the flip rate less the noise.
    """

    tests: int = 1
    noise: Estimate | None = None
    beyond_noise: Estimate | None = None
    comparison: BaselineComparison | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule applied to one row of a run.

    `p_fail` and `p_pass` are of "the figure is beyond the threshold" and "it is within", one-sided, the
    first by Holm's method over the gate; both are None where the rule reads no interval. `trials_needed`
    are the further trials that would decide, None where that is not known.
    """

    rule: Rule
    model: str
    attack: str
    severity: int | None
    slice: Slice | None
    examples: int
    estimate: Estimate | None
    outcome: Outcome
    grounds: Grounds = Grounds()
    p_fail: float | None = None
    p_pass: float | None = None
    trials_needed: int | None = None
    counterexamples: tuple[Trial, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InapplicableRow:
    """A row without any changed text, which a rule selects without naming its attack: it is not checked."""

    rule: Rule
    model: str
    attack: str
    slice: Slice | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """All checks of a gate, and what they come to.

    `not_applicable` are rows that no check is for. `uncovered` are the drops that the run found, overall or
    of a true class, that no check is for. `run` is the folder judged, `models_dir` the folder of its
    reference models if they were not the shipped ones, `pickled` the models that load only with consent to
    pickles, `config` the file that the rules are from. `trials_left` are the further trials, per model and
    attack, that the data has examples for; None where that is not known.
    """

    checks: tuple[Check, ...]
    not_applicable: tuple[InapplicableRow, ...] = ()
    uncovered: tuple[Finding, ...] = ()
    on_inconclusive: OnInconclusive = "warn"
    run: str = ""
    models_dir: str | None = None
    pickled: tuple[str, ...] = ()
    config: str = ""
    trials_left: int | None = None

    @property
    def outcome(self) -> Outcome:
        if self.of("failed"):
            return "failed"
        return "inconclusive" if self.of("inconclusive") and self.on_inconclusive != "pass" else "passed"

    @property
    def exit_code(self) -> int:
        if self.outcome == "failed":
            return FAILED
        return INCONCLUSIVE if self.outcome == "inconclusive" and self.on_inconclusive == "fail" else PASSED

    @property
    def trials_needed(self) -> int | None:
        """The further trials that would decide every check of which that is known."""
        known = [check.trials_needed for check in self.of("inconclusive") if check.trials_needed is not None]
        return max(known, default=None)

    def of(self, outcome: Outcome) -> tuple[Check, ...]:
        """The checks that came out so."""
        return tuple(check for check in self.checks if check.outcome == outcome)

    def as_json(self) -> dict[str, Any]:
        return {
            "schema_version": _VERSION,
            "outcome": self.outcome,
            "exit_code": self.exit_code,
            "on_inconclusive": self.on_inconclusive,
            "run": self.run,
            "models_dir": self.models_dir,
            "pickled": list(self.pickled),
            "config": self.config,
            "trials_needed": self.trials_needed,
            "trials_left": self.trials_left,
            "checks": [asdict(check) for check in self.checks],
            "not_applicable": [asdict(row) for row in self.not_applicable],
            "uncovered": [asdict(finding) for finding in self.uncovered],
        }


def read_verdict(run: StoredRun) -> Verdict | None:
    """The last verdict on a run, or None if there is none.

    Raises:
        UserError: it cannot be read.
    """
    data = run.read(VERDICT)
    if data is None:
        return None
    where = str(run.folder / VERDICT)
    return parse_verdict(parse_json_object(data, f"verdict {where!r}"), where=where)


def parse_verdict(content: Mapping[str, Any], *, where: str) -> Verdict:
    """The verdict that JSON holds, as `gate --json` prints it.

    Raises:
        UserError: it is none, or of another schema.
    """
    if content.get("schema_version") != _VERSION:
        raise UserError(
            f"verdict {where!r} must have schema version {_VERSION}: `robustaudit gate` creates it again"
        )
    values = {field.name: content[field.name] for field in fields(Verdict) if field.name in content}
    return parse_typed(Verdict, _without_sentences(values), where=where)


def _without_sentences(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _without_sentences(each) for key, each in value.items() if key not in _SENTENCES}
    return list(map(_without_sentences, value)) if isinstance(value, list) else value
