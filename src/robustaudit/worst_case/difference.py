"""Two models over every single edit of the same texts: which edits newly fail, and which newly hold.

No edit is drawn, so that nothing here is an estimate. An edit fails if it changes the prediction; texts whose
clean prediction differs between the models are kept apart, as there a failing edit would mean two things.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from robustaudit.core.arrays import Integers
from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.perturbations import find_segmenter
from robustaudit.worst_case.edited_words import EditedWords, edited_words, kinds_of
from robustaudit.worst_case.stored_sweep import EditEffects, Sweep

MOVED = 1e-3
"""Margins that differ by more are counted as others: what batches do to the last digits is far smaller."""

_CHANGES: dict[str, pa.DataType] = {
    "attack": pa.string(),
    "newly": pa.string(),
    "kind": pa.string(),
    "before": pa.string(),
    "after": pa.string(),
    "example": pa.string(),
    "text": pa.string(),
    "start": pa.int64(),
    "stop": pa.int64(),
    "replacement": pa.string(),
    "clean_prediction": pa.int64(),
    "old_prediction": pa.int64(),
    "new_prediction": pa.int64(),
}
CHANGES = pa.schema(_CHANGES)
"""Edits whose outcome differs, one a row: `newly` is `fails` or `holds`, the words of the site before and
after, the example's id and clean text, the edit, and predictions by the number of the class."""

