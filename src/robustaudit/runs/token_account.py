"""What of a drop goes with how a tokenizer splits the edited words, and what deleting them would cost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

from robustaudit.core.arrays import Floats, Integers
from robustaudit.statistics.bounds import interval, mean_between
from robustaudit.statistics.intervals import GroupSums, grouped
from robustaudit.statistics.measures import Estimate
from robustaudit.statistics.outcomes import changed_trials
from robustaudit.statistics.within_strata import slope_within

_WHEN = ("clean", "perturbed")

CountPieces = Callable[[Sequence[str]], tuple[Integers, Integers]]
"""Of each text the number of its word pieces, and how many of them are the piece for what is unknown."""
PredictClasses = Callable[[Sequence[str]], Integers]
"""The class of each text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAccount:
    """Of one model and attack, over the trials whose text changed; means of the means of examples.

    `added` and `unknown` are the pieces, and the unknown ones, that an edit adds. `per_piece` is by how much
    the accuracy falls with one more piece among draws of one text with as many edits; `with_pieces` is that
    times the pieces added: the part of the drop that goes with them. `with_unknown` likewise. `deleted` is
    the drop if the edited words are deleted instead, and `beyond_deletion` the drop less that one.
    """

    model: str
    attack: str
    trials: int
    examples: int
    edits: float
    added: float
    unknown: float
    drop: Estimate
    per_piece: Estimate | None
    with_pieces: Estimate | None
    with_unknown: Estimate | None
    deleted: Estimate
    beyond_deletion: Estimate


def account(
    trials: pa.Table, model: str, attack: str, *, count: CountPieces, predict: PredictClasses
) -> TokenAccount | None:
    """The account of a model under an attack; None where no text of two groups changed."""
    table = changed_trials(trials, model, attack)
    if len(set(table["group"].to_pylist())) < 2:  # noqa: PLR2004
        return None
    clean, perturbed = (_strings(table, f"{when}_text") for when in _WHEN)
    edits: list[list[dict[str, Any]]] = [made or [] for made in table["edits"].to_pylist()]
    examples = _Examples.of(table)
    right, after = (table[f"{when}_prediction"].to_numpy() == table["label"].to_numpy() for when in _WHEN)
    left = [without_edited_words(text, made) for text, made in zip(clean, edits, strict=True)]
    after_deletion = predict(left) == table["label"].to_numpy()
    (before, _), (now, unknown) = count(clean), count(perturbed)
    number = np.array([len(made) for made in edits])
    lost = right.astype(np.float64) - after
    per_piece, per_unknown = (examples.slope(x, lost, alike=number) for x in (now - before, unknown))
    return TokenAccount(
        model=model,
        attack=attack,
        trials=len(table),
        examples=len(examples.number),
        edits=examples.mean(number).value,
        added=examples.mean((now - before) / number).value,
        unknown=examples.mean(unknown / number).value,
        drop=examples.difference(lost),
        per_piece=per_piece,
        with_pieces=_times(per_piece, examples.mean(now - before).value),
        with_unknown=_times(per_unknown, examples.mean(unknown).value),
        deleted=examples.difference(right.astype(np.float64) - after_deletion),
        beyond_deletion=examples.difference(after_deletion.astype(np.float64) - after),
    )


@dataclass(frozen=True, slots=True)
class _Examples:
    """Of each trial the place of its example and of its group, and of each example the number of trials."""

    example: Integers
    group: Integers
    number: Integers

    @classmethod
    def of(cls, table: pa.Table) -> "_Examples":
        example, group = (
            np.unique(_strings(table, name), return_inverse=True)[1] for name in ("example", "group")
        )
        return cls(example, group, np.bincount(example))

    def mean(self, values: ArrayLike) -> Estimate:
        return Estimate(self._grouped(values).mean)

    def difference(self, values: Floats) -> Estimate:
        """The mean of differences of two shares, with its interval."""
        part = self._grouped(values)
        return Estimate(part.mean, *interval(mean_between(part, -1.0, 1.0)))

    def slope(self, x: ArrayLike, y: Floats, *, alike: Integers) -> Estimate | None:
        """By how much y changes with x among the trials of an example that are alike in another number."""
        pairs = np.stack([self.example, alike])
        return slope_within(x, y, np.unique(pairs, axis=1, return_inverse=True)[1].reshape(-1), self.group)

    def _grouped(self, values: ArrayLike) -> GroupSums:
        means = np.bincount(self.example, weights=np.asarray(values, dtype=np.float64)) / self.number
        of_example = np.zeros(len(self.number), dtype=np.int64)
        of_example[self.example] = self.group
        return grouped(means, of_example)


def without_edited_words(text: str, edits: Sequence[dict[str, Any]]) -> str:
    """A text without the words, as spaces bound them, that those edits are in."""
    kept, end = [], 0
    for edit in sorted(edits, key=lambda each: each["start"]):
        start, stop = edit["start"], edit["stop"]
        while start > 0 and not text[start - 1].isspace():
            start -= 1
        while stop < len(text) and not text[stop].isspace():
            stop += 1
        kept.append(text[end:start])
        end = max(end, stop)
    kept.append(text[end:])
    return " ".join("".join(kept).split())


def _strings(table: pa.Table, name: str) -> list[str]:
    return [str(value) for value in table[name].to_pylist()]


def _times(slope: Estimate | None, factor: float) -> Estimate | None:
    if slope is None or slope.low is None or slope.high is None:
        return None
    low, high = sorted((slope.low * factor, slope.high * factor))
    return Estimate(slope.value * factor, low, high)
