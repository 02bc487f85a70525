"""Severity: rates by level, calibrated so that a level changes one share of the characters for all attacks.

docs/severity.md says how the levels were chosen and the rates found.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Self, TypeVar, cast

import numpy as np

from robustaudit.attacks.algebra import Attack, AttackSequence, Choice, Constrained, Mix, Operand, Weighted
from robustaudit.attacks.rewriter_attack import RewriterAttack
from robustaudit.core.errors import UserError
from robustaudit.core.typed_values import parse_typed
from robustaudit.core.validation import check_at_least
from robustaudit.perturbations import Perturbation, WeightedPerturbation, expression_of

LEVELS = (0.01, 0.025, 0.05, 0.1, 0.15)
"""The share of characters that each level changes, from level 1 on.

Level 2 is about what people leave wrong when they type on phones: 2.3 % (Palin et al. 2019,
doi:10.1145/3338286.3340120). At level 5 nearly every word has a slip.
"""

TABLE = files(__package__).joinpath("data", "severity.toml")

_TOLERANCE = 0.1  # relative, of the share of a level
_DECIMALS = 4  # of rates
_LEAST = 10**-_DECIMALS


@dataclass(frozen=True, slots=True)
class SeverityCalibration:
    """The measurements of one perturbation; shares are of characters, means over the texts that it changes.

    `rates` and `shares` belong to the levels; `held_out` are shares on texts that no rate was fitted to.
    At rate 1 it changes the share `ceiling`, and of all texts' words edits the share `edits`, each edit
    changing so many `characters`; `texts` is the share of texts that it changes at all.
    """

    rates: tuple[float, ...]
    shares: tuple[float, ...]
    held_out: tuple[float, ...]
    ceiling: float
    texts: float
    edits: float
    characters: float

    def rate(self, share: float) -> float:
        """The rate that changes that share; 1 from the ceiling on."""
        known = [(s, r) for s, r in zip(LEVELS, self.rates, strict=True) if s < self.ceiling and r < 1]
        shares, rates = zip((0.0, 0.0), *known, (max(self.ceiling, _LEAST), 1.0), strict=True)
        return float(np.interp(share, shares, rates))

    def reached(self, share: float) -> float:
        """The share that is changed at the rate for `share`."""
        return float(np.interp(share, (0.0, *LEVELS), (0.0, *self.shares)))


@dataclass(frozen=True, slots=True)
class CalibrationTable:
    """All calibrations, by expression, and the mean characters of a word with what follows it."""

    characters_per_word: float
    perturbations: Mapping[str, SeverityCalibration]


@dataclass(frozen=True, slots=True)
class Severity:
    """A level from 1 to 5, and the share of characters that is asked of the attack with it."""

    level: int
    share: float

    @classmethod
    def of(cls, level: int) -> Self:
        check_at_least("severity", level, 1, maximum=len(LEVELS))
        return cls(level, LEVELS[level - 1])

    def split(self, number: int) -> "Severity":
        """The severity of each of that many steps, which together have this one."""
        return replace(self, share=self.share / number)


@dataclass(frozen=True, slots=True)
class UnreachedSeverity:
    """A part of an attack that cannot change the share of characters of its severity."""

    part: str
    level: int
    asked: float
    reached: float


A = TypeVar("A", bound=Operand)


def at_severity(operand: A, severity: Severity, unreached: list[UnreachedSeverity]) -> A:
    """The operand with the rates of a severity for its perturbations and mixes without one.

    Parts that cannot reach it, which get the nearest rate, are added to `unreached`.

    Raises:
        UserError: a perturbation is not calibrated.
    """
    return cast("A", _at(operand, severity, unreached))


def _at(operand: Operand, severity: Severity, unreached: list[UnreachedSeverity]) -> Operand:
    match operand:
        case Mix() if operand.rate is None:
            return operand.with_rate(_rate(operand.parts, severity, unreached))
        case AttackSequence():
            each = severity.split(sum(map(takes_rate, operand.steps)) or 1)
            return AttackSequence(tuple(at_severity(step, each, unreached) for step in operand.steps))
        case Choice():
            return Choice(
                tuple((w, at_severity(option, severity, unreached)) for w, option in operand.options)
            )
        case Constrained() | Weighted():
            return replace(operand, attack=at_severity(operand.attack, severity, unreached))
        case RewriterAttack(rate=None):
            raise _uncalibrated(str(operand.rewriter))
        case Mix() | RewriterAttack():
            return operand
        case _:
            raise TypeError(f"not an attack: {operand!r}")


def takes_rate(attack: Attack) -> bool:
    """Whether some part of it has no rate of its own."""
    return attack.with_rate(0.5) != attack.with_rate(1.0)


def _rate(
    parts: tuple[WeightedPerturbation, ...], severity: Severity, unreached: list[UnreachedSeverity]
) -> float:
    share = severity.share
    known = [calibration(part.perturbation) for part in parts]
    if len(known) == 1:
        rate, reached = known[0].rate(share), known[0].reached(share)
    else:
        rate, reached = _mixed(known, [part.weight for part in parts], share)
    if abs(reached - share) > _TOLERANCE * share:
        names = " + ".join(expression_of(part.perturbation) for part in parts)
        unreached.append(UnreachedSeverity(names, severity.level, share, reached))
    return float(max(round(rate, _DECIMALS), _LEAST))


def unreached_lines(unreached: Iterable[UnreachedSeverity]) -> list[str]:
    """A line for each part of attacks that cannot reach its severities."""
    by_part: dict[tuple[str, bool], list[UnreachedSeverity]] = {}
    for each in unreached:
        by_part.setdefault((each.part, each.reached < each.asked), []).append(each)
    return [_line(part, below, found) for (part, below), found in by_part.items()]


def _line(part: str, below: bool, unreached: list[UnreachedSeverity]) -> str:
    levels = ", ".join(str(level) for level in sorted({each.level for each in unreached}))
    asked = ", ".join(f"{share * 100:.3g}" for share in sorted({each.asked for each in unreached}))
    reached = f"{(max if below else min)(each.reached for each in unreached) * 100:.2g}%"
    bound = f"at most {reached}" if below else f"at least {reached}"
    texts = "of the characters in texts of a hundred words"
    return f"severity {levels} not reached: {part} changes {bound} {texts}, not {asked}%"


@cache
def table() -> CalibrationTable:
    """The calibrations that ship."""
    return parse_typed(
        CalibrationTable, tomllib.loads(TABLE.read_text(encoding="utf-8")), where="severity.toml"
    )


def calibration(perturbation: Perturbation) -> SeverityCalibration:
    """The calibration of a perturbation: of its parameters if they have their own, else of its name.

    Raises:
        UserError: there is neither.
    """
    known, expression = table().perturbations, expression_of(perturbation)
    found = known.get(expression) or known.get(expression.partition("(")[0])
    if found is None:
        raise _uncalibrated(expression)
    return found


def _uncalibrated(expression: str) -> UserError:
    return UserError(f"perturbation {expression!r} has no calibrated severity: give a rate, such as @0.1")


def calibrated_variants() -> dict[str, SeverityCalibration]:
    """The calibrations of all perturbations, and of those parameters whose rates differ, by expression."""
    known = table().perturbations
    return {
        expression: found
        for expression, found in known.items()
        if (name := expression.partition("(")[0]) == expression or found.rates != known[name].rates
    }


def _mixed(known: list[SeverityCalibration], weights: list[float], share: float) -> tuple[float, float]:
    """The rate at which a mix changes `share` of the characters, and the share that it then changes.

    Of the words that it edits each part gets those that its weight gives it, or as many as it can edit; what
    it leaves falls to the others. Both rate and share are linear between the points where a part has no more.
    """
    most = np.array([each.edits for each in known])[:, None]
    shares = np.array(weights)[:, None] / sum(weights)
    edits = np.minimum(most, shares * np.sort(np.append(0.0, most / shares)))
    characters = np.array([each.characters for each in known]) @ edits / table().characters_per_word
    rate = float(np.interp(share, characters, edits.sum(axis=0), right=1.0))
    if rate < 1:
        return rate, share
    return 1.0, float(np.interp(1.0, edits.sum(axis=0), characters))
