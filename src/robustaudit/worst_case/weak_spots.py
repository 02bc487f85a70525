"""Weak spots: few edits that fail many texts, chosen on one half of the groups and tried on the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.arrays import Integers
from robustaudit.core.randomness import key_of
from robustaudit.core.records import Example
from robustaudit.statistics.bounds import interval, mean_between
from robustaudit.statistics.intervals import grouped
from robustaudit.statistics.measures import Estimate
from robustaudit.worst_case.edited_words import EditedWords, strings
from robustaudit.worst_case.stored_sweep import EditEffects

MOST = 10
"""The most edits that are chosen."""

_FEWEST = 2  # texts that an edit must fail to be chosen: one that fails a single text is no weak spot


@dataclass(frozen=True, slots=True)
class WordEdit:
    """One edit of words, wherever they stand, as written: the words before and after, and its kind."""

    before: str
    after: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeakSpot:
    """An edit of words, and what it does on the other half: `fails` of the `texts` in which it can be made.

    `chosen_fails` is the number of texts that it fails on the half on which it was chosen. `together` is for
    each model the share of all texts of the other half that this edit or one before it fails.
    """

    edit: WordEdit
    chosen_fails: int
    texts: int
    fails: int
    together: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeakSpots:
    """The weak spots of a model under an attack, in the order chosen, and the texts of both halves."""

    model: str
    attack: str
    chosen_on: int
    tried_on: int
    spots: tuple[WeakSpot, ...]


def find_weak_spots(
    effects: EditEffects,
    words: EditedWords,
    examples: Sequence[Example],
    kinds: Sequence[str],
    others: Sequence[EditEffects] = (),
) -> WeakSpots:
    """The weak spots of a model, and how many texts they fail for it and for `others` under the same attack.

    Each next edit is the one that fails most texts which none before it fails (greedy set cover).
    """
    on_first = _halves([example.group for example in examples])
    edits, rows_of = _candidates(words, effects.part, kinds)
    fails = effects.fails
    chosen = _cover(rows_of[fails], effects.example[fails], on_first)
    second = np.flatnonzero(~on_first)
    group = np.unique([examples[place].group for place in second.tolist()], return_inverse=True)[1]
    failed = {each.model: np.zeros(len(examples), dtype=np.bool_) for each in (effects, *others)}
    spots = []
    for spot, first_fails in chosen:
        rows = np.flatnonzero(rows_of == spot)
        for each in (effects, *others):
            failed[each.model][each.example[rows[each.fails[rows]]]] = True
        there = np.unique(effects.example[rows])
        failing = np.unique(effects.example[rows[fails[rows]]])
        spots.append(
            WeakSpot(
                edit=edits[spot],
                chosen_fails=first_fails,
                texts=int((~on_first[there]).sum()),
                fails=int((~on_first[failing]).sum()),
                together={model: _share(those[second], group) for model, those in failed.items()},
            )
        )
    return WeakSpots(
        model=effects.model,
        attack=effects.attack,
        chosen_on=int(on_first.sum()),
        tried_on=len(second),
        spots=tuple(spots),
    )


def _halves(groups: Sequence[str]) -> NDArray[np.bool_]:
    """Of each example whether its group is in the first half, by a hash: never by the order of the data."""
    once = sorted(set(groups), key=lambda group: key_of("weak spots", group))
    first = set(once[: (len(once) + 1) // 2])
    return np.array([group in first for group in groups], dtype=np.bool_)


def _candidates(words: EditedWords, part: Integers, kinds: Sequence[str]) -> tuple[list[WordEdit], Integers]:
    """The different edits of words, and which of them each row is."""
    places: dict[tuple[str, str, int], int] = {}
    keys = zip(strings(words.before), strings(words.after), part.tolist(), strict=True)
    rows = np.array([places.setdefault(key, len(places)) for key in keys], dtype=np.int64)
    return [WordEdit(before, after, kinds[of]) for before, after, of in places], rows


def _cover(spot: Integers, example: Integers, on_first: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The edits that fail most of what is left, and how many texts of the half each fails, in all."""
    chosen_on = on_first[example]
    pairs = np.unique(np.stack([spot[chosen_on], example[chosen_on]]), axis=1)
    fails = np.bincount(pairs[0])
    chosen: list[tuple[int, int]] = []
    while pairs.shape[1] and len(chosen) < MOST:
        left = np.bincount(pairs[0])
        best = int(left.argmax())
        if left[best] < _FEWEST:
            break
        chosen.append((best, int(fails[best])))
        covered = pairs[1][pairs[0] == best]
        pairs = pairs[:, ~np.isin(pairs[1], covered)]
    return chosen


def _share(failed: NDArray[np.bool_], group: Integers) -> Estimate:
    if len(set(group.tolist())) < 2:  # noqa: PLR2004  (one group has no spread)
        return Estimate(float(failed.mean()) if len(failed) else 0.0)
    part = grouped(failed, group)
    return Estimate(part.mean, *interval(mean_between(part, 0.0, 1.0)))
