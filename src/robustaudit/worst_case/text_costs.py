"""What the single edits of a text cost a model, word by word: a page shades the words by it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.arrays import Floats, Integers
from robustaudit.core.code_points import ranges
from robustaudit.core.records import Example
from robustaudit.perturbations import Segmenter, TextBatch
from robustaudit.worst_case.edited_words import words_of_spans
from robustaudit.worst_case.stored_sweep import EditEffects

_LISTED = 6  # failing edits of a word


@dataclass(frozen=True, slots=True, kw_only=True)
class CostlyEdit:
    """The words of an edit's site before and after, and what the model then predicts, with what margin."""

    attack: str
    before: str
    after: str
    prediction: int
    margin: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    """A word of a text, or what stands between words, and the edits of it that have a prediction.

    An edit is of all words that its site overlaps; of those that the site touches, if it is in none; and else
    of what stands between words. `lowest` is the lowest margin after an edit; None without edits, or if the
    model gives classes alone. `costliest` are failing edits, those with the lowest margins, or else one edit.
    """

    start: int
    stop: int
    edits: int
    failing: int
    lowest: float | None
    costliest: tuple[CostlyEdit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCosts:
    """A text in parts, with what its edits under some attacks cost a model.

    `edits` and `failing` count attack by attack the edits that have a prediction, and those of them that
    fail; `unpredicted` counts the others. `margin` is that of the clean text, None if the model gives classes
    alone; `prediction` is -1 without one.
    """

    example: Example
    prediction: int
    margin: float | None
    parts: tuple[TextPart, ...]
    edits: tuple[int, ...]
    failing: tuple[int, ...]
    unpredicted: int

    @property
    def is_correct(self) -> bool:
        """Whether the clean text is predicted as its label says."""
        return self.prediction == self.example.label


def failing_first(effects: Sequence[EditEffects]) -> Integers:
    """The positions of a model's examples: first those that are correct and fail under any of the attacks.

    Then come the correct ones that do not fail, and those that are wrong before any edit; each by the lowest
    margin after an edit.
    """
    label, prediction = effects[0].label, effects[0].clean_prediction
    failing: Integers = np.zeros(len(label), dtype=np.int64)
    lowest = np.full(len(label), np.inf)
    for each in effects:
        failing += np.bincount(each.example[each.fails], minlength=len(label))
        np.fmin.at(lowest, each.example, each.margin)  # of a NaN and a number the number
    order: Integers = np.lexsort((-failing, lowest, failing == 0, prediction != label, prediction < 0))
    return order


def text_costs(
    place: int, example: Example, effects: Sequence[EditEffects], segmenter: Segmenter
) -> TextCosts:
    """What the edits of the example at a position cost a model, under all those attacks."""
    found = [_known_rows(each, place) for each in effects]
    edits = _ExampleEdits.of(effects, [rows for rows, _ in found], place)
    return TextCosts(
        example=example,
        prediction=int(effects[0].clean_prediction[place]),
        margin=_number(effects[0].clean_margin[place]),
        parts=tuple(_parts(example.text, edits, segmenter)),
        edits=tuple(len(rows) for rows, _ in found),
        failing=tuple(np.bincount(edits.attack[edits.fails], minlength=len(effects)).tolist()),
        unpredicted=sum(unpredicted for _, unpredicted in found),
    )


def _known_rows(effects: EditEffects, place: int) -> tuple[Integers, int]:
    """The rows of an example that have a prediction to compare, and the number of its other rows."""
    start, stop = np.searchsorted(effects.example, [place, place + 1])
    known = (effects.prediction[start:stop] >= 0) & (effects.clean_prediction[place] >= 0)
    return start + np.flatnonzero(known), int((~known).sum())


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


@dataclass(frozen=True, slots=True, eq=False)
class _ExampleEdits:
    """The edits of an example under all attacks, with the spans of their sites."""

    effects: Sequence[EditEffects]
    attack: Integers
    row: Integers
    start: Integers
    stop: Integers
    fails: NDArray[np.bool_]
    margin: Floats

    @classmethod
    def of(cls, effects: Sequence[EditEffects], found: Sequence[Integers], place: int) -> "_ExampleEdits":
        of_attacks = list(zip(effects, found, strict=True))
        prediction = np.concatenate([each.prediction[rows] for each, rows in of_attacks])
        return cls(
            effects,
            attack=np.repeat(np.arange(len(effects)), [len(rows) for rows in found]),
            row=np.concatenate(found),
            start=np.concatenate([each.site_start[rows] for each, rows in of_attacks]),
            stop=np.concatenate([each.site_stop[rows] for each, rows in of_attacks]),
            fails=prediction != effects[0].clean_prediction[place],
            margin=np.concatenate([each.margin[rows] for each, rows in of_attacks]),
        )

    def costly(self, which: int, text: str, start: int, stop: int) -> CostlyEdit:
        """One of the edits, of the words in a span of the text."""
        effects, row = self.effects[self.attack[which]], int(self.row[which])
        edit = effects.edit(row)
        return CostlyEdit(
            attack=effects.attack,
            before=text[start:stop],
            after=f"{text[start : edit.start]}{edit.replacement}{text[edit.stop : stop]}",
            prediction=int(effects.prediction[row]),
            margin=_number(self.margin[which]),
        )


def _parts(text: str, edits: _ExampleEdits, segmenter: Segmenter) -> Iterator[TextPart]:
    """Each word, and what stands before it, between two and after the last."""
    words = TextBatch([text], segmenter=segmenter).words
    first, behind = words_of_spans(edits.start, edits.stop, words.start, words.stop)
    inside = behind > first
    # Parts are numbered in the order of the text: words are odd.
    ends = np.concatenate([[0], np.stack([words.start, words.stop], axis=1).ravel(), [len(text)]])
    low = np.where(inside, np.minimum(edits.start, ends[2 * first + inside]), edits.start)
    high = np.where(inside, np.maximum(edits.stop, ends[2 * behind]), edits.stop)
    number = np.maximum(behind - first, 1)
    which = np.repeat(np.arange(len(number)), number)
    part = 2 * ranges(first, number) + inside[which]
    order = np.lexsort((edits.margin[which], ~edits.fails[which], part))
    bounds = np.searchsorted(part[order], np.arange(len(ends)))
    for place, (start, stop) in enumerate(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)):
        mine = which[order[bounds[place] : bounds[place + 1]]]
        if start < stop or len(mine):
            margins = edits.margin[mine]
            yield TextPart(
                start=start,
                stop=stop,
                edits=len(mine),
                failing=int(edits.fails[mine].sum()),
                lowest=None if np.isnan(margins).all() else float(np.nanmin(margins)),
                costliest=tuple(_costliest(text, edits, mine, low, high)),
            )


def _costliest(
    text: str, edits: _ExampleEdits, mine: Integers, low: Integers, high: Integers
) -> Iterator[CostlyEdit]:
    """The first of some edits: those that fail, or else one; two attacks may make the same word."""
    seen: set[str] = set()
    for each in mine[: max(int(edits.fails[mine].sum()), 1)].tolist():
        made = edits.costly(each, text, int(low[each]), int(high[each]))
        if made.after not in seen:
            seen.add(made.after)
            yield made
        if len(seen) == _LISTED:
            return
