"""Which sites of a draw come first, in a race of all sites of all draws."""

from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.codes import Integers

Times = NDArray[np.float64]

_NEVER = np.inf


def first_to_arrive(arrival: Times, sizes: Integers, wanted: Integers) -> Integers:
    """The places of the first `wanted[i]` sites of each draw, sorted; of two at one time the first stands.

    `arrival` holds times, none negative, of one draw after the other, `sizes[i]` of the i-th.
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
    """The times, but never for a site that overlaps one which came before it and was let in.

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
    places = np.flatnonzero(first)
    places = places[np.append(True, cluster[places][1:] != cluster[places][:-1])]
    let_in = np.zeros(len(draws), dtype=np.bool_)
    let_in[places] = True
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
    """Put a span among those taken, which are sorted and apart, unless it lies over one of them."""
    place = bisect_left(taken, span)
    for start, stop in taken[max(place - 1, 0) : place + 1]:
        if (start < span[1] and span[0] < stop) or (start, stop) == span:
            return False
    taken.insert(place, span)
    return True
