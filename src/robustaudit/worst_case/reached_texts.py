"""The texts that several edits make: all of them, or one of each group that a defence cleans alike."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import ClassVar

import numpy as np
from scipy import special

from robustaudit.attacks import Attack, AttackSequence, Choice, Constrained
from robustaudit.attacks.constrained_sites import UNLIMITED, EditBudget
from robustaudit.core.arrays import Integers
from robustaudit.core.code_points import ranges
from robustaudit.core.edits import EditColumns, splice
from robustaudit.perturbations import Segmenter, SingleEdits, SitePool, TextBatch


class TooManyTextsError(Exception):
    """There are more ways of making several edits than are to be queried."""


def texts_within(attack: Attack, text: str, edits: int, *, most: int, segmenter: Segmenter) -> list[str]:
    """Every text, but the text itself, that at most that many edits of the attack make of it.

    An edit of a later step of a sequence is one of what the steps before it left.

    Raises:
        TooManyTextsError: there are more than `most` ways to make them.
    """
    reached = _AllTexts(most, segmenter).reach(attack, UNLIMITED, [text], edits)
    return [each for each in reached if each != text]


def texts_by_cleaned_form(
    attack: Attack,
    text: str,
    edits: int,
    *,
    clean: Callable[[Sequence[str]], list[str]],
    most: int,
    segmenter: Segmenter,
) -> list[str]:
    """One text of each group that `clean` makes the same, of all that at most that many edits make of `text`.

    Without the group of the text itself. `clean` must clean each part between white space by itself
    (`Chain.wordwise`): a word and its edits then have few forms, and the forms of all words multiply out.

    Raises:
        TooManyTextsError: there are more than `most` groups, or a word has too many forms to list, or the
            attack is a sequence, whose later steps edit what `clean` never sees.
    """
    reached = _TextsByForm(most, segmenter, clean).reach(attack, UNLIMITED, [text], edits)
    return [each for each in reached if each != text]


class _Reach(ABC):
    """Follows an attack to the sites that it edits, and makes sets of edits until there are too many."""

    sequences: ClassVar[bool]
    """Whether a step may edit what the step before it left."""

    def __init__(self, most: int, segmenter: Segmenter) -> None:
        self._left, self._segmenter = most, segmenter

    def reach(self, attack: Attack, budget: EditBudget, texts: list[str], edits: int) -> dict[str, int]:
        """Each text that at most that many edits make of one of `texts`, with the fewest that do."""
        match attack:
            case Constrained():
                most = min(edits, attack.constraints.at_most or edits)
                return self.reach(attack.attack, budget.under(attack.constraints, draws=1), texts, most)
            case Choice():
                return _fewest(self.reach(option, budget, texts, edits) for _, option in attack.options)
            case AttackSequence() if not self.sequences:
                raise TooManyTextsError
            case AttackSequence():
                reached = dict.fromkeys(texts, 0)
                for step in attack.steps:
                    reached = _fewest(self._continued(step, budget, reached, edits))
                return reached
            case _:
                batch = TextBatch(texts, segmenter=self._segmenter)
                (pool,) = attack.pools_under(EditBudget(budget.constraints, None), batch)
                return self._edited(pool, batch, texts, edits)

    def _continued(
        self, step: Attack, budget: EditBudget, reached: Mapping[str, int], edits: int
    ) -> Iterator[dict[str, int]]:
        """What the next step of a sequence makes of the texts that the steps before it left."""
        for made in range(edits + 1):
            texts = [text for text, number in reached.items() if number == made]
            if texts:
                after = self.reach(step, budget, texts, edits - made)
                yield {text: made + number for text, number in after.items()}

    @abstractmethod
    def _edited(self, pool: SitePool, batch: TextBatch, texts: list[str], edits: int) -> dict[str, int]:
        """The texts by sets of edits at sites that do not overlap."""

    def _spend(self, ways: float) -> None:
        self._left -= int(min(ways, 2e18))
        if self._left < 0:
            raise TooManyTextsError


class _AllTexts(_Reach):
    """Makes every text."""

    sequences = True

    def _edited(self, pool: SitePool, batch: TextBatch, texts: list[str], edits: int) -> dict[str, int]:
        self._spend(sum(special.comb(pool.edits_per_text, size).sum() for size in range(1, edits + 1)))
        found = dict.fromkeys(texts, 0)
        singles = pool.single_edits()
        for size, sets in enumerate(_disjoint_sets(singles, edits), 1):
            for text in _texts_of(sets, singles, batch):
                found.setdefault(text, size)
        return found


class _TextsByForm(_Reach):
    """Makes one text of each group that is cleaned alike, from the forms of each region of a text."""

    sequences = False

    def __init__(self, most: int, segmenter: Segmenter, clean: Callable[[Sequence[str]], list[str]]) -> None:
        super().__init__(most, segmenter)
        self._clean = clean

    def _edited(self, pool: SitePool, batch: TextBatch, texts: list[str], edits: int) -> dict[str, int]:
        (text,) = texts
        singles = pool.single_edits()
        regions = _regions(text, singles)
        forms = self._forms(text, regions, singles, batch, edits)
        ways = np.eye(1, edits + 1)[0]  # of making each number of edits, over the regions so far
        for each in forms:
            ways = np.convolve(ways, np.bincount(list(each.values()), minlength=edits + 1))[: edits + 1]
        self._spend(ways.sum() - 1)
        between = [text[stop:start] for (_, stop), (start, _) in pairwise([(0, 0), *regions])]
        made = [("", 0)]
        for gap, each in zip(between, forms, strict=True):
            made = [
                (before + gap + form, spent + more)
                for before, spent in made
                for form, more in each.items()
                if spent + more <= edits
            ]
        end = text[regions[-1][1] :] if regions else text
        return _fewest({before + end: spent} for before, spent in made)

    def _forms(
        self,
        text: str,
        regions: Sequence[tuple[int, int]],
        singles: SingleEdits,
        batch: TextBatch,
        edits: int,
    ) -> list[dict[str, int]]:
        """Of each region one way to write each of its cleaned forms, with the fewest edits that it takes."""
        starts = np.array([start for start, _ in regions], dtype=np.int64)
        region_of = np.searchsorted(starts, singles.site_start, side="right") - 1
        written: list[dict[str, int]] = []
        for number, (start, stop) in enumerate(regions):
            mine = singles.take(np.flatnonzero(region_of == number))
            if _most_sets(mine, edits) > _MOST_SETS:
                raise TooManyTextsError
            ways = {text[start:stop]: 0}
            for size, sets in enumerate(_disjoint_sets(mine, edits), 1):
                for whole in _texts_of(sets, mine, batch):
                    ways.setdefault(whole[start : len(whole) - len(text) + stop], size)
            written.append(ways)
        cleaned = iter(self._clean([way for ways in written for way in ways]))
        return [_one_of_each({way: next(cleaned) for way in ways}, ways) for ways in written]


_MOST_SETS = 200_000  # of edits in one region, whose forms are all made


def _one_of_each(cleaned: Mapping[str, str], edits: Mapping[str, int]) -> dict[str, int]:
    """The first way to write each cleaned form, which takes the fewest edits, as they come in that order."""
    first: dict[str, str] = {}
    for way, form in cleaned.items():
        first.setdefault(form, way)
    return {way: edits[way] for way in first.values()}


def _regions(text: str, singles: SingleEdits) -> list[tuple[int, int]]:
    """The spans of a text that edits change, with the words that they touch: between them is white space."""
    words = np.array([match.span() for match in re.finditer(r"\S+", text)], dtype=np.int64).reshape(-1, 2)
    starts = np.concatenate([words[:, 0], singles.site_start])
    stops = np.concatenate([words[:, 1], singles.site_stop])
    order = np.argsort(starts, kind="stable")
    starts, stops = starts[order], np.maximum.accumulate(stops[order])
    first = np.flatnonzero(np.append(True, starts[1:] > stops[:-1])) if len(starts) else starts
    last = np.append(first[1:], len(starts))[: len(first)] - 1
    return list(zip(starts[first].tolist(), stops[last].tolist(), strict=True))


def _most_sets(singles: SingleEdits, edits: int) -> float:
    """A bound of the number of sets of edits at different sites."""
    sites = np.column_stack([singles.site_start, singles.site_stop])
    ways = np.eye(1, edits + 1)[0]
    for count in np.unique(sites, axis=0, return_counts=True)[1]:
        ways[1:] += count * ways[:-1]
    return float(ways.sum())


def _fewest(several: Iterable[dict[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in several:
        for text, number in each.items():
            found[text] = min(number, found.get(text, number))
    return found


def _disjoint_sets(singles: SingleEdits, edits: int) -> Iterator[Integers]:
    """The sets of one edit, of two and so on: rows of positions, sorted by site; sites do not overlap."""
    order = np.lexsort((singles.site_stop, singles.site_start, singles.text))
    text, start, stop = (column[order] for column in (singles.text, singles.site_start, singles.site_stop))
    ends = np.searchsorted(text, text, side="right")
    sets = np.arange(len(order))[:, None]
    for _ in range(edits):
        yield order[sets]
        last = sets[:, -1]
        which = np.repeat(np.arange(len(sets)), ends[last] - last - 1)
        new = ranges(last + 1, ends[last] - last - 1)
        # Sites are sorted by their starts: the one that reaches furthest decides.
        before = sets[which]
        reach = stop[before].max(axis=1, initial=0)
        same = ((start[before] == start[new, None]) & (stop[before] == stop[new, None])).any(axis=1)
        free = (reach <= start[new]) & ~same
        sets = np.column_stack([before[free], new[free]])


def _texts_of(sets: Integers, singles: SingleEdits, batch: TextBatch) -> list[str]:
    size, rows = sets.shape[1], sets.ravel()
    edits = singles.edits
    columns = EditColumns(
        size * np.arange(len(sets) + 1), edits.start[rows], edits.stop[rows], edits.replacement.take(rows)
    )
    return splice([""] * len(sets), batch.codes, singles.text[sets[:, 0]], columns)
