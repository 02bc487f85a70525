"""A surrogate of what edits cost a model in margin: cheap beside the model, learned as texts are queried.

Effects of edits at different sites are taken to add up, nearly. A site has a mean effect, whose prior is that
of the same word in other texts, or else of words as long. A single edit deviates from its site, by an amount
that depends on its kind: its perturbation, and whether it is at the start, at the end or inside. All are
Gaussians without covariances, so that an update costs no more than the edits of its text. What to query next
is drawn from them (Thompson 1933): the fewest edits that break the prediction, as they are drawn.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.arrays import Floats, Integers
from robustaudit.worst_case.edit_space import EditSpace

_SPREAD = 0.3  # of effects before any is known, as a share of the median margin
_OF_KIND = 0.3  # the share of the variance that is between edits of one site, before it is known
_WORD = 0.5  # the same of the same word elsewhere
_SAME_WORD = 0.2  # the least share of the variance that is left between sites of one word
_NOISE = 0.3  # of draws, as a share of the standard deviation: queries are few
_FEW = 4.0  # observations that a prior weighs as much as
_INTERACTION = (
    0.1  # the variance of a sum of effects, as a share of that of one, for each edit beyond the first
)
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
    """For each row a set of edits, shape (rows, most edits), padded with -1; of new ones the run."""

    site: Integers
    edit: Integers
    kind: Integers
    is_new: NDArray[np.bool_]

    def take(self, rows: Integers) -> "Proposal":
        return Proposal(self.site[rows], self.edit[rows], self.kind[rows], self.is_new[rows])


class Surrogate:
    """What is known of the effects of edits on the margins of texts, one row a text, and what to try next.

    `words` has the word of each site, under the class that is predicted for its text.
    """

    def __init__(
        self, sites: EditSites, margins: Floats, words: list[tuple[int, str]], random: np.random.Generator
    ) -> None:
        self._sites, self._random = sites, random
        number = len(sites) + 1  # one more, without edits, for what pads the grid
        numbers: dict[tuple[int, str], int] = {}
        self._word = np.array([numbers.setdefault(word, len(numbers)) for word in words], dtype=np.int64)
        self._length = np.minimum([len(word) for _, word in words], _LONGEST).astype(np.int64)
        self._length_of_word = np.minimum([len(word) for _, word in numbers], _LONGEST).astype(np.int64)
        self._words, self._lengths = Mean.of(len(numbers)), Mean.of(_LONGEST + 1)
        self._margins = margins
        told = margins[np.isfinite(margins)]
        spread = (_SPREAD * float(np.median(told))) ** 2 + _LEAST if len(told) else 1.0
        self._first, self._again = Mean.of(1, spread), Mean.of(1, _OF_KIND * spread)
        self._kinds = Mean.of(int(sites.run_kind.max(initial=0)) + 1)
        self._seen = np.zeros(number, dtype=np.bool_)
        self._mean, self._variance = np.zeros(number), np.ones(number)
        self._best_edit = np.full(number, -1)
        self._best_kind = np.zeros(number, dtype=np.int64)
        self._best_mean, self._best_variance = np.full(number, -np.inf), np.zeros(number)
        self._left = np.append(np.add.reduceat(sites.run_count, sites.first_run[:-1]), 0)
        self._used = np.zeros(len(sites.run_count), dtype=np.int64)

    @property
    def _between_edits(self) -> float:
        return float(self._again.values()[0])

    @property
    def _between_sites(self) -> float:
        first = float(self._first.values()[0])
        return max(first - self._between_edits, 0.2 * first)

    def propose(self, rows: Integers, most: Integers, known: Integers) -> Proposal:
        """Sets of at most `most` edits to try in those rows, whose last `known` proposals were known before.

        The more were known, the wider the draws; after some, or for a model that gives classes alone, sites
        are random, and edits are the best there or random.
        """
        unseen = np.flatnonzero(~self._seen[:-1])
        self._mean[unseen] = self._prior()[unseen]
        self._variance[unseen] = self._between_sites * self._prior_share()[unseen]
        grid = self._sites.grid[rows]
        noise = _NOISE * self._random.standard_normal((2, *grid.shape))
        wider = (known * known * self._between_edits)[:, None]
        new = self._mean[grid] + np.sqrt(self._variance[grid] + self._between_edits + wider) * noise[0]
        new[self._left[grid] <= 0] = -np.inf
        best = self._best_mean[grid] + np.sqrt(self._best_variance[grid] + wider) * noise[1]
        at_random = (known > _WIDER) | ~np.isfinite(self._margins[rows])
        new[at_random] = np.abs(noise[0, at_random])
        best[at_random] = np.where(self._best_edit[grid[at_random]] < 0, -np.inf, np.abs(noise[1, at_random]))
        needed = np.where(at_random, np.inf, self._margins[rows])
        site = self._chosen(grid, np.maximum(new, best), needed, most)
        columns = np.where(site < len(self._sites), site - grid[:, :1], 0)
        is_new = np.take_along_axis(new >= best, columns, axis=1) & (site < len(self._sites))
        return self._with_edits(site, is_new, at_random)

    def _chosen(self, grid: Integers, drawn: Floats, needed: Floats, most: Integers) -> Integers:
        """The fewest sites of each row whose effects, as drawn, are what is needed; else the most."""
        sites, each = self._sites, np.arange(len(grid))
        none = len(sites)
        start, stop = np.append(sites.start, 0)[grid], np.append(sites.stop, 0)[grid]
        drawn = np.where(grid < none, drawn, -np.inf)
        chosen = np.full((len(grid), int(most.max())), none)
        total, going = np.zeros(len(grid)), np.ones(len(grid), dtype=np.bool_)
        for number in range(chosen.shape[1]):
            best = drawn.argmax(axis=1)
            effect = drawn[each, best]
            going &= (number < most) & (effect > (0 if number else -np.inf))
            if not going.any():
                break
            chosen[going, number] = grid[each, best][going]
            total += np.where(going, effect, 0)
            first, last = start[each, best][:, None], stop[each, best][:, None]
            drawn[(start < last) & (first < stop) | (start == first) & (stop == last)] = -np.inf
            going &= total < needed
        return chosen

    def _with_edits(
        self, site: Integers, is_new: NDArray[np.bool_], at_random: NDArray[np.bool_]
    ) -> Proposal:
        """The edits at those sites: the next of the most promising kind where it is new, else the best."""
        edit, kind = self._best_edit[site], self._best_kind[site]
        sites, new, free = self._sites, site[is_new], at_random[np.nonzero(is_new)[0]]
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
        np.add.at(self._left, new, -1 * ~free)
        return Proposal(site, edit, kind, is_new)

    def learn(self, rows: Integers, proposal: Proposal, margins: Floats) -> None:
        """Learn from the margins of the proposed texts; NaN, as of a class alone, teaches nothing."""
        told = np.flatnonzero(np.isfinite(margins))
        if not len(told):
            return
        site, new = proposal.site[told], proposal.is_new[told]
        kind, edit = proposal.kind[told], proposal.edit[told]
        real = site < len(self._sites)
        number = real.sum(axis=1)
        mean = np.where(new, self._mean[site] + self._kinds.values()[kind], self._best_mean[site])
        variance = np.where(new, self._variance[site] + self._between_edits, self._best_variance[site])
        mean, variance = np.where(real, mean, 0.0), np.where(real, variance, 0.0)
        noise = _INTERACTION * float(self._first.values()[0]) * (number - 1) + _LEAST
        surprise = self._margins[rows[told]] - margins[told] - mean.sum(axis=1)
        share = (surprise / (variance.sum(axis=1) + noise))[:, None]
        left = 1 - variance / (variance.sum(axis=1) + noise)[:, None]
        mean, after = mean + variance * share, variance * left
        self._learn_spread(site, new, number, surprise)
        better = real & (~new | (mean > self._best_mean[site]))
        for column, value in (
            (self._best_mean, mean),
            (self._best_variance, after),
            (self._best_edit, edit),
            (self._best_kind, kind),
        ):
            column[site[better]] = value[better]
        self._learn_sites(site[real & new], (share * np.ones_like(mean))[real & new], left[real & new])
        self._kinds.add(kind[real & new], (mean - self._mean[site])[real & new])

    def _learn_sites(self, site: Integers, share: Floats, left: Floats) -> None:
        """What new edits say about their sites, and about words like theirs elsewhere."""
        first = site[~self._seen[site]]
        self._mean[site] += self._variance[site] * share
        self._variance[site] *= np.maximum(
            left, self._between_edits / (self._between_edits + self._variance[site])
        )
        self._seen[site] = True
        self._words.add(self._word[first], self._mean[first])
        self._lengths.add(self._length[first], self._mean[first])

    def _learn_spread(
        self, site: Integers, new: NDArray[np.bool_], number: Integers, surprise: Floats
    ) -> None:
        """How far effects were from what was expected: of edits at sites that are new, and at others."""
        alone = (number == 1) & new[:, 0]
        seen = self._seen[site[:, 0]]
        for which, mean in ((alone & ~seen, self._first), (alone & seen, self._again)):
            mean.add(np.zeros(int(which.sum()), dtype=np.int64), surprise[which] ** 2)

    def _prior(self) -> Floats:
        """The mean effect of each site of which nothing is known: of its word, or of words as long."""
        by_length = self._lengths.values()
        expected = self._words.values(by_length[self._length_of_word], _WORD)
        return np.append(expected[self._word], 0.0)

    def _prior_share(self) -> Floats:
        """The share of the variance between sites that is left where the same word was edited elsewhere."""
        left = np.maximum(1 / (1 + self._words.number / _WORD), _SAME_WORD)
        return np.append(left[self._word], 0.0)


@dataclass(slots=True)
class Mean:
    """Running means, of which each begins as some observations of a prior mean."""

    total: Floats
    number: Floats
    prior: float = 0.0

    @classmethod
    def of(cls, size: int, prior: float = 0.0) -> "Mean":
        return cls(np.zeros(size), np.zeros(size), prior)

    def add(self, which: Integers, values: Floats) -> None:
        self.total += np.bincount(which, values, minlength=len(self.total))
        self.number += np.bincount(which, minlength=len(self.number))

    def values(self, prior: Floats | None = None, few: float = 0.0) -> Floats:
        """The means, each shrunk towards the prior."""
        few = few or _FEW
        means: Floats = (self.total + few * (self.prior if prior is None else prior)) / (self.number + few)
        return means
