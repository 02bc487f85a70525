"""Sweeps read back from their folders, without the models that made them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from robustaudit.core.arrays import Floats, Integers
from robustaudit.core.errors import UserError
from robustaudit.core.files import is_file, is_folder
from robustaudit.core.records import Edit, Example
from robustaudit.core.validation import check_known
from robustaudit.runs.plan_record import PlanRecord, find_model
from robustaudit.worst_case.sweep_plan import SweepRecord
from robustaudit.worst_case.sweep_store import RECORD, read_examples, read_record, read_shard, shard_of_unit


@dataclass(frozen=True, eq=False)
class EditEffects:
    """What a model predicts under an attack: single edits as columns, and clean texts by example.

    A row is a different text, in the order of the examples. `example` is the position in the plan, `part`
    that of the edit's perturbation among those of the attack; sites that overlap exclude each other.
    `prediction` is -1 without a prediction. `margin` is the log-odds of the class predicted for the clean
    text against the likeliest other, NaN if the model gives classes alone; so is `clean_margin`.
    """

    model: str
    attack: str
    example: Integers
    part: Integers
    start: Integers
    stop: Integers
    site_start: Integers
    site_stop: Integers
    replacement: "pa.Array[Any]"
    prediction: Integers
    margin: Floats
    label: Integers
    clean_prediction: Integers
    clean_margin: Floats

    def __len__(self) -> int:
        return len(self.example)

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which rows have a prediction to compare: that of their text, and of the clean one."""
        known: NDArray[np.bool_] = (self.prediction >= 0) & (self.clean_prediction[self.example] >= 0)
        return known

    @property
    def fails(self) -> NDArray[np.bool_]:
        """Which edits change the prediction."""
        fails: NDArray[np.bool_] = self.known & (self.prediction != self.clean_prediction[self.example])
        return fails

    def edit(self, row: int) -> Edit:
        """The edit of a row."""
        return Edit(int(self.start[row]), int(self.stop[row]), self.replacement[row].as_py())


def stable_examples(effects: EditEffects) -> NDArray[np.bool_]:
    """Which examples have a prediction that no edit changes; every text has one."""
    stable: NDArray[np.bool_] = effects.clean_prediction >= 0
    stable[effects.example[effects.fails | ~effects.known]] = False
    return stable


@dataclass(frozen=True)
class Sweep:
    """A finished sweep: the predictions of every single edit, or until one failed."""

    folder: Path
    record: SweepRecord
    examples: tuple[Example, ...]

    @property
    def plan(self) -> PlanRecord:
        return self.record.plan

    @property
    def models(self) -> tuple[str, ...]:
        """The names of the models."""
        return self.plan.layout.models

    @property
    def attacks(self) -> tuple[str, ...]:
        """The names of the attacks."""
        return self.plan.layout.attacks

    def tables(self, model: str) -> Iterator[pa.Table]:
        """The predictions of a model (`SWEEP`), shard by shard, in the order of the examples.

        Raises:
            UserError: there is no such model, or a shard cannot be read.
        """
        model = find_model(model, self.plan.as_json()["models"])
        for unit in self.record.units():
            if unit.model == model:
                yield read_shard(self.folder, unit, self.record)

    def of(self, model: str, attack: str) -> EditEffects:
        """What a model predicts under an attack.

        Raises:
            UserError: there is no such model or attack, or a shard cannot be read.
        """
        place = self.attacks.index(check_known("attack", attack, self.attacks))
        name = find_model(model, self.plan.as_json()["models"])
        parts = [(_of_attack(table, place), _clean(table)) for table in self.tables(model)]
        edits, clean = (pa.concat_tables(each).combine_chunks() for each in zip(*parts, strict=True))
        return EditEffects(
            model=name,
            attack=attack,
            **{name: edits[name].to_numpy().astype(np.int64) for name in _INTEGERS},
            replacement=edits["replacement"].combine_chunks(),
            prediction=_predictions(edits),
            margin=_margins(edits),
            label=np.array([example.label for example in self.examples], dtype=np.int64),
            clean_prediction=_predictions(clean),
            clean_margin=_margins(clean),
        )


_INTEGERS = ("example", "part", "start", "stop", "site_start", "site_stop")


def _of_attack(table: pa.Table, place: int) -> pa.Table:
    return table.filter(pc.equal(table["attack"], pa.scalar(place, pa.int16()))).replace_schema_metadata(None)


def _clean(table: pa.Table) -> pa.Table:
    return table.filter(pc.is_null(table["attack"])).replace_schema_metadata(None)


def _predictions(table: pa.Table) -> Integers:
    found: Floats = table["prediction"].cast(pa.float64()).to_numpy()  # NaN where there is none
    return np.nan_to_num(found, nan=-1).astype(np.int64)


def _margins(table: pa.Table) -> Floats:
    column: Floats = table["margin"].to_numpy()
    return column


def holds_sweep(folder: Path) -> bool:
    """Whether a folder is that of a sweep."""
    return is_file(folder / RECORD)


def open_sweep(folder: Path) -> Sweep:
    """The finished sweep in a folder.

    Raises:
        UserError: there is no such folder, no sweep in it, or one that is not finished.
    """
    if not is_folder(folder):
        raise UserError(
            f"sweep {str(folder)!r} does not exist: give the folder that robustaudit verify wrote"
        )
    sweep = Sweep(folder, read_record(folder), read_examples(folder))
    if not all(shard_of_unit(folder, unit).exists() for unit in sweep.record.units()):
        raise UserError(f"sweep {str(folder)!r} is not finished: run its command again to resume")
    return sweep
