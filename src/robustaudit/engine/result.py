"""What a run found: one row for each model and attack."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from robustaudit.core.records import Edit
from robustaudit.engine.plan import Plan
from robustaudit.engine.statistics import PerExample, Unit, drop_interval, per_example

SCHEMA_VERSION = 1

FEW_EXAMPLES = 20
"""With fewer changed examples than this a row is marked as resting on little."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The trial of a row that is shown to the reader."""

    trial: int
    example: str
    label: int
    clean_text: str
    perturbed_text: str
    edits: tuple[Edit, ...]
    clean_prediction: int
    perturbed_prediction: int


@dataclass(frozen=True, slots=True)
class Row:
    """One model under one attack; shares are fractions, None where no trial changed its text.

    Accuracies, drop, interval and flip rate are over the changed trials, those with `_all` over all;
    each is the mean of the examples' means. Of `trials`, those `skipped` had no answer and count in nothing
    else.
    """

    model: str
    attack: str
    trials: int
    trials_changed: int
    changed_share: float
    examples: int
    examples_changed: int
    groups_changed: int
    clean_accuracy: float | None
    perturbed_accuracy: float | None
    drop: float | None
    drop_low: float | None
    drop_high: float | None
    interval_unit: Unit | None
    flips: int
    flip_rate: float | None
    edit_share: float | None
    clean_accuracy_all: float | None
    perturbed_accuracy_all: float | None
    drop_all: float | None
    shown: Shown | None
    skipped: int = 0

    @property
    def few_examples(self) -> bool:
        """Whether the row rests on too few changed examples to say much."""
        return 0 < self.examples_changed < FEW_EXAMPLES


@dataclass(frozen=True, slots=True)
class Result:
    """A finished run: what was planned, what was found, how long the last start of it took in seconds."""

    plan: Mapping[str, Any]
    rows: tuple[Row, ...]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return {
            "schema_version": SCHEMA_VERSION,
            "plan": dict(self.plan),
            "seconds": round(self.seconds, 3),
            "rows": [asdict(row) for row in self.rows],
        }


def fold(plan: Plan, trials: pa.Table) -> tuple[Row, ...]:
    """The rows of a run from its trials, models and attacks in the order of the plan."""
    return tuple(_rows(plan, trials))


def _rows(plan: Plan, trials: pa.Table) -> Iterator[Row]:
    for model in plan.models:
        of_model = trials.filter(pc.equal(trials["model"], pa.scalar(model.name)))
        for attack in plan.attacks:
            cell = of_model.filter(pc.equal(of_model["attack"], pa.scalar(attack.label)))
            yield _row(model.name, attack.label, cell, unit="draw" if len(plan.examples) == 1 else "group")


def _row(model: str, attack: str, planned: pa.Table, *, unit: Unit) -> Row:
    trials = planned.filter(pc.is_null(planned["error"]))
    changed = trials.filter(trials["changed"])
    everything, found = _examples(trials), _examples(changed)
    some, answered = len(changed) > 0, len(trials) > 0
    interval = drop_interval(found, unit=unit) if some else None
    return Row(
        model=model,
        attack=attack,
        trials=len(planned),
        trials_changed=len(changed),
        changed_share=len(changed) / max(len(trials), 1),
        examples=len(everything.drop),
        examples_changed=len(found.drop),
        groups_changed=len(np.unique(found.group)),
        clean_accuracy=float(found.clean.mean()) if some else None,
        perturbed_accuracy=float(found.perturbed.mean()) if some else None,
        drop=float(found.drop.mean()) if some else None,
        drop_low=interval[0] if interval else None,
        drop_high=interval[1] if interval else None,
        interval_unit=unit if interval else None,
        flips=int(_flipped(changed).sum()),
        flip_rate=float(found.flipped.mean()) if some else None,
        edit_share=float(np.mean(changed["edit_share"].to_numpy())) if some else None,
        clean_accuracy_all=float(everything.clean.mean()) if answered else None,
        perturbed_accuracy_all=float(everything.perturbed.mean()) if answered else None,
        drop_all=float(everything.drop.mean()) if answered else None,
        shown=_shown(changed),
        skipped=len(planned) - len(trials),
    )


def _examples(trials: pa.Table) -> PerExample:
    label = trials["label"].to_numpy()
    return per_example(
        _codes(trials, "example"),
        _codes(trials, "group"),
        clean=trials["clean_prediction"].to_numpy() == label,
        perturbed=trials["perturbed_prediction"].to_numpy() == label,
        flipped=_flipped(trials),
    )


def _codes(trials: pa.Table, column: str) -> NDArray[np.int64]:
    """The distinct strings of a column as numbers."""
    values = trials[column].combine_chunks().dictionary_encode()
    codes: NDArray[np.int64] = values.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def _flipped(trials: pa.Table) -> NDArray[np.bool_]:
    flipped: NDArray[np.bool_] = (
        trials["clean_prediction"].to_numpy() != trials["perturbed_prediction"].to_numpy()
    )
    return flipped


def _shown(changed: pa.Table) -> Shown | None:
    """The first changed trial in which a right answer became wrong, or else the first changed one."""
    if len(changed) == 0:
        return None
    label = changed["label"].to_numpy()
    lost = (changed["clean_prediction"].to_numpy() == label) & _flipped(changed)
    order = np.lexsort((changed["trial"].to_numpy(), ~lost))
    row = changed.slice(int(order[0]), 1).to_pylist()[0]
    names = (
        "trial",
        "example",
        "label",
        "clean_text",
        "perturbed_text",
        "clean_prediction",
        "perturbed_prediction",
    )
    return Shown(edits=tuple(Edit(**edit) for edit in row["edits"]), **{name: row[name] for name in names})
