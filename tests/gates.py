"""Rows, trials and audited runs for gates to judge."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import stats

from fakes import FakeSource
from results import CHANGED, planned_model
from robustaudit.attacks import parse_attack
from robustaudit.datasets import Dataset, load
from robustaudit.gate.rules import Rule
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.plan import make_plan
from robustaudit.runs.result import Result, Row
from robustaudit.runs.stored_run import Shards, StoredRun, open_run
from robustaudit.runs.trial import TRIALS
from robustaudit.statistics.intervals import LEVEL
from robustaudit.statistics.measures import Estimate, Measures, WorstOfK


def shards(trials: pa.Table | Sequence[dict[str, Any]]) -> Shards:
    """Those trials as the one shard of a run."""
    made = trials if isinstance(trials, pa.Table) else table(trials)
    return lambda: [made]


def NO_TRIALS() -> list[pa.Table]:  # noqa: N802  (a constant)
    return []


def row(estimate: Estimate | None, *, examples: int = 100, **changes: Any) -> Row:
    """A row in which every measure is that estimate."""
    measures = Measures(
        drop=estimate, perturbed_accuracy=estimate, flip_rate=estimate, relative_drop=estimate
    )
    worst = () if estimate is None else (WorstOfK(5, estimate, examples),)
    changes.setdefault("base", changes.get("attack", CHANGED.attack))
    return replace(
        CHANGED,
        on_changed=measures,
        worst_of_k=worst,
        examples_changed=examples,
        groups_changed=examples,
        **changes,
    )


def by_interval(rule: Rule, row: Row) -> tuple[float, float] | None:
    """Evidence for rows that no trials stand behind: read off their intervals, as of normal figures."""
    names = {
        "max_drop": "drop",
        "min_accuracy": "perturbed_accuracy",
        "max_flip_rate": "flip_rate",
        "max_relative_drop": "relative_drop",
    }
    estimate = row.worst_of_k[0].accuracy if rule.k else getattr(row.on_changed, names[rule.measure])
    found = _off(estimate, rule.threshold)
    without = row.on_changed.flip_rate_beyond_noise if rule.measure == "max_flip_rate" else None
    if found and without:
        return max(found[0], (_off(without, rule.threshold) or found)[0]), found[1]
    return found


def _off(estimate: Estimate | None, threshold: float) -> tuple[float, float] | None:
    if estimate is None or estimate.low is None or estimate.high is None:
        return None
    gap = estimate.value - threshold
    reach = estimate.value - estimate.low if gap > 0 else estimate.high - estimate.value
    distance = stats.norm.isf(LEVEL) * gap / reach if reach > 0 else 0.0
    return float(stats.norm.sf(distance)), float(stats.norm.cdf(distance))


def result(rows: Iterable[Row], slices: Iterable[Row] = ()) -> Result:
    rows = tuple(rows)
    names = dict.fromkeys(each.model for each in rows)
    models = [planned_model(name, digest=f"d-{name}") for name in names]
    attacks = [
        {"name": name, "expression": f"{name}@0.3", "rates": [0.3]}
        for name in dict.fromkeys(r.attack for r in rows)
    ]
    data = {"name": "reviews", "title": "reviews", "digest": "d1"}
    plan = {
        "robustaudit": "0.1.0",
        "data": data,
        "examples": 100,
        "trials": 100,
        "seed": 0,
        "segmentation": "characters",
        "class_names": [None, None],
    }
    return Result({**plan, "models": models, "attacks": attacks}, rows, 1.0, slices=tuple(slices))


def trial(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A trial of CHANGED: right before and wrong after, unless told otherwise."""
    text = {"clean_text": "a great film", "perturbed_text": "a grest film", "changed": True}
    edits = {"edits": [{"start": 5, "stop": 6, "replacement": "s"}], "edits_by_step": [], "edit_share": 1 / 3}
    answers = {"clean_prediction": 1, "perturbed_prediction": 0}
    made = {
        **dict.fromkeys(TRIALS.names),
        "model": "1",
        "attack": "qwerty",
        "trial": number,
        "draw": 0,
        "label": 1,
        "example": f"movie-{number:03d}",
        "group": f"movie-{number:03d}",
        **text,
        **edits,
        **answers,
        "clean_probabilities": [0.1, 0.9],
        "perturbed_probabilities": [0.9, 0.1],
        "clean_probability": 0.9,
        "perturbed_probability": 0.1,
        **changes,
    }
    numbers = ("label", "clean_prediction", "perturbed_prediction")
    return made | {f"{name}_name": str(made[name]) for name in numbers}


def partly_changed(draws: int, *, all_changed: bool = False) -> tuple[Result, pa.Table]:
    """A run whose attack always changes 100 examples and is survived, and fells 100 others when it does.

    It changes one in ten draws of the others: of one draw each ten, of ten draws each one, or all of them.
    """
    trials = []
    for example in range(200):
        for draw in range(draws):
            frail = example >= 100
            changed = all_changed or not frail or (example + draw) % 10 == 0
            text = f"a great film {example}"
            trials.append(
                trial(
                    draw * 200 + example,
                    example=f"movie-{example:03d}",
                    group=f"movie-{example:03d}",
                    draw=draw,
                    changed=changed,
                    clean_text=text,
                    perturbed_text=f"{text} {draws} {draw}" if changed else text,
                    perturbed_prediction=0 if frail and changed else 1,
                )
            )
    found = result([row(Estimate(0.5), examples=200, trials=len(trials))])
    return replace(found, plan={**found.plan, "examples": 200, "trials": len(trials)}), table(trials)


def table(trials: Sequence[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(trials), schema=TRIALS)


class ByShape:
    """Knows the label of a text by its words' lengths, which `qwerty` keeps; a worse one mistakes a third.

    It fails on `silent` texts.
    """

    labels = ("negative", "positive")

    def __init__(self, *, worse: bool, silent: Collection[str] = ()) -> None:
        self._worse = worse
        self._silent = silent
        self._known = {_shape(example.text): example.label for example in load("tiny").audited}

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        if any(text in self._silent for text in texts):
            raise RuntimeError("no answer")
        shapes = [_shape(text) for text in texts]
        said = [self._known.get(shape, 0) ^ (self._worse and sum(shape) % 3 == 0) for shape in shapes]
        return np.array([[0.1, 0.9] if each else [0.9, 0.1] for each in said])


def _shape(text: str) -> tuple[int, ...]:
    return tuple(map(len, text.split()))


def audited(
    folder: Path,
    *,
    worse: bool = False,
    seed: int = 0,
    examples: int = 200,
    draws: int = 2,
    attack: str = "qwerty",
    silent: Collection[str] = (),
    data: Dataset | None = None,
) -> StoredRun:
    """A finished run of such a model, named fake, on `tiny`, with two draws of an example."""
    source = FakeSource(make=lambda: ByShape(worse=worse, silent=silent), digest=f"d{worse}")
    plan = make_plan(
        data or load("tiny"),
        [source],
        [parse_attack(attack)],
        trials=draws * examples,
        examples=examples,
        seed=seed,
        error_policy=ErrorPolicy(on_error="skip" if silent else "stop"),
    )
    execute_plan(plan, folder)
    return open_run(folder)
