"""Drawing edits from the pooled sites of one or several perturbations."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.codes import Integers, ranges
from robustaudit.core.edit_columns import EditColumns
from robustaudit.core.randomness import uniforms
from robustaudit.perturbations.pieces import merged
from robustaudit.perturbations.protocol import Perturbation
from robustaudit.perturbations.race import first_to_arrive, without_overlaps
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
        # Of each site its part, its place among that part's sites, and what is known of it there.
        self._owner, self._place, self._text, self._start, self._stop, self._count = columns
        self._weight = self._weights(parts, weighting)
        begins_within = (self._start[1:] < self._stop[:-1]) | (self._start[1:] == self._start[:-1])
        self._overlapping = bool((begins_within & (self._text[1:] == self._text[:-1])).any())
        self._bounds = np.searchsorted(self._text, np.arange(len(batch.texts) + 1))

    def draw(
        self, rows: Integers, keys: NDArray[np.uint64], *, rate: float, most: Integers | None = None
    ) -> EditColumns:
        """For each draw the edits of text `rows[i]` under key `keys[i]`; both of shape (n_draws,).

        As many sites are edited as `rate` asks of the text's words, rounded, and one at least; fewer where
        there are fewer, and `most[i]` at most.
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
        taken = first_to_arrive(arrival, sizes, wanted)
        if self._overlapping:  # an insertion stands before the word that begins where it is
            taken = taken[np.lexsort((self._stop[sites[taken]], self._start[sites[taken]], draws[taken]))]
        draws, counters, sites = draws[taken], counters[taken], sites[taken]
        chosen = (uniforms(keys[draws], 2 * counters + 1) * self._count[sites]).astype(np.int64)
        return self._edits(np.bincount(draws, minlength=len(rows)), sites, chosen)

    def _weights(self, parts: Sequence[Part], weighting: Weighting) -> NDArray[np.float64] | None:
        """What each site weighs; None where all of a text weigh the same."""
        if weighting == "parts" and len(parts) == 1:
            return None
        weight: NDArray[np.float64] = np.array([part.weight for part in parts], dtype=np.float64)[self._owner]
        if weighting == "edits":
            weight *= self._count
        else:
            cell = self._text * len(parts) + self._owner
            weight /= np.bincount(cell)[cell]
        return weight

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
