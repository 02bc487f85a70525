"""What the judging half says of each candidate: gains, what they cost, and whether they help or harm."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa

from robustaudit.core.arrays import Floats, Integers
from robustaudit.statistics.bounds import mean_between, p_differs
from robustaudit.statistics.estimates import UnresolvedEstimate, with_intervals
from robustaudit.statistics.intervals import GroupSums, grouped, holm
from robustaudit.statistics.measures import FEW_EXAMPLES, Estimate
from robustaudit.statistics.outcomes import positions_in, trials_under, with_predictions

ALPHA = 0.05
"""An adjusted p-value under this makes a difference certain, for all statements of a family at once."""

SMALL = 0.02
"""A gain that is surely below this is none that anybody would notice."""

Scope = Literal["clean", "seen", "held out", "attack"]

CLEAN: Scope = "clean"
SEEN: Scope = "seen"
HELD_OUT: Scope = "held out"


@dataclass(frozen=True, slots=True, kw_only=True)
class GainStatement:
    """By how much the accuracy of a candidate is above that of another model, on the same texts.

    `scope` says which texts: clean ones, those under one attack, or the mean over the seen or the held-out
    attacks of each example. Under attack it is over the trials whose text changed. Each group weighs alike,
    however many examples it has. `p_value` is two-sided, against the same accuracy, `p_adjusted` the same by
    Holm's method, over all statements on single attacks or over all others.
    """

    candidate: str
    against: str
    scope: Scope
    attack: str | None
    examples: int
    groups: int
    gain: Estimate
    p_value: float | None
    p_adjusted: float | None = None

    @property
    def is_significant(self) -> bool:
        """Whether the accuracies differ, whatever else was tested."""
        return self.p_adjusted is not None and self.p_adjusted < ALPHA and self.groups >= FEW_EXAMPLES

    @property
    def is_gain(self) -> bool:
        return self.is_significant and self.gain.value > 0

    @property
    def is_loss(self) -> bool:
        return self.is_significant and self.gain.value < 0


VerdictKind = Literal["helps", "helps and harms", "harms", "does not help", "not shown to help"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateVerdict:
    """What the statements on a candidate come to: the significant ones, and whether any gain is possible."""

    candidate: str
    gains: tuple[GainStatement, ...]
    losses: tuple[GainStatement, ...]
    at_most: float | None
    """The upper bound of what it may gain on seen or held-out attacks; None where nothing bounds it."""

    @property
    def kind(self) -> VerdictKind:
        if self.gains:
            return "helps and harms" if self.losses else "helps"
        if self.losses:
            return "harms"
        return "does not help" if self.at_most is not None and self.at_most <= SMALL else "not shown to help"


@dataclass(frozen=True)
class Judgements:
    """All statements on all candidates, tested together."""

    statements: tuple[GainStatement, ...]

    def of(
        self, candidate: str, scope: Scope, *, against: str, attack: str | None = None
    ) -> GainStatement | None:
        """One statement; None where there was nothing to compare."""
        return self._by_key.get((candidate, against, scope, attack))

    @cached_property
    def _by_key(self) -> Mapping[tuple[str, str, str, str | None], GainStatement]:
        return {(each.candidate, each.against, each.scope, each.attack): each for each in self.statements}

    def verdict(self, candidate: str, *, against: str) -> CandidateVerdict:
        """Whether a candidate helps or harms, compared with that model."""
        mine = [each for each in self.statements if (each.candidate, each.against) == (candidate, against)]
        highs = [each.gain.high for each in mine if each.scope in (SEEN, HELD_OUT)]
        bounded = [high for high in highs if high is not None]
        return CandidateVerdict(
            candidate=candidate,
            gains=tuple(each for each in mine if each.is_gain and each.scope != CLEAN),
            losses=tuple(each for each in mine if each.is_loss),
            at_most=max(bounded) if bounded and len(bounded) == len(highs) else None,
        )

    def main_gain(self, candidate: str, *, against: str) -> GainStatement | None:
        """The gain that candidates are ranked by: on held-out attacks, on seen ones if none is held out."""
        return self.of(candidate, HELD_OUT, against=against) or self.of(candidate, SEEN, against=against)


def judge(
    trials: pa.Table,
    pairs: Sequence[tuple[str, str]],
    *,
    seen: Sequence[str],
    held_out: Sequence[str],
) -> Judgements:
    """The statements on each pair of a candidate and what it is compared with, from the trials of a run.

    Gains on single attacks are stated of the pairs with the first reference alone: those with another one
    are about the means.
    """
    known = _Accuracies(with_predictions(trials))
    first = pairs[0][1] if pairs else ""
    found = [
        statement
        for candidate, against in pairs
        for statement in _statements(
            known, candidate, against, seen=seen, held_out=held_out, each_attack=against == first
        )
    ]
    families = [[each for each in found if (each.scope == "attack") == single] for single in (False, True)]
    return Judgements(with_intervals(tuple(each for family in families for each in _adjusted(family))))


def _adjusted(family: Sequence[GainStatement]) -> Iterator[GainStatement]:
    """The same with their p-values adjusted by Holm's method."""
    adjusted = iter(holm([each.p_value for each in family if each.p_value is not None]).tolist())
    for each in family:
        yield each if each.p_value is None else replace(each, p_adjusted=next(adjusted))


