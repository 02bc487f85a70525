"""Forecasts of the size and cost of audits, from a pilot or from assumptions."""

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from robustaudit.core.errors import UserError
from robustaudit.core.spelling import option
from robustaudit.runs.execution import of_attack
from robustaudit.runs.stored_run import StoredRun
from robustaudit.statistics.measures import FEW_EXAMPLES
from robustaudit.statistics.power import (
    Design,
    SequentialCost,
    approximate,
    examples_needed,
    group_types_of,
    power,
    sequential_cost,
)
from robustaudit.statistics.sample_size import (
    DRAWS,
    PilotSample,
    PowerTarget,
    VarianceComponents,
    drops_of,
    pilot_from_assumptions,
    variance_components,
)

_REACH = 20  # a simulated audit is given so many times the groups of the fixed one, within these bounds
_NEAREST, _FURTHEST = 10_000, 1_000_000
_AUDITS = 2_000  # that are simulated for a row and a size
_STEP = 1.05


_COLUMNS = (
    "model",
    "attack",
    "example",
    "group",
    "label",
    "changed",
    "clean_prediction",
    "perturbed_prediction",
    "error",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowForecast:
    """What the data at hand decide about a row of the pilot, if its drop is as it was there.

    `power` is the chance that a check of the gate shows on which side of the threshold the drop is, with all
    examples of the data; `examples` about how many of them give the power that is asked for, None where all
    do not.
    """

    model: str
    attack: str
    drop: float
    examples: int | None
    power: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pilot:
    """The model and attack of a run that need the most examples, and what was seen there.

    `rows` are those with changed examples enough, `cells` all; `at_hand` are the examples of the data.
    """

    run: str
    model: str
    attack: str
    cells: int
    at_hand: int
    rows: tuple[RowForecast, ...]
    sample: PilotSample


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Audits of a fixed size by number of draws, and sequential audits by true drop.

    `fixed` are sizes for one check of the gate, `fixed_all` for all of them together. Without a pilot,
    `flips` is the share of texts assumed to flip. The simulated sequential audits had `most_examples` to use.
    """

    question: PowerTarget
    pilot: Pilot | None
    clean_accuracy: float | None
    flips: float | None
    spread: VarianceComponents
    examples: int
    draws: int
    fixed: tuple[Design, ...]
    fixed_all: tuple[Design, ...]
    until_decided: tuple[SequentialCost, ...]
    most_examples: int

    def as_json(self) -> dict[str, Any]:
        of_pilot = ("run", "model", "attack", "cells", "at_hand")
        return {
            "question": asdict(self.question),
            "pilot": {name: getattr(self.pilot, name) for name in of_pilot} if self.pilot else None,
            "rows": [asdict(each) for each in self.pilot.rows] if self.pilot else [],
            "clean_accuracy": self.clean_accuracy,
            "flips": self.flips,
            "spread": asdict(self.spread),
            "examples": self.examples,
            "draws": self.draws,
            "fixed": [asdict(each) for each in self.fixed],
            "fixed_all": [asdict(each) for each in self.fixed_all],
            "until_decided": [asdict(each) for each in self.until_decided],
            "most_examples": self.most_examples,
        }


def forecast(question: PowerTarget, pilot: Pilot | None, *, clean_accuracy: float | None = None) -> Forecast:
    """The examples that a fixed audit needs by number of draws, and a sequential one by true drop.

    Raises:
        UserError: no model of that clean accuracy has such a drop, or it is given in addition to a pilot.
    """
    if pilot and clean_accuracy is not None:
        given = f"{option('clean_accuracy')}, or {option('pilot')}"
        raise UserError(f"a pilot knows the clean accuracy: leave out {given}")
    sample = pilot.sample if pilot else pilot_from_assumptions(question.true_drop, clean_accuracy)
    fixed, fixed_all = zip(*_sizes(question, sample), strict=True)
    groups = min(max(math.ceil(_REACH * fixed[0].examples / sample.mean_size), _NEAREST), _FURTHEST)
    drops = sorted({0.0, question.true_drop, *(k * question.max_drop for k in (1, 2, 3))})
    return Forecast(
        question=question,
        pilot=pilot,
        clean_accuracy=clean_accuracy,
        flips=None if pilot else sample.flips,
        spread=sample.spread,
        examples=sample.examples,
        draws=sample.draws,
        fixed=fixed,
        fixed_all=fixed_all,
        until_decided=tuple(
            sequential_cost(question, sample, true_drop=drop, most=groups) for drop in drops if drop < 1
        ),
        most_examples=math.ceil(groups * sample.mean_size),
    )


def _sizes(question: PowerTarget, sample: PilotSample) -> Iterator[tuple[Design, Design]]:
    """By number of draws; fewer of them never take fewer examples, and more than are known of as many."""
    found: dict[int, tuple[int, int]] = {}
    one = each = 0
    for draws in sorted({min(draws, sample.draws) for draws in DRAWS}, reverse=True):
        kinds = group_types_of(sample, question.true_drop, draws)
        needed = examples_needed(question, kinds, sample.mean_size)
        one, each = max(one, needed[0]), max(each, needed[1])
        found[draws] = one, each
    for draws in DRAWS:
        one, each = found[min(draws, sample.draws)]
        yield Design.of(question, one, draws), Design.of(question, each, draws)


def learn_from_pilot(run: StoredRun, question: PowerTarget) -> Pilot:
    """The most demanding model and attack of a stored run, and what its data decide row by row.

    Rows of few changed examples, of which little is known, count only where there are no others.

    Raises:
        UserError: no two groups of it have a changed trial under the same attack.
    """
    cells = list(_cells(run.trials(_COLUMNS)))
    samples = [(model, attack, sample) for model, attack, trials in cells if (sample := _sample(trials))]
    if not samples:
        raise UserError(
            f"pilot {str(run.folder)!r} has no attack that changed texts of two groups: give a larger one"
        )

    known = [each for each in samples if each[2].changed >= FEW_EXAMPLES]
    samples = known or samples

    def examples(cell: tuple[str, str, PilotSample]) -> float:
        sample = cell[2]
        kinds = group_types_of(sample, question.true_drop, sample.draws)
        return approximate(kinds, question, question.power) * sample.mean_size

    model, attack, sample = max(samples, key=examples)
    at_hand = run.planned.data.examples
    rows = (_row(*each, question, at_hand) for each in known)
    return Pilot(
        run=str(run.folder),
        model=model,
        attack=attack,
        cells=len(cells),
        at_hand=at_hand,
        rows=tuple(sorted(rows, key=lambda row: -row.drop)),
        sample=sample,
    )


def _row(model: str, attack: str, sample: PilotSample, question: PowerTarget, at_hand: int) -> RowForecast:
    assert sample.losses is not None
    drop = sample.losses.sums().mean
    if math.isclose(drop, question.max_drop, abs_tol=1e-6) or abs(drop) == 1:
        # On the threshold no data decide; with all texts lost, or all won, any do.
        least = FEW_EXAMPLES if abs(drop) == 1 else None
        return RowForecast(model=model, attack=attack, drop=drop, examples=least, power=float(abs(drop) == 1))
    asked, kinds = replace(question, true_drop=drop), group_types_of(sample, drop, sample.draws)

    def chance(examples: int) -> float:
        return power(kinds, asked, max(1, round(examples / sample.mean_size)), audits=_AUDITS)

    most = chance(at_hand)
    return RowForecast(
        model=model,
        attack=attack,
        drop=drop,
        examples=_fewest(chance, asked.power, at_hand) if most >= asked.power else None,
        power=most,
    )


def _fewest(chance: Callable[[int], float], wanted: float, most: int) -> int:
    """About the fewest examples, in steps of 5%, of which `most` are enough, that have that chance."""
    low, high = FEW_EXAMPLES, most
    while high > low * _STEP:
        middle = round(math.sqrt(low * high))
        low, high = (low, middle) if chance(middle) >= wanted else (middle, high)
    return high


def _cells(trials: pa.Table) -> Iterator[tuple[str, str, pa.Table]]:
    for model in map(str, trials["model"].unique()):
        of_model = trials.filter(pc.equal(trials["model"], pa.scalar(model)))
        for attack in map(str, of_model["attack"].unique()):
            yield model, attack, of_attack(attack, of_model)


def _sample(trials: pa.Table) -> PilotSample | None:
    losses = drops_of(trials)
    spread = variance_components(losses)
    if spread is None:
        return None
    examples = int(losses.example.max()) + 1
    return PilotSample(
        spread=spread,
        groups=losses.groups(),
        examples=examples,
        draws=round(len(trials) / examples),
        losses=losses,
    )
