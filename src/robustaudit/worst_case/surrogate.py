"""A surrogate of what edits cost a model in margin: cheap beside the model, learned as texts are queried.

Effects of edits at different sites are taken to add up, nearly. A site has an effect, whose prior is that of
the same word in other texts, or else of words as long that speak as much for the class by the labels of the
data, as far as that turns out to tell; a single edit deviates from its site, by an amount
that depends on its kind: its perturbation, and whether it is at the start, at the end or inside. All are
Gaussians, so that each margin that is seen updates them in closed form (a Kalman filter). What to query next
is drawn from them (Thompson 1933): the fewest edits that change the prediction, as they are drawn.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.arrays import Floats, Integers
from robustaudit.worst_case.edit_space import EditSpace

_SPREAD = 0.3  # of effects before any is known, as a share of the median margin
_OF_EDITS = 0.1  # the variance between edits of one site before it is known, as a share of that between sites
_FEW = 4.0  # observations that a prior weighs as much as
_WORD = 0.5  # the same for the same word elsewhere
_EVIDENCE = 0.7  # what a standard deviation of it is worth before any is known, in those of effects
_EVIDENCE_WEIGHS = 10.0  # observations
_SAME_WORD = 0.2  # the least share of the variance that is left between sites of one word
_NOISE = 0.3  # of draws, in standard deviations: queries are few
_INTERACTION = (
    0.1  # the variance of a sum of effects, as a share of that of one, for each edit beyond the first
)
_MOST_SITES = 100  # of a text, whose covariances are kept
_LEAST = 1e-6
_WIDER = 8  # proposals of what is known, after which they are random
_PLACES = 3  # of an edit in its site
_STEP = 7919  # a prime: edits of a run are taken in steps of it
_LONGEST = 12  # letters; longer words are alike


@dataclass(frozen=True, slots=True)
class EditSites:
    """Where texts may be edited, one row a text: spans, each with the edits of all perturbations there.

    The runs from `first_run[i]` to `first_run[i + 1]` are the edits of span i, a run for each kind: edits
    that follow each other. `grid` has the spans of each row, padded with their number.
    """

    row: Integers
    start: Integers
    stop: Integers
    grid: Integers
    first_run: Integers
    run_kind: Integers
    run_first: Integers
    run_count: Integers

    @classmethod
    def of(cls, space: EditSpace) -> "EditSites":
        order = np.lexsort((space.stop, space.start, space.row))
        row, start, stop = space.row[order], space.start[order], space.stop[order]
        first = np.flatnonzero(_changes(row) | _changes(start) | _changes(stop))
        # Edits of a word are listed letter by letter: thirds of the list are its start, inside and end.
        ends = space.count[order][:, None] * np.arange(_PLACES + 1) // _PLACES
        runs = np.diff(ends, axis=1).ravel()
        some = np.flatnonzero(runs)
        site = np.repeat(np.cumsum(np.isin(np.arange(len(order)), first)) - 1, _PLACES)[some]
        return cls(
            row=row[first],
            start=start[first],
            stop=stop[first],
            grid=_padded(row[first], len(space.most)),
            first_run=np.searchsorted(site, np.arange(len(first) + 1)),
            run_kind=(space.part[order][:, None] * _PLACES + np.arange(_PLACES)).ravel()[some],
            run_first=(space.first[order][:, None] + ends[:, :-1]).ravel()[some],
            run_count=runs[some],
        )

    def __len__(self) -> int:
        return len(self.row)


def _changes(column: Integers) -> NDArray[np.bool_]:
    changes = np.ones(len(column), dtype=np.bool_)
    changes[1:] = column[1:] != column[:-1]
    return changes


def _padded(row: Integers, rows: int) -> Integers:
    sizes = np.bincount(row, minlength=rows)
    grid = np.full((len(sizes), int(sizes.max(initial=1))), len(row))
    grid[row, np.arange(len(row)) - (np.cumsum(sizes) - sizes)[row]] = np.arange(len(row))
    return grid


@dataclass(frozen=True, slots=True)
class Proposal:
    """For each row a set of edits, shape (rows, most edits), padded with -1.

    `site` has their columns in the grid of sites; of new ones, which were not tried yet, the kind is known.
    """

    site: Integers
    edit: Integers
    kind: Integers
    is_new: NDArray[np.bool_]

    def take(self, rows: Integers) -> "Proposal":
        return Proposal(self.site[rows], self.edit[rows], self.kind[rows], self.is_new[rows])


class Surrogate:
    """What is known of the effects of edits on the margins of texts, one row a text, and what to try next.

    `words` has the word of each site, under the class that is predicted for its text; `evidence` tells how
    much it speaks for that class.
    """

    def __init__(
        self,
        sites: EditSites,
        margins: Floats,
        words: list[tuple[int, str]],
        evidence: Callable[[int, str], float],
        random: np.random.Generator,
    ) -> None:
        self._sites, self._margins, self._random = sites, margins, random
        grid = sites.grid
        self._real = grid < len(sites)
        numbers: dict[tuple[int, str], int] = {}
        word = [numbers.setdefault(word, len(numbers)) for word in words]
        length = [min(len(text), _LONGEST) for _, text in words]
        self._word, self._length = (
            np.append(np.array(each, dtype=np.int64), 0)[grid] for each in (word, length)
        )
        self._length_of_word = np.array([min(len(text), _LONGEST) for _, text in numbers], dtype=np.int64)
        told_by_labels = np.array([evidence(*each) for each in numbers])
        self._evidence = told_by_labels / max(float(told_by_labels.std()), _LEAST)
        told = margins[np.isfinite(margins)]
        self._spread = (_SPREAD * float(np.median(told))) ** 2 + _LEAST if len(told) else 1.0
        self._of_edits = Mean.of(1, _OF_EDITS * self._spread)
        self._kinds = Mean.of(int(sites.run_kind.max(initial=0)) + 1)
        self._seen = np.zeros(grid.shape, dtype=np.bool_)
        self._prior, self._mean, self._variance = np.zeros((3, *grid.shape))
        few = grid.shape[1] <= _MOST_SITES
        self._covariance = np.zeros((*grid.shape, grid.shape[1])) if few else None
        self._best_edit = np.full(grid.shape, -1)
        self._best_kind = np.zeros(grid.shape, dtype=np.int64)
        self._best_mean, self._best_variance = np.full(grid.shape, -np.inf), np.zeros(grid.shape)
        self._left = np.append(np.add.reduceat(sites.run_count, sites.first_run[:-1]), 0)[grid]
        self._used = np.zeros(len(sites.run_count), dtype=np.int64)

    @property
    def _between_edits(self) -> float:
        return float(self._of_edits.values()[0])

    @property
    def _between_sites(self) -> float:
        seen = self._seen
        squares = (self._mean[seen] - self._prior[seen]) ** 2 + self._variance[seen]
        return float((squares.sum() + _FEW * self._spread) / (len(squares) + _FEW))

    def propose(self, rows: Integers, most: Integers, known: Integers) -> Proposal:
        """Sets of at most `most` edits to try in those rows, whose last `known` proposals were known before.

        The more were known, the wider the draws; after some, or for a model that gives classes alone, sites
        are random, and edits are the best there or random.
        """
        self._learn_from_others()
        noise = self._random.standard_normal((3, len(rows), self._real.shape[1]))
        scale = _NOISE * (1.0 + known[:, None])
        effect = self._mean[rows] + scale * np.sqrt(self._variance[rows]) * noise[0]
        new = effect + scale * np.sqrt(self._between_edits) * noise[1]
        new[self._left[rows] <= 0] = -np.inf
        best = effect + self._best_mean[rows] + scale * np.sqrt(self._best_variance[rows]) * noise[2]
        at_random = (known > _WIDER) | ~np.isfinite(self._margins[rows])
        new[at_random] = np.abs(noise[0, at_random])
        best[at_random] = np.where(self._best_edit[rows[at_random]] < 0, -np.inf, np.abs(noise[1, at_random]))
        needed = np.where(at_random, np.inf, self._margins[rows])
        site = self._chosen(rows, np.maximum(new, best), needed, most)
        is_new = np.take_along_axis(new >= best, np.maximum(site, 0), axis=1) & (site >= 0)
        return self._with_edits(rows, site, is_new, at_random)

    def _learn_from_others(self) -> None:
        """The prior of each site that was not edited yet: of its word, or else of words like it."""
        seen, spread = self._seen, self._between_sites
        told = np.clip(1 - self._variance[seen] / spread, 0, 1)
        by_labels = self._told_by_labels(told)
        beside = self._mean[seen] - by_labels[self._word[seen]]
        lengths = Mean.weighed(self._length[seen], beside, told, size=_LONGEST + 1)
        words = Mean.weighed(self._word[seen], beside, told, size=len(self._length_of_word))
        expected = by_labels + words.values(lengths.values()[self._length_of_word], _WORD)
        left = np.maximum(_WORD / (_WORD + words.number), _SAME_WORD)
        row, site = np.nonzero(~seen & self._real)
        word = self._word[row, site]
        self._prior[row, site] = self._mean[row, site] = expected[word]
        self._variance[row, site] = spread * left[word]
        if self._covariance is not None:
            self._covariance[row, site, site] = self._variance[row, site]

    def _told_by_labels(self, told: Floats) -> Floats:
        """The effect of each word as far as the labels tell it: linear in its evidence, learned as well."""
        evidence, effect = self._evidence[self._word[self._seen]], self._mean[self._seen]
        first = _EVIDENCE_WEIGHS * _EVIDENCE * np.sqrt(self._spread)
        slope = (first + told * evidence @ effect) / (_EVIDENCE_WEIGHS + told * evidence @ evidence)
        return np.asarray(slope * self._evidence)

    def _chosen(self, rows: Integers, drawn: Floats, needed: Floats, most: Integers) -> Integers:
        """The fewest sites of each row whose effects, as drawn, are what is needed; else the most."""
        each = np.arange(len(rows))
        grid = self._sites.grid[rows]
        start, stop = (np.append(side, 0)[grid] for side in (self._sites.start, self._sites.stop))
        drawn = np.where(self._real[rows], drawn, -np.inf)
        chosen = np.full((len(rows), int(most.max())), -1)
        total, going = np.zeros(len(rows)), np.ones(len(rows), dtype=np.bool_)
        for number in range(chosen.shape[1]):
            best = drawn.argmax(axis=1)
            effect = drawn[each, best]
            going &= (number < most) & (effect > (0 if number else -np.inf))
            if not going.any():
                break
            chosen[going, number] = best[going]
            total += np.where(going, effect, 0)
            first, last = start[each, best][:, None], stop[each, best][:, None]
            drawn[(start < last) & (first < stop) | (start == first) & (stop == last)] = -np.inf
            going &= total < needed
        return chosen

    def _with_edits(
        self, rows: Integers, site: Integers, is_new: NDArray[np.bool_], at_random: NDArray[np.bool_]
    ) -> Proposal:
        """The edits at those sites: the next of the most promising kind where it is new, else the best."""
        sites, row = self._sites, np.broadcast_to(rows[:, None], site.shape)
        edit = np.where(site >= 0, self._best_edit[row, site], -1)
        kind = self._best_kind[row, site]
        new, free = sites.grid[row, site][is_new], at_random[np.nonzero(is_new)[0]]
        runs = sites.first_run[new][:, None] + np.arange(int(np.diff(sites.first_run).max(initial=1)))
        valid = runs < sites.first_run[new + 1][:, None]
        runs = np.where(valid, runs, 0)
        valid &= (self._used[runs] < sites.run_count[runs]) | free[:, None]
        kinds = sites.run_kind[runs]
        spread = np.sqrt(self._between_edits / (1 + self._kinds.number))[kinds]
        expected = np.where(free[:, None], 0.0, self._kinds.values()[kinds])
        value = expected + np.maximum(spread, _LEAST) * self._random.standard_normal(runs.shape)
        run = runs[np.arange(len(new)), np.where(valid, value, -np.inf).argmax(axis=1)]
        count = sites.run_count[run]
        step = np.where(count % _STEP == 0, 1, _STEP)
        place = np.where(free, self._random.integers(count), (new + self._used[run] * step) % count)
        edit[is_new], kind[is_new] = sites.run_first[run] + place, sites.run_kind[run]
        np.add.at(self._used, run, ~free)
        np.add.at(self._left, (row[is_new], site[is_new]), -1 * ~free)
        return Proposal(site, edit, kind, is_new)

    def learn(self, rows: Integers, proposal: Proposal, margins: Floats) -> None:
        """Learn from the margins of the proposed texts; NaN, as of a class alone, teaches nothing."""
        told = np.flatnonzero(np.isfinite(margins))
        while len(told):  # one text of each row at a time
            _, first = np.unique(rows[told], return_index=True)
            now = told[first]
            self._update(rows[now], proposal.take(now), margins[now])
            told = np.delete(told, first)

    def _update(self, rows: Integers, tried: Proposal, margins: Floats) -> None:
        real = tried.site >= 0
        row, site = np.broadcast_to(rows[:, None], real.shape), np.maximum(tried.site, 0)
        kind_mean, between = self._kinds.values()[tried.kind], self._between_edits
        own = np.where(real, np.where(tried.is_new, kind_mean, self._best_mean[row, site]), 0.0)
        own_variance = np.where(real, np.where(tried.is_new, between, self._best_variance[row, site]), 0.0)
        shared = self._shared(rows, site, real)
        of_sites = np.where(real, np.take_along_axis(shared, site, axis=1), 0.0).sum(axis=1)
        noise = _INTERACTION * self._between_sites * (real.sum(axis=1) - 1) + _LEAST
        total = (of_sites + own_variance.sum(axis=1) + noise)[:, None]
        expected = (np.where(real, self._mean[row, site], 0.0) + own).sum(axis=1)
        surprise = (self._margins[rows] - margins - expected)[:, None]
        self._mean[rows] += shared / total * surprise
        self._shrink(rows, shared, total)
        after, after_variance = (
            own + own_variance / total * surprise,
            own_variance * (1 - own_variance / total),
        )
        self._seen[row[real], site[real]] = True
        better = real & (~tried.is_new | (after > self._best_mean[row, site]))
        for column, value in (
            (self._best_mean, after),
            (self._best_variance, after_variance),
            (self._best_edit, tried.edit),
            (self._best_kind, tried.kind),
        ):
            column[row[better], site[better]] = value[better]
        new = real & tried.is_new
        self._kinds.add(tried.kind[new], after[new])
        self._of_edits.add(
            np.zeros(int(new.sum()), dtype=np.int64), ((after - own) ** 2 + after_variance)[new]
        )

    def _shared(self, rows: Integers, site: Integers, real: NDArray[np.bool_]) -> Floats:
        """The covariance of each site's effect with the sum over those of a set, shape (rows, sites)."""
        found = np.zeros((len(rows), self._real.shape[1]))
        each = np.arange(len(rows))
        for column, among in zip(site.T, real.T, strict=True):
            if self._covariance is None:
                found[each[among], column[among]] += self._variance[rows, column][among]
            else:
                found[among] += self._covariance[rows[among], column[among]]
        return found

    def _shrink(self, rows: Integers, shared: Floats, total: Floats) -> None:
        """What is left of the variances once the sum over a set is known."""
        self._variance[rows] = np.maximum(self._variance[rows] - shared**2 / total, _LEAST)
        if self._covariance is not None:
            self._covariance[rows] -= shared[:, :, None] * (shared / total)[:, None, :]


@dataclass(slots=True)
class Mean:
    """Running means, of which each begins as some observations of a prior mean."""

    total: Floats
    number: Floats
    prior: float = 0.0

    @classmethod
    def of(cls, size: int, prior: float = 0.0) -> "Mean":
        return cls(np.zeros(size), np.zeros(size), prior)

    @classmethod
    def weighed(cls, which: Integers, values: Floats, weights: Floats, *, size: int) -> "Mean":
        """The means of values with weights."""
        total, number = (
            np.bincount(which, each, minlength=size).astype(np.float64)
            for each in (values * weights, weights)
        )
        return cls(total, number)

    def add(self, which: Integers, values: Floats) -> None:
        self.total += np.bincount(which, values, minlength=len(self.total))
        self.number += np.bincount(which, minlength=len(self.number))

    def values(self, prior: Floats | None = None, few: float = _FEW) -> Floats:
        """The means, each shrunk towards the prior."""
        means: Floats = (self.total + few * (self.prior if prior is None else prior)) / (self.number + few)
        return means