class _Accuracies:
    """Which examples each model gets right, by attack; NaN where it has no prediction, or no text changed."""

    def __init__(self, trials: pa.Table) -> None:
        self._trials = trials
        pairs = zip(trials["example"].to_pylist(), trials["group"].to_pylist(), strict=True)
        names = {str(example): str(group) for example, group in pairs}  # each once
        self._examples = list(names)
        numbers: dict[str, int] = {}
        self.group: Integers = np.array(
            [numbers.setdefault(group, len(numbers)) for group in names.values()], dtype=np.int64
        )
        self._known: dict[tuple[str, str, bool], Floats] = {}

    def under(self, model: str, attack: str) -> Floats:
        """The accuracy on each example under attack, over its trials whose text changed."""
        return self._of(model, attack, clean=False)

    def clean(self, model: str, attacks: Sequence[str]) -> Floats:
        """The accuracy on each clean example, of which every attack has the prediction."""
        return _mean([self._of(model, attack, clean=True) for attack in attacks])

    def _of(self, model: str, attack: str, *, clean: bool) -> Floats:
        key = (model, attack, clean)
        if key not in self._known:
            found = trials_under(self._trials, model, attack)
            if not clean:
                found = found.filter(found["changed"])
            predicted = found["clean_prediction" if clean else "perturbed_prediction"].to_numpy()
            right = (predicted == found["label"].to_numpy()).astype(np.float64)
            place = positions_in(found["example"], self._examples)
            number = np.bincount(place, minlength=len(self._examples))
            sums = np.bincount(place, weights=right, minlength=len(self._examples))
            self._known[key] = np.where(number > 0, sums / np.maximum(number, 1), np.nan)
        return self._known[key]


def _mean(columns: Sequence[Floats]) -> Floats:
    """The mean over columns, row by row, of those that are known."""
    stacked = np.stack(columns)
    known = ~np.isnan(stacked)
    number = known.sum(axis=0)
    sums = np.where(known, stacked, 0.0).sum(axis=0)
    means: Floats = np.where(number > 0, sums / np.maximum(number, 1), np.nan)
    return means


def _statements(
    known: _Accuracies,
    candidate: str,
    against: str,
    *,
    seen: Sequence[str],
    held_out: Sequence[str],
    each_attack: bool,
) -> Iterator[GainStatement]:
    attacks = [*seen, *held_out]
    gains = {attack: known.under(candidate, attack) - known.under(against, attack) for attack in attacks}
    clean = known.clean(candidate, attacks) - known.clean(against, attacks)
    values: list[tuple[Scope, str | None, Floats]] = [(CLEAN, None, clean)]
    scopes: tuple[tuple[Scope, Sequence[str]], ...] = ((SEEN, seen), (HELD_OUT, held_out))
    values += [(scope, None, _mean([gains[each] for each in those])) for scope, those in scopes if those]
    if each_attack:
        values += [("attack", attack, gains[attack]) for attack in attacks]
    for scope, attack, of_example in values:
        there = ~np.isnan(of_example)
        if there.any():
            part = _groups_alike(of_example[there], known.group[there])
            bounds = mean_between(part, -1.0, 1.0) if part.groups > 1 else None
            yield GainStatement(
                candidate=candidate,
                against=against,
                scope=scope,
                attack=attack,
                examples=int(there.sum()),
                groups=part.groups,
                gain=UnresolvedEstimate(part.mean, bounds=bounds),
                p_value=p_differs(bounds) if bounds else None,
            )


def _groups_alike(values: Floats, group: Integers) -> GroupSums:
    """Values of examples as the mean of each group, each of which weighs 1."""
    part = grouped(values, group)
    some = part.sizes > 0
    return GroupSums(part.sums[some] / part.sizes[some], np.ones(int(some.sum())))
