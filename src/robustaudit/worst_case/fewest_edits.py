"""The fewest edits of a text that give another class a positive margin: a search with proof.

Bounds by dynamic programming rule out most numbers of edits at once. Where they do not, all paths are built
from the start, border by border, without those whose bound is negative or that are never worse than another.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.arrays import Floats, Integers
from robustaudit.core.code_points import ranges
from robustaudit.worst_case.margin_graph import MarginGraph, Relaxation, relax

MOST_PATHS = 200_000
"""Beginnings of paths that are built for one text, pair of classes and number of edits."""

TIE = 1e-9
"""Margins nearer to 0 than this are left to the model itself."""
_TANGENTS = 3


class UnfinishedSearch(Exception):
    """There are more paths than may be built."""


@dataclass(frozen=True, slots=True)
class FewestEdits:
    """No set of up to `stable` edits fails; that of `failing`, positions among the single edits, does."""

    stable: int
    failing: tuple[int, ...] | None


def fewest_edits(graph: MarginGraph, fails: Callable[[tuple[int, ...], float], bool]) -> FewestEdits:
    """The fewest edits with which the direction's class beats the other, up to as many as the graph allows.

    `fails` asks the model itself about a set of edits with that margin.
    """
    sizes = _sizes(graph)
    wide = _relaxations(graph, sizes[-1])
    stable, proved = 0, True
    for edits in range(graph.most + 1):
        if wide.by_edits[edits].min() > -TIE:
            narrow = _relaxations(graph, sizes[edits])
            try:
                for rows, margin in _candidates(graph, narrow, edits, search=proved):
                    if fails(rows, margin):
                        return FewestEdits(stable, rows)
            except UnfinishedSearch:
                proved = False
        if proved and edits <= graph.complete:
            stable = edits
    return FewestEdits(stable, None)


def _sizes(graph: MarginGraph) -> list[tuple[float, float]]:
    """Between which sizes all paths of at most k edits lie, by k."""
    if not graph.prefers_size:
        return [(0.0, 0.0)] * (graph.most + 1)
    ends = relax(graph, np.array([[0.0, -1.0], [0.0, 1.0]]), np.zeros(2)).by_edits
    return [(max(-float(low), 0.0), float(high)) for low, high in ends]


def _relaxations(graph: MarginGraph, sizes: tuple[float, float]) -> Relaxation:
    """Bounds of the margin times the norm, for paths between those sizes.

    The intercept times the norm is bounded by lines in the size: a concave function by tangents, a convex
    one by its chord, and by its value at the least size.
    """
    intercept = graph.direction.intercept
    if graph.model.norm != "l2" or not intercept:
        constant = intercept if graph.model.norm is None else 0.0
        return relax(graph, np.array([[1.0, 0.0]]), np.array([constant]))
    low, high = np.sqrt(sizes)
    if intercept > 0:
        norms = np.linspace(low, high, _TANGENTS + 2)[1:-1]
        norms = np.maximum(norms, np.finfo(float).tiny ** 0.25)
        slopes, constants = intercept / (2 * norms), intercept * norms / 2
    else:
        total = max(low + high, np.finfo(float).tiny ** 0.25)
        slopes = np.array([intercept / total, 0.0])
        constants = np.array([intercept * low * high / total, intercept * low])
    return relax(graph, np.column_stack([np.ones(len(slopes)), slopes]), constants)


def _candidates(
    graph: MarginGraph, bounds: Relaxation, edits: int, *, search: bool
) -> Iterator[tuple[tuple[int, ...], float]]:
    """Sets of at most that many edits which may fail, with their margins, until all were given."""
    if bounds.by_edits[edits].min() <= -TIE:
        return
    for row in range(len(bounds.weights)):
        path = _best_path(graph, bounds, row, edits)
        value, size = graph.with_counts(
            graph.value[path].sum(keepdims=True),
            graph.size[path].sum(keepdims=True),
            graph.counts[path].sum(axis=0, keepdims=True),
        )
        margin = float(graph.margins(value, size)[0])
        if margin > TIE:
            yield _edits_of(graph, path), margin
    if not search:
        raise UnfinishedSearch
    yield from _all_paths(graph, bounds, edits)


def _best_path(graph: MarginGraph, bounds: Relaxation, row: int, edits: int) -> list[int]:
    """The steps of a path with the highest bound of that row."""
    path: list[int] = []
    node = 0
    while node != graph.end:
        steps = slice(graph.first_step[node], graph.first_step[node] + graph.number_of_steps[node])
        left = edits - graph.cost[steps]
        bound = bounds.gains[steps, row] + bounds.rest[graph.next[steps], np.maximum(left, 0), row]
        step = int(steps.start + np.where(left >= 0, bound, -np.inf).argmax())
        path.append(step)
        node, edits = int(graph.next[step]), edits - int(graph.cost[step])
    return path


def _edits_of(graph: MarginGraph, path: Sequence[int]) -> tuple[int, ...]:
    return tuple(row for step in path for row in graph.steps[step].arc.edits)


@dataclass(frozen=True, slots=True)
class _Beginnings:
    """Beginnings of paths that end at one border, as columns; `trail` is their position in the trails."""

    node: Integers
    used: Integers
    value: Floats
    size: Floats
    counts: Integers
    trail: Integers

    def take(self, rows: Integers | NDArray[np.bool_]) -> "_Beginnings":
        return _Beginnings(*(getattr(self, name)[rows] for name in _COLUMNS))

    @classmethod
    def joined(cls, parts: Sequence["_Beginnings"]) -> "_Beginnings":
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS))


_COLUMNS = tuple(field.name for field in fields(_Beginnings))


class _Trails:
    """The last step of every beginning, and the beginning before it."""

    def __init__(self) -> None:
        self._before, self._step = [np.array([-1])], [np.array([-1])]
        self._number = 1

    def add(self, before: Integers, step: Integers) -> Integers:
        self._before.append(before)
        self._step.append(step)
        self._number += len(step)
        if self._number > MOST_PATHS:
            raise UnfinishedSearch
        return np.arange(self._number - len(step), self._number)

    def path(self, trail: int) -> list[int]:
        """The steps of a beginning."""
        before, step = np.concatenate(self._before), np.concatenate(self._step)
        path: list[int] = []
        while before[trail] >= 0:
            path.append(int(step[trail]))
            trail = int(before[trail])
        return path[::-1]


def _all_paths(graph: MarginGraph, bounds: Relaxation, edits: int) -> Iterator[tuple[tuple[int, ...], float]]:
    """The paths of at most that many edits whose margin is not negative, the worst first.

    Of several that end at one node, with equally many edits and equal counts of the terms that may occur
    again, those with a smaller value that are not of a worse size either are left out.
    """
    one = np.zeros(1, dtype=np.int64)
    start = _Beginnings(
        one, one, np.zeros(1), np.zeros(1), np.zeros((1, len(graph.coupled)), dtype=np.int64), one
    )
    waiting: list[list[_Beginnings]] = [[start], *([] for _ in range(graph.borders))]
    trails = _Trails()
    for border in range(graph.borders):
        if waiting[border]:
            reached = _closed(graph, _Beginnings.joined(waiting[border]), border)
            longer = _longer(
                graph, bounds, _undominated(graph, reached), edits=edits, border=border, trails=trails
            )
            ends = graph.border_of[longer.node]
            for later in np.unique(ends).tolist():
                waiting[later].append(longer.take(ends == later))
    if waiting[-1]:
        whole = _closed(graph, _Beginnings.joined(waiting[-1]), graph.borders)
        margins = graph.margins(whole.value, whole.size)
        for row in np.argsort(-margins, kind="stable").tolist():
            if margins[row] > -TIE:
                yield _edits_of(graph, trails.path(int(whole.trail[row]))), float(margins[row])


def _closed(graph: MarginGraph, paths: _Beginnings, border: int) -> _Beginnings:
    """The same with the coupled terms that do not occur from that border on in the sums."""
    done = np.flatnonzero(graph.last_border < border)
    value, size = graph.with_counts(paths.value, paths.size, paths.counts, done.tolist())
    counts = paths.counts.copy()
    counts[:, done] = 0
    return replace(paths, value=value, size=size, counts=counts)


def _longer(
    graph: MarginGraph, bounds: Relaxation, paths: _Beginnings, *, edits: int, border: int, trails: _Trails
) -> _Beginnings:
    """The beginnings that are one step longer and may still lead to a margin that is not negative."""
    numbers = graph.number_of_steps[paths.node]
    taken = np.repeat(np.arange(len(numbers)), numbers)
    step = ranges(graph.first_step[paths.node], numbers)
    used = paths.used[taken] + graph.cost[step]
    some = used <= edits
    taken, step, used = taken[some], step[some], used[some]
    value, size = paths.value[taken] + graph.value[step], paths.size[taken] + graph.size[step]
    counts = paths.counts[taken] + graph.counts[step]
    may_occur = graph.last_border >= border
    bound = (
        np.column_stack([value, size]) @ bounds.weights.T
        + counts @ bounds.slopes.T
        + bounds.offsets[:, may_occur].sum(axis=1)
        + bounds.constants
        + bounds.rest[graph.next[step], edits - used]
    )
    kept = np.flatnonzero((bound > -TIE).all(axis=1))
    trail = trails.add(paths.trail[taken[kept]], step[kept])
    return _Beginnings(graph.next[step[kept]], used[kept], value[kept], size[kept], counts[kept], trail)


def _undominated(graph: MarginGraph, paths: _Beginnings) -> _Beginnings:
    keys = np.column_stack([paths.node, paths.used, paths.counts])
    group = np.unique(keys, axis=0, return_inverse=True)[1].ravel()
    size = graph.prefers_size * paths.size
    order = np.lexsort((-size, -paths.value, group))
    group, rank = group[order], np.unique(size[order], return_inverse=True)[1].ravel()
    # Within a group by falling value, those are kept whose size is worse than all before.
    reach = group * (len(order) + 1) + rank
    best = np.maximum.accumulate(reach)
    return paths.take(order[reach > np.append(-1, best[:-1])])
