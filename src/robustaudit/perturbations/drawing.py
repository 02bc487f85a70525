"""Drawing edits from the pooled sites of one or several perturbations."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.edits import trim
from robustaudit.core.randomness import uniforms
from robustaudit.core.records import Edit
from robustaudit.perturbations.protocol import Perturbation
from robustaudit.perturbations.words import Batch

Weighting = Literal["parts", "edits"]

_HALF = 0.5 + 1e-9  # rounds a half up though 50 * 0.29 is a little under 14.5


class Part(NamedTuple):
    """One perturbation of a pool and how often it is drawn against the others."""

    perturbation: Perturbation
    weight: float


class SitePool:
    """The sites that one or several perturbations have in a batch of texts, ready to be drawn from.

    A draw samples sites without replacement in proportion to their weights (Efraimidis and Spirakis 2006,
    doi:10.1016/j.ipl.2005.11.003), passes over those that overlap one already taken, and gives each a
    replacement, all alike likely. The weight of a part is shared by its sites in the text ("parts"), so
    that the first site drawn comes from each part that has one in proportion to the parts' weights; or a
    site weighs as much as it has replacements ("edits").
    """

    def __init__(self, parts: Sequence[Part], batch: Batch, *, weighting: Weighting = "parts") -> None:
        self._batch = batch
        found = [part.perturbation.sites(batch) for part in parts]
        owner = np.repeat(np.arange(len(parts)), [len(sites) for sites in found])
        text, start, stop, form, count = (
            np.concatenate([getattr(sites, column) for sites in found])
            for column in ("text", "start", "stop", "form", "count")
        )
        order = np.lexsort((owner, start, text))
        self._text, self._start, self._stop = text[order], start[order], stop[order]
        self._form, self._count, self._owner = form[order], count[order], owner[order]
        self._options = [sites.options for sites in found]
        self._weight = self._weights(parts, weighting)
        begins_within = (self._start[1:] < self._stop[:-1]) | (self._start[1:] == self._start[:-1])
        self._overlapping = bool((begins_within & (self._text[1:] == self._text[:-1])).any())
        self._bounds = np.searchsorted(self._text, np.arange(len(batch.texts) + 1))

    def draw(
        self, rows: NDArray[np.int64], keys: NDArray[np.uint64], *, rate: float
    ) -> list[tuple[Edit, ...]]:
        """For each draw the edits of text `rows[i]` under key `keys[i]`; both of shape (n_draws,).

        As many sites are edited as `rate` asks of the text's words, rounded, and one at least; fewer where
        there are fewer.
        """
        asked = self._batch.word_counts[rows] * rate
        wanted = np.maximum(np.floor(asked + _HALF), 1).astype(np.int64)
        sites, draws, counters = self._expand(rows)
        order = self._race(sites, draws, counters, keys)
        sites, draws, counters = sites[order], draws[order], counters[order]
        kept = self._without_overlaps(sites, draws, wanted)
        kept = kept[np.lexsort((self._stop[sites[kept]], self._start[sites[kept]], draws[kept]))]
        sites, draws, counters = sites[kept], draws[kept], counters[kept]
        choice = uniforms(keys[draws], 2 * counters + 1) * self._count[sites]
        edits: list[list[Edit]] = [[] for _ in range(len(rows))]
        for site, draw, chosen in zip(sites.tolist(), draws.tolist(), choice.tolist(), strict=True):
            edits[draw].append(self._edit(site, int(chosen)))
        return [tuple(found) for found in edits]

    def _weights(self, parts: Sequence[Part], weighting: Weighting) -> NDArray[np.float64]:
        weight: NDArray[np.float64] = np.array([part.weight for part in parts], dtype=np.float64)[self._owner]
        if weighting == "edits":
            weight *= self._count
        else:
            cell = self._text * len(parts) + self._owner
            weight /= np.bincount(cell)[cell]
        return weight

    def _expand(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
        """All sites of all draws: the site, the draw it is for, and its place among the draw's sites."""
        sizes = self._bounds[rows + 1] - self._bounds[rows]
        draws = np.repeat(np.arange(len(rows)), sizes)
        counters = np.arange(len(draws)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return self._bounds[rows][draws] + counters, draws, counters

    def _race(
        self,
        sites: NDArray[np.int64],
        draws: NDArray[np.int64],
        counters: NDArray[np.int64],
        keys: NDArray[np.uint64],
    ) -> NDArray[np.int64]:
        """The order in which each draw's sites come: each arrives after an exponential time of its weight."""
        arrival = -np.log1p(-uniforms(keys[draws], 2 * counters)) / self._weight[sites]
        return np.lexsort((counters, arrival, draws))

    def _without_overlaps(
        self, sites: NDArray[np.int64], draws: NDArray[np.int64], wanted: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """The places of the sites that are taken: in order, none over another, as many as wanted."""
        if not self._overlapping:
            first = np.searchsorted(draws, np.arange(len(wanted)))
            return np.flatnonzero(np.arange(len(draws)) - first[draws] < wanted[draws])
        kept: list[int] = []
        taken: list[tuple[int, int]] = []
        current = -1
        spans = zip(self._start[sites].tolist(), self._stop[sites].tolist(), strict=True)
        for place, (draw, (start, stop)) in enumerate(zip(draws.tolist(), spans, strict=True)):
            if draw != current:
                current, taken = draw, []
            if len(taken) < wanted[draw] and _take((start, stop), taken):
                kept.append(place)
        return np.array(kept, dtype=np.int64)

    def _edit(self, site: int, chosen: int) -> Edit:
        start, stop = int(self._start[site]), int(self._stop[site])
        replacement = self._options[self._owner[site]][self._form[site]][chosen]
        return trim(start, self._batch.texts[self._text[site]][start:stop], replacement)


def _take(span: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    """Put a span among those taken, which are sorted and apart, unless it lies over one of them."""
    place = bisect_left(taken, span)
    for start, stop in taken[max(place - 1, 0) : place + 1]:
        # Equal spans that are empty are two insertions into one gap.
        if (start < span[1] and span[0] < stop) or (start, stop) == span:
            return False
    taken.insert(place, span)
    return True