_CLEAN: dict[str, pa.DataType] = {
    "example": pa.string(),
    "text": pa.string(),
    "label": pa.int64(),
    "old_prediction": pa.int64(),
    "new_prediction": pa.int64(),
}
CLEAN_CHANGES = pa.schema(_CLEAN)
"""Clean texts whose prediction differs, one a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditCounts:
    """Different edited texts by what they do: all, those that fail each model, and those that do so newly."""

    edits: int
    old_fail: int
    new_fail: int
    newly_fail: int
    newly_hold: int


@dataclass(frozen=True, slots=True)
class EditGroup:
    """The edits of one kind, or of one word in any case."""

    name: str
    counts: EditCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackDifference:
    """Two models under one attack, over the texts whose clean prediction is the same.

    `set_aside` counts the edits of other texts, and those without a prediction. `moved` are the compared ones
    whose margins differ by more than `MOVED`; None if a model gives classes alone. `by_word` has the words
    whose edits newly fail or hold.
    """

    attack: str
    counts: EditCounts
    set_aside: int
    moved: int | None
    by_kind: tuple[EditGroup, ...]
    by_word: tuple[EditGroup, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class ModelDifference:
    """The second of two models compared with the first; `changes` and `clean` have the columns of `CHANGES`
    and `CLEAN_CHANGES`.
    """

    old: str
    new: str
    examples: int
    class_names: tuple[str | None, ...]
    attacks: tuple[AttackDifference, ...]
    changes: pa.Table
    clean: pa.Table

    @property
    def differs(self) -> bool:
        """Whether the models differ anywhere: in a prediction, or in the margin of an edited text."""
        return bool(len(self.changes) or len(self.clean) or any(each.moved for each in self.attacks))

    @property
    def newly_fail(self) -> int:
        """The edits that newly fail, over all attacks."""
        return sum(each.counts.newly_fail for each in self.attacks)

    @property
    def clean_newly_wrong(self) -> int:
        """The clean texts that the first model classifies correctly, and the second does not."""
        return _count(self.clean["old_prediction"], self.clean["label"])

    @property
    def clean_newly_correct(self) -> int:
        """The clean texts that the second model classifies correctly, and the first does not."""
        return _count(self.clean["new_prediction"], self.clean["label"])

    @property
    def new_failures(self) -> int:
        """What a gate counts: edits that newly fail, and clean texts that are newly wrong."""
        return self.newly_fail + self.clean_newly_wrong


def _count(predictions: "pa.ChunkedArray[Any]", labels: "pa.ChunkedArray[Any]") -> int:
    return int((predictions.to_numpy() == labels.to_numpy()).sum())


@dataclass(frozen=True, slots=True)
class SweptModel:
    """A model of a sweep."""

    sweep: Sweep
    model: str


def compare_sweeps(old: SweptModel, new: SweptModel) -> ModelDifference:
    """The difference of two models, of one sweep or of two over the same examples.

    Raises:
        UserError: a sweep left examples early, or has other examples, classes or attacks than the other.
    """
    _check_alike(old.sweep, new.sweep)
    found = [_Compared.of(old, new, attack) for attack in old.sweep.attacks]
    examples, first = old.sweep.examples, found[0]
    return ModelDifference(
        old=old.model,
        new=new.model,
        examples=len(examples),
        class_names=old.sweep.plan.classes.names,
        attacks=tuple(each.difference() for each in found),
        changes=pa.concat_tables([each.changes(examples) for each in found]),
        clean=_clean_changes(examples, first.old.clean_prediction, first.new.clean_prediction),
    )


def _check_alike(old: Sweep, new: Sweep) -> None:
    for each in (old, new):
        if not each.record.all_edits:
            raise UserError(
                f"sweep {str(each.folder)!r} left each example once an edit failed: only one of all edits "
                "can be compared (`robustaudit verify --all`)"
            )
    if old is new:
        return
    for what, first, second in (
        ("examples", *([(each.id, each.text) for each in side.examples] for side in (old, new))),
        ("attacks", *([each.expression for each in side.plan.attacks] for side in (old, new))),
        ("word segmentation", old.plan.segmentation, new.plan.segmentation),
        ("classes", old.plan.class_names, new.plan.class_names),
    ):
        if first != second:
            raise UserError(
                f"sweeps {str(old.folder)!r} and {str(new.folder)!r} must have the same {what} to be compared"
            )


@dataclass(frozen=True, eq=False)
class _Compared:
    """What two models make of the same edits, row by row."""

    old: EditEffects
    new: EditEffects
    words: EditedWords
    kinds: tuple[str, ...]

    @classmethod
    def of(cls, old: SweptModel, new: SweptModel, attack: str) -> "_Compared":
        place = old.sweep.attacks.index(attack)
        first, second = old.sweep.of(old.model, attack), new.sweep.of(new.model, new.sweep.attacks[place])
        same = all(
            np.array_equal(getattr(first, name), getattr(second, name))
            for name in ("example", "part", "start", "stop")
        )
        if not same or not first.replacement.equals(second.replacement):
            raise UserError(
                f"attack {attack!r} made other edits in the second sweep: run both with one version"
            )
        texts = [example.text for example in old.sweep.examples]
        words = edited_words(texts, first, find_segmenter(old.sweep.plan.segmentation))
        return cls(first, second, words, kinds_of(old.sweep.plan.attacks[place].expression))

    @property
    def compared(self) -> NDArray[np.bool_]:
        """Edits of texts whose clean prediction is the same, with a prediction from both models."""
        same = self.old.clean_prediction == self.new.clean_prediction
        compared: NDArray[np.bool_] = same[self.old.example] & self.old.known & self.new.known
        return compared

    @property
    def newly_fails(self) -> NDArray[np.bool_]:
        return self.compared & ~self.old.fails & self.new.fails

    @property
    def newly_holds(self) -> NDArray[np.bool_]:
        return self.compared & self.old.fails & ~self.new.fails

    def difference(self) -> AttackDifference:
        rows = len(self.old)
        whole = self._groups(np.zeros(rows, dtype=np.int64), [""])
        by_word = self._groups(*self.words.folded)
        changed = [each for each in by_word if each.counts.newly_fail or each.counts.newly_hold]
        return AttackDifference(
            attack=self.old.attack,
            counts=whole[0].counts,
            set_aside=rows - whole[0].counts.edits,
            moved=self._moved(),
            by_kind=tuple(self._groups(self.old.part, self.kinds)),
            by_word=tuple(sorted(changed, key=_most_failing)),
        )

    def _groups(self, group: Integers, names: Sequence[str]) -> list[EditGroup]:
        compared = self.compared
        columns = {
            "edits": compared,
            "old_fail": compared & self.old.fails,
            "new_fail": compared & self.new.fails,
            "newly_fail": self.newly_fails,
            "newly_hold": self.newly_holds,
        }
        counted = {key: np.bincount(group[those], minlength=len(names)) for key, those in columns.items()}
        return [
            EditGroup(name, EditCounts(**{key: int(number[place]) for key, number in counted.items()}))
            for place, name in enumerate(names)
        ]

    def _moved(self) -> int | None:
        distance = np.abs(self.new.margin - self.old.margin)[self.compared]
        return None if np.isnan(distance).all() else int((distance > MOVED).sum())

    def changes(self, examples: Sequence[Example]) -> pa.Table:
        """The edits that newly fail, and then those that newly hold."""
        parts = [("fails", np.flatnonzero(self.newly_fails)), ("holds", np.flatnonzero(self.newly_holds))]
        return pa.concat_tables([self._changes(newly, rows, examples) for newly, rows in parts])

    def _changes(self, newly: str, rows: Integers, examples: Sequence[Example]) -> pa.Table:
        edits, whose = self.old, self.old.example[rows].tolist()
        columns: dict[str, Any] = {
            "attack": [edits.attack] * len(rows),
            "newly": [newly] * len(rows),
            "kind": [self.kinds[part] for part in edits.part[rows].tolist()],
            "before": self.words.before.take(rows),
            "after": self.words.after.take(rows),
            "example": [examples[place].id for place in whose],
            "text": [examples[place].text for place in whose],
            "start": edits.start[rows],
            "stop": edits.stop[rows],
            "replacement": edits.replacement.take(rows),
            "clean_prediction": edits.clean_prediction[whose],
            "old_prediction": edits.prediction[rows],
            "new_prediction": self.new.prediction[rows],
        }
        return pa.table(columns, schema=CHANGES)


def _most_failing(group: EditGroup) -> tuple[int, int, str]:
    return -group.counts.newly_fail, -group.counts.newly_hold, group.name


def _clean_changes(examples: Sequence[Example], old: Integers, new: Integers) -> pa.Table:
    def rows() -> Iterator[dict[str, Any]]:
        for place in np.flatnonzero((old != new) & (old >= 0) & (new >= 0)).tolist():
            example = examples[place]
            yield {
                "example": example.id,
                "text": example.text,
                "label": example.label,
                "old_prediction": int(old[place]),
                "new_prediction": int(new[place]),
            }

    return pa.Table.from_pylist(list(rows()), schema=CLEAN_CHANGES)
