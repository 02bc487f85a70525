"""All that an attack may do to some texts: its sites, and the texts that sets of edits make."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from robustaudit.attacks import Attack
from robustaudit.attacks.algebra import AttackSequence, Constrained, Mix
from robustaudit.attacks.constrained_sites import UNLIMITED
from robustaudit.core.arrays import Integers
from robustaudit.core.code_points import CodePoints
from robustaudit.core.edits import EditColumns, apply, splice
from robustaudit.core.errors import UserError
from robustaudit.core.records import Edit
from robustaudit.perturbations import Segmenter, SitePool, TextBatch

_MOST = 64  # alternatives of an attack with choices


@dataclass(frozen=True, slots=True)
class Limit:
    """The most edits that some steps of an attack may make together."""

    steps: range
    most: int


def limits_of(attack: Attack, first: int = 0) -> tuple[int, list[Limit]]:
    """The steps of an attack without choices, which count from `first`: their number, and the limits."""
    match attack:
        case AttackSequence(steps=steps):
            number, found = 0, []
            for step in steps:
                steps_of_it, limits = limits_of(step, first + number)
                number += steps_of_it
                found += limits
            return number, found
        case Constrained(attack=inner, constraints=constraints):
            number, found = limits_of(inner, first)
            if constraints.at_most is not None:
                found.append(Limit(range(first, first + number), constraints.at_most))
            return number, found
        case _:
            return 1, []


def most_edits(attack: Attack, word_counts: Integers) -> Integers:
    """The most edits of texts of so many words: as `at_most` says, or else as many as draws make."""
    number, limits = limits_of(attack)
    whole = [limit.most for limit in limits if len(limit.steps) == number]
    if whole:
        return np.full(len(word_counts), min(whole))
    drawn = [np.maximum(np.floor(word_counts * rate + 0.5), 1) for rate in _rates(attack)]
    total: Integers = np.sum(drawn, axis=0).astype(np.int64)
    return total


def _rates(attack: Attack) -> Iterator[float]:
    match attack:
        case Mix():
            yield attack.share
        case AttackSequence(steps=steps):
            for step in steps:
                yield from _rates(step)
        case Constrained(attack=inner):
            yield from _rates(inner)


class EditSpace:
    """The edits that an attack may make to texts, by each of its alternatives: attacks without choices.

    A row is a text under one alternative: the texts under the first, then those under the next. An edit is a
    number: those of one site follow each other, and `sites` has the first of each.
    """

    def __init__(self, texts: Sequence[str], attack: Attack, segmenter: Segmenter) -> None:
        """List the sites; raises a UserError if alternatives are too many, or edits cannot be listed."""
        self.batch = TextBatch(texts, segmenter=segmenter)
        self.alternatives = list(islice(attack.alternatives(), _MOST + 1))
        if len(self.alternatives) > _MOST:
            raise UserError(f"a search takes attacks with at most {_MOST} ways through their choices")
        pools = [list(each.pools_under(UNLIMITED, self.batch)) for each in self.alternatives]
        self._pools: list[SitePool] = [pool for each in pools for pool in each]
        alternative = np.repeat(np.arange(len(pools)), list(map(len, pools)))
        step = np.concatenate([np.arange(len(each)) for each in pools])
        columns = [pool.sites for pool in self._pools]
        sizes = [len(each.text) for each in columns]
        self._pool = np.repeat(np.arange(len(columns)), sizes)
        self._place = np.concatenate([np.arange(size) for size in sizes])
        parts = np.cumsum([0, *(pool.parts for pool in self._pools)])[:-1]
        text, self.start, self.stop, part, self.count = (
            np.concatenate([getattr(each, name) for each in columns])
            for name in ("text", "start", "stop", "part", "count")
        )
        self.row = alternative[self._pool] * len(texts) + text
        self.step = step[self._pool]
        self.part = part + parts[self._pool]
        self.first = np.cumsum(self.count) - self.count
        self.most = np.concatenate([most_edits(each, self.batch.word_counts) for each in self.alternatives])

    def text_of(self, row: int) -> str:
        return self.batch.texts[row % len(self.batch.texts)]

    def sites_of(self, edits: Integers) -> Integers:
        """The site of each edit."""
        sites: Integers = np.searchsorted(self.first, edits, side="right") - 1
        return sites

    def edits(self, numbers: Integers) -> EditColumns:
        """Those edits, one a row."""
        sites = self.sites_of(numbers)
        start, stop = np.zeros((2, len(numbers)), dtype=np.int64)
        new = [""] * len(numbers)
        for pool in np.unique(self._pool[sites]).tolist():
            mine = np.flatnonzero(self._pool[sites] == pool)
            place = sites[mine]
            made = self._pools[pool].some_edits(self._place[place], numbers[mine] - self.first[place]).edits
            start[mine], stop[mine] = made.start, made.stop
            for row, string in zip(mine.tolist(), made.replacement.strings(), strict=True):
                new[row] = string
        return EditColumns(np.arange(len(numbers) + 1), start, stop, CodePoints.of(new))

    def texts(self, rows: Integers, sets: Integers) -> list[str]:
        """The text of row `rows[i]` with the edits `sets[i]`: shape (texts, most edits), padded with -1."""
        real = sets >= 0
        draw, numbers = np.nonzero(real)[0], sets[real]
        sites = self.sites_of(numbers)
        found = self.edits(numbers[np.lexsort((self.stop[sites], self.start[sites], draw))])
        bounds = np.append(0, np.cumsum(real.sum(axis=1)))
        edits = EditColumns(bounds, found.start, found.stop, found.replacement)
        texts = rows % len(self.batch.texts)
        return splice([self.batch.texts[text] for text in texts.tolist()], self.batch.codes, texts, edits)

    def edits_of_sets(self, sets: Sequence[Sequence[int]]) -> list[tuple[Edit, ...]]:
        """The edits of each set, in the order of the text."""
        numbers = np.array([edit for edits in sets for edit in edits], dtype=np.int64)
        which = np.repeat(np.arange(len(sets)), list(map(len, sets)))
        sites = self.sites_of(numbers)
        made = self.edits(numbers[np.lexsort((self.stop[sites], self.start[sites], which))])
        bounds = np.append(0, np.cumsum(np.bincount(which, minlength=len(sets))))
        return list(EditColumns(bounds, made.start, made.stop, made.replacement))

    def allows(self, chosen: Sequence[int]) -> bool:
        """Whether the attack may make edits of one row, at sites apart, together.

        Steps of a sequence are confirmed on the text that the steps before leave.
        """
        sites = self.sites_of(np.array(chosen))
        row = int(self.row[sites[0]])
        attack = self.alternatives[row // len(self.batch.texts)]
        number, limits = limits_of(attack)
        made = np.bincount(self.step[sites], minlength=number)
        if any(made[limit.steps.start : limit.steps.stop].sum() > limit.most for limit in limits):
            return False
        done: tuple[Edit, ...] = ()
        steps = np.flatnonzero(made).tolist()
        for step in steps if len(steps) > 1 else ():
            mine = [edit for edit, site in zip(chosen, sites, strict=True) if self.step[site] == step]
            (now,) = self.edits_of_sets([mine])
            if done:
                left = TextBatch([apply(self.text_of(row), done)], segmenter=self.batch.segmenter)
                pool = list(attack.pools_under(UNLIMITED, left))[step]
                if not {_after(edit, done) for edit in now} <= {
                    each[0] for each in pool.single_edits().edits
                }:
                    return False
            done = tuple(sorted((*done, *now), key=_span))
        return True


def _span(edit: Edit) -> tuple[int, int]:
    return edit.start, edit.stop


def _after(edit: Edit, done: Sequence[Edit]) -> Edit:
    """The edit in the text that others elsewhere have left."""
    before = (each for each in done if _span(each) < _span(edit))
    shift = sum(len(each.replacement) - (each.stop - each.start) for each in before)
    return replace(edit, start=edit.start + shift, stop=edit.stop + shift)
