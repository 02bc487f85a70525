"""The outcome of each draw of an attack, as a mark, and short digests of the drawn texts."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from robustaudit.core.arrays import Integers
from robustaudit.runs.comparison import enough_shared
from robustaudit.runs.stored_run import Shards
from robustaudit.statistics.intervals import GroupSums, grouped
from robustaudit.statistics.outcomes import trials_under

RIGHT, WRONG, UNCHANGED, UNANSWERED = "10.-"
"""The marks of a draw: correct or wrong after a change, unchanged, or without a prediction."""

EXAMPLE, DRAW = 8, 3
"""The letters of a digest, of 6 bits each: of a million examples two have one digest once in 500 times."""

_COLUMNS = (
    "example",
    "group",
    "draw",
    "label",
    "clean_text",
    "perturbed_text",
    "changed",
    "perturbed_prediction",
    "error",
)


@dataclass(frozen=True, slots=True)
class ExampleDraws:
    """The draws of one attack on one example: a digest, and a mark for each draw.

    The digest is a word of what each draw is, whatever a model made of it: letters for the example, then for
    each text.
    """

    example: str
    group: str
    digest: str
    marks: str


def digest_of_example(example: str, group: str, label: int | str, clean_text: str) -> str:
    """The letters of an example."""
    return _digest([example, group, label, clean_text])[:EXAMPLE]


def digest_of_draw(text: str) -> str:
    """The letters of a draw of that text."""
    return _digest([text])[:DRAW]


def _digest(content: Sequence[str | int]) -> str:
    return urlsafe_b64encode(sha256(json.dumps(content).encode("ascii")).digest()).decode("ascii")


def draws_of(
    shards: Shards, cells: Collection[tuple[str, str]], written: Mapping[int, str]
) -> dict[tuple[str, str], list[ExampleDraws]]:
    """The draws of models under attacks on examples that they changed, by group and example.

    Draws without a prediction are included. `written` are the labels of the data by class number, if they are
    not these numbers.
    """
    found: dict[tuple[str, str], dict[tuple[str, str], _Draws]] = {cell: {} for cell in cells}
    for shard in shards() if cells else ():
        for model, attack in cells:
            for row in trials_under(shard, model, attack).select(_COLUMNS).to_pylist():
                of_cell, key = found[model, attack], (row["group"], row["example"])
                if key not in of_cell:
                    label = written.get(row["label"], row["label"])
                    of_cell[key] = _Draws(digest_of_example(*key[::-1], label, row["clean_text"]))
                of_cell[key].add(row)
    return {
        cell: [
            drawn.made(example, group) for (group, example), drawn in sorted(of_cell.items()) if drawn.changed
        ]
        for cell, of_cell in found.items()
    }


class _Draws:
    """The draws of one example as they come, in any order."""

    def __init__(self, digest: str) -> None:
        self._digest = digest
        self._draws: dict[int, str] = {}
        self.changed = False

    def add(self, row: Mapping[str, Any]) -> None:
        self._draws[row["draw"]] = digest_of_draw(row["perturbed_text"]) + _mark(row)
        self.changed |= row["changed"]

    def made(self, example: str, group: str) -> ExampleDraws:
        draws = [drawn for _, drawn in sorted(self._draws.items())]
        texts = "".join(each[:DRAW] for each in draws)
        return ExampleDraws(example, group, self._digest + texts, "".join(each[DRAW:] for each in draws))


def _mark(row: Mapping[str, Any]) -> str:
    if row["error"] is not None:
        return UNANSWERED
    if not row["changed"]:
        return UNCHANGED
    return RIGHT if row["perturbed_prediction"] == row["label"] else WRONG


def changed(marks: str) -> int:
    """The number of draws that changed the text and have a prediction."""
    return marks.count(RIGHT) + marks.count(WRONG)


@dataclass(frozen=True, slots=True)
class DrawOutcomes:
    """Examples by the outcomes of their draws: a mark for each draw, and the position of the group."""

    marks: tuple[str, ...]
    group: Integers

    @property
    def trials(self) -> int:
        """The number of trials whose text changed, with a prediction."""
        return sum(map(changed, self.marks))

    def accuracy(self, *, by_share: bool = False) -> GroupSums:
        """The accuracy under attack by group; an example weighs 1, or the share of its draws that changed."""
        number = np.array([changed(marks) for marks in self.marks], dtype=np.float64)
        right = np.array([marks.count(RIGHT) for marks in self.marks]) / number
        unchanged = np.array([marks.count(UNCHANGED) for marks in self.marks])
        return grouped(right, self.group, weights=number / (number + unchanged) if by_share else None)

    @property
    def partly(self) -> bool:
        """Whether some draws changed an example and others did not."""
        return any(UNCHANGED in marks for marks in self.marks)


def draw_outcomes(examples: Iterable[tuple[Hashable, str]]) -> DrawOutcomes:
    """The outcomes of examples by group and marks, without those that no draw with a prediction changed."""
    some = [(group, marks) for group, marks in examples if changed(marks)]
    place = {group: number for number, group in enumerate(dict.fromkeys(group for group, _ in some))}
    groups = np.array([place[group] for group, _ in some], dtype=np.int64)
    return DrawOutcomes(tuple(marks for _, marks in some), groups)


@dataclass(frozen=True, slots=True)
class PairedOutcomes:
    """Two tallies of an attack: over the trials that both have, where these are enough, else over all.

    `trials` are those of either side, and `shared` those that both have. `groups` are the names of the
    groups, where trials are paired.
    """

    before: DrawOutcomes
    after: DrawOutcomes
    trials: tuple[int, int]
    shared: int
    groups: tuple[str, ...] | None


def pair_with_baseline(kept: Sequence[tuple[int, str, str]], drawn: Sequence[ExampleDraws]) -> PairedOutcomes:
    """The outcomes of a baseline's draws (of each example: group, digest and marks) with those of a run."""
    before = draw_outcomes((group, marks) for group, _, marks in kept)
    after = draw_outcomes((each.group, each.marks) for each in drawn)
    both = list(_shared({digest[:EXAMPLE]: (digest, marks) for _, digest, marks in kept}, drawn))
    trials, shared = (before.trials, after.trials), sum(len(marks) for _, marks, _ in both)
    if not enough_shared(shared, *trials):
        return PairedOutcomes(before, after, trials, shared, None)
    names = tuple(dict.fromkeys(group for group, _, _ in both))
    before, after = (draw_outcomes((each[0], each[side]) for each in both) for side in (1, 2))
    return PairedOutcomes(before, after, trials, shared, names)


def _shared(
    kept: Mapping[str, tuple[str, str]], drawn: Sequence[ExampleDraws]
) -> Iterator[tuple[str, str, str]]:
    """Of each example with draws that both have its group, and the marks of these on both sides."""
    for each in drawn:
        digest = each.digest
        known, marks = kept.get(digest[:EXAMPLE], ("", ""))
        draws = zip(_of_draws(known), _of_draws(digest), marks, each.marks, strict=False)
        both = [
            (then, now) for one, other, then, now in draws if one == other and {then, now} <= {RIGHT, WRONG}
        ]
        if both:
            before, after = map("".join, zip(*both, strict=True))
            yield each.group, before, after


def _of_draws(digest: str) -> list[str]:
    return [digest[place : place + DRAW] for place in range(EXAMPLE, len(digest), DRAW)]
