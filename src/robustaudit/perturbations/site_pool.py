"""Drawing edits from the pooled sites of one or several perturbations."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.arrays import Integers
from robustaudit.core.code_points import ranges
from robustaudit.core.edits import EditColumns
from robustaudit.core.randomness import uniforms
from robustaudit.perturbations.letters import merged
from robustaudit.perturbations.protocol import Perturbation
from robustaudit.perturbations.single_edits import SingleEdits
from robustaudit.perturbations.words import TextBatch

Times = NDArray[np.float64]

_NEVER = np.inf


def first_arrivals(arrival: Times, sizes: Integers, wanted: Integers) -> Integers:
    """Positions of the first `wanted[i]` sites to arrive in each draw, sorted; ties go to the first site.

    `arrival` has the non-negative times of one draw after the other, `sizes[i]` for the i-th.
    """
    if not len(arrival):
        return np.zeros(0, dtype=np.int64)
    number = np.minimum(wanted, sizes)
    bounds = np.append(0, np.cumsum(sizes))
    # The bits of times sort as the times do: with the draw before them, one sort of integers does for all.
    high = np.uint64(len(sizes).bit_length())
    draws = np.repeat(np.arange(len(sizes), dtype=np.uint64), sizes)
    times = draws << (np.uint64(64) - high) | arrival.view(np.uint64) >> high
    ordered = np.append(np.sort(times), np.uint64(2**64 - 1))
    latest = ordered[bounds[:-1] + number - 1]
    taken = times <= np.repeat(latest, sizes)
    # The last bits of a time were lost: where they would tell who is the last to be taken, look again.
    for draw in np.flatnonzero((ordered[bounds[:-1] + number] == latest) & (number < sizes)).tolist():
        mine = slice(bounds[draw], bounds[draw + 1])
        taken[mine] = False
        taken[bounds[draw] + np.argsort(arrival[mine], kind="stable")[: number[draw]]] = True
    return np.flatnonzero(taken & (arrival < _NEVER))


def without_overlaps(arrival: Times, draws: Integers, start: Integers, stop: Integers) -> Times:
    """The arrival times, infinite for a site that overlaps an earlier one that was taken.

    Sites are sorted by draw and start. Empty spans overlap if they are equal: insertions into one gap.
    """
    if not len(arrival):
        return arrival
    offset = draws * (int(stop.max()) + 1)
    reach = np.maximum.accumulate(stop + offset)
    apart = np.ones(len(draws), dtype=np.bool_)
    apart[1:] = (start + offset)[1:] >= reach[:-1]
    apart[1:] &= (start[1:] != start[:-1]) | (draws[1:] != draws[:-1])
    heads = np.flatnonzero(apart)
    cluster = np.cumsum(apart) - 1
    # Most clusters are one word that several perturbations edit: who is first there is let in alone.
    first = np.minimum.reduceat(arrival, heads)[cluster] == arrival
    positions = np.flatnonzero(first)
    positions = positions[np.append(True, cluster[positions][1:] != cluster[positions][:-1])]
    let_in = np.zeros(len(draws), dtype=np.bool_)
    let_in[positions] = True
    differing = (start != start[heads][cluster]) | (stop != stop[heads][cluster])
    ends = np.append(heads, len(draws))
    for mixed in np.unique(cluster[differing]).tolist():
        members = np.arange(ends[mixed], ends[mixed + 1])
        let_in[members] = _greedy(arrival[members], start[members], stop[members])
    return np.where(let_in, arrival, _NEVER)


def _greedy(arrival: Times, start: Integers, stop: Integers) -> list[bool]:
    let_in = [False] * len(arrival)
    taken: list[tuple[int, int]] = []
    spans = list(zip(start.tolist(), stop.tolist(), strict=True))
    for site in np.argsort(arrival, kind="stable").tolist():
        let_in[site] = _take(spans[site], taken)
    return let_in


def _take(span: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    """Insert a span into the sorted, disjoint spans taken so far, unless it overlaps one of them."""
    place = bisect_left(taken, span)
    for start, stop in taken[max(place - 1, 0) : place + 1]:
        if (start < span[1] and span[0] < stop) or (start, stop) == span:
            return False
    taken.insert(place, span)
    return True


Weighting = Literal["parts", "edits"]

_HALF = 0.5 + 1e-9  # rounds a half up though 50 * 0.29 is a little under 14.5


class WeightedPerturbation(NamedTuple):
    """A perturbation of a pool, and its weight against the others."""

    perturbation: Perturbation
    weight: float


@dataclass(frozen=True, slots=True)
class PooledSites:
    """The sites of a pool as columns: of each its span, perturbation and number of replacements."""

    text: Integers
    start: Integers
    stop: Integers
    part: Integers
    count: Integers


class SitePool:
    """The pooled sites of one or several perturbations in a batch of texts, to draw from.

    A draw samples sites without replacement in proportion to their weights (Efraimidis and Spirakis 2006,
    doi:10.1016/j.ipl.2005.11.003), skips those that overlap one already taken, and gives each a
    replacement, uniformly. The weight of a part is divided among its sites in the text ("parts"), so that
    the first site comes from each part with any in proportion to the weights; or the weight of a site is
    its number of replacements ("edits").
    """

    def __init__(
        self, parts: Sequence[WeightedPerturbation], batch: TextBatch, *, weighting: Weighting = "parts"
    ) -> None:
        self._batch = batch
        self._found = [part.perturbation.sites(batch) for part in parts]
        sizes = np.array([len(sites) for sites in self._found])
        columns = [
            np.repeat(np.arange(len(parts)), sizes),
            ranges(np.zeros_like(sizes), sizes),
            *(
                np.concatenate([getattr(sites, column) for sites in self._found])
                for column in ("text", "start", "stop", "count")
            ),
        ]
        if len(parts) > 1:
            begin = batch.codes.start[columns[2]] + columns[3]
            order = np.argsort(begin, kind="stable")
            columns = [column[order] for column in columns]
        # For each site its part, its index among the part's sites, and its columns there.
        self._owner, self._place, self._text, self._start, self._stop, self._count = columns
        self._weight = self._weights(parts, weighting)
        begins_within = (self._start[1:] < self._stop[:-1]) | (self._start[1:] == self._start[:-1])
        self._overlapping = bool((begins_within & (self._text[1:] == self._text[:-1])).any())
        self._bounds = np.searchsorted(self._text, np.arange(len(batch.texts) + 1))

    def draw(
        self, rows: Integers, keys: NDArray[np.uint64], *, rate: float, most: Integers | None = None
    ) -> EditColumns:
        """For each draw the edits of text `rows[i]` under key `keys[i]`; both of shape (n_draws,).

        The number of edits is `rate` times the text's words, rounded, at least one, at most `most[i]` and
        the number of sites.
        """
        asked = self._batch.word_counts[rows] * rate
        wanted = np.maximum(np.floor(asked + _HALF), 1).astype(np.int64)
        sizes = self._bounds[rows + 1] - self._bounds[rows]
        if most is not None:
            wanted, sizes = np.minimum(wanted, most), np.where(most > 0, sizes, 0)
        draws = np.repeat(np.arange(len(rows)), sizes)
        counters = ranges(np.zeros_like(sizes), sizes)  # of each site among the draw's
        sites = self._bounds[rows][draws] + counters
        arrival = uniforms(keys[draws], 2 * counters)
        if self._weight is not None:
            arrival = -np.log1p(-arrival) / self._weight[sites]
        if self._overlapping:
            arrival = without_overlaps(arrival, draws, self._start[sites], self._stop[sites])
        taken = first_arrivals(arrival, sizes, wanted)
        if self._overlapping:  # an insertion stands before the word that begins where it is
            taken = taken[np.lexsort((self._stop[sites[taken]], self._start[sites[taken]], draws[taken]))]
        draws, counters, sites = draws[taken], counters[taken], sites[taken]
        chosen = self._chosen(sites, uniforms(keys[draws], 2 * counters + 1))
        return self._edits(np.bincount(draws, minlength=len(rows)), sites, chosen)

    @property
    def parts(self) -> int:
        """The number of its perturbations."""
        return len(self._found)

    @property
    def edits_per_text(self) -> Integers:
        """The number of edits that each text of the batch may get alone; some may make the same text."""
        before = np.append(0, np.cumsum(self._count))
        return np.diff(before[self._bounds])

    @property
    def sites(self) -> PooledSites:
        """The sites of all perturbations, sorted by text and start."""
        return PooledSites(self._text, self._start, self._stop, self._owner, self._count)

    def single_edits(self) -> SingleEdits:
        """Every replacement of every site."""
        sites = np.repeat(np.arange(len(self._count)), self._count)
        return self.some_edits(sites, ranges(np.zeros_like(self._count), self._count))

    def some_edits(self, sites: Integers, chosen: Integers) -> SingleEdits:
        """Replacement `chosen[i]` of site `sites[i]`."""
        edits = self._edits(np.ones_like(sites), sites, chosen)
        return SingleEdits(
            self._text[sites], edits, self._start[sites], self._stop[sites], self._owner[sites]
        )

    def _weights(
        self, parts: Sequence[WeightedPerturbation], weighting: Weighting
    ) -> NDArray[np.float64] | None:
        """The weight of each site; None if all of a text have the same."""
        weighted = any(sites.weighted for sites in self._found)
        if weighting == "parts" and len(parts) == 1 and not weighted:
            return None
        weight: NDArray[np.float64] = np.array([part.weight for part in parts], dtype=np.float64)[self._owner]
        if weighting == "edits":
            weight *= self._count
        else:
            cell = self._text * len(parts) + self._owner
            weight /= np.bincount(cell)[cell]
        return weight * self._against_own_part(len(parts)) if weighted else weight

    def _against_own_part(self, parts: int) -> Times:
        """The weight of each site against those of its perturbation in its text: 1 on average."""
        found = [sites.weight for sites in self._found]
        weight = np.concatenate(found)[np.cumsum([0, *map(len, found)])[self._owner] + self._place]
        cell = self._text * parts + self._owner
        mean = np.bincount(cell, weights=weight) / np.maximum(np.bincount(cell), 1)
        relative: Times = weight / mean[cell]
        return relative

    def _chosen(self, sites: Integers, lots: Times) -> Integers:
        """The replacement that each number from 0 to 1 draws at a site."""
        chosen: Integers = (lots * self._count[sites]).astype(np.int64)
        for owner, found in enumerate(self._found):
            if found.weighted:
                mine = np.flatnonzero(self._owner[sites] == owner)
                chosen[mine] = found.choose(self._place[sites[mine]], lots[mine])
        return chosen

    def _edits(self, numbers: Integers, sites: Integers, chosen: Integers) -> EditColumns:
        owners = [np.flatnonzero(self._owner[sites] == owner) for owner in range(len(self._found))]
        codes = self._batch.codes
        parts = [
            found.pieces(codes, self._place[sites[mine]], chosen[mine])
            for found, mine in zip(self._found, owners, strict=True)
        ]
        pieces = merged(owners, parts) if len(parts) > 1 else parts[0]
        offset = codes.start[self._text[sites]]
        bounds = np.append(0, np.cumsum(numbers))
        return EditColumns(bounds, pieces.start - offset, pieces.stop - offset, pieces.new)
