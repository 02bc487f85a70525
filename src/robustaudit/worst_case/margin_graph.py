"""The margin of one class over another, as two sums along the paths of a token lattice, and bounds for it.

Words add up and pairs couple neighbours: a node of the graph is a border between chunks and the last word
before it, so that the terms of a step follow from its ends. A *coupled* term, which may occur several times
in a text without each time adding the same, is counted along the path instead.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from robustaudit.core.arrays import Floats, Integers
from robustaudit.models.linear_text import LinearText
from robustaudit.worst_case.token_lattice import Arc, TokenLattice


@dataclass(frozen=True, eq=False)
class Direction:
    """How much each term speaks for one class against another, its weight times its scale.

    `size` is the scale of a term, for the norm l2 its square; `intercept` is the difference of intercepts,
    which for the norm l1 is part of each term's value too.
    """

    value: list[float]
    size: list[float]
    intercept: float

    @classmethod
    def of(cls, model: LinearText, *, toward: int, away: int) -> "Direction":
        value = (model.weights[toward] - model.weights[away]) * model.scale
        size = model.scale**2 if model.norm == "l2" else model.scale
        intercept = float(model.intercepts[toward] - model.intercepts[away])
        if model.norm == "l1":
            value += intercept * model.scale
        return cls(value.tolist(), size.tolist(), intercept)


class PathStep(NamedTuple):
    """An arc taken from one node to another, and the terms that it adds to the text."""

    node: int
    next: int
    arc: Arc
    terms: tuple[int, ...]


class StepSums(NamedTuple):
    """What the terms of a step add, without the coupled ones, of which it has these counts."""

    value: float
    size: float
    counts: tuple[int, ...]


class MarginGraph:
    """The texts of a lattice as paths of steps; of steps that differ in sums alone, those that may be worst.

    A path's `value` is the sum of its terms' values, its `size` that of their sizes: the norm, for l2
    squared. Columns are by step, sorted by border and node; the steps of a node follow each other. Node 0 is
    the start.
    """

    def __init__(self, lattice: TokenLattice, model: LinearText, direction: Direction, *, most: int) -> None:
        groups = _steps(lattice, model)
        self.model, self.direction, self.most = model, direction, most
        counted = {} if model.is_additive else _most_counts(groups)
        self.coupled = {term: number for term, number in counted.items() if number > 1}
        found = [pair for group in groups for pair in self._worst(group)]
        self.steps = [step for step, _ in found]
        self.value, self.size = np.array([[sums.value, sums.size] for _, sums in found]).T.copy()
        self.counts = np.array([sums.counts for _, sums in found], dtype=np.int64).reshape(len(found), -1)
        ends = [(step.node, step.next, len(step.arc.edits), step.arc.start) for step in self.steps]
        self.node, self.next, self.cost, self.border = np.array(ends, dtype=np.int64).T.copy()
        self.borders, self.complete = len(lattice.arcs), lattice.complete
        self.end = int(self.next[-1])
        heads = np.flatnonzero(np.diff(self.node, prepend=-1))
        self.first_step, self.number_of_steps = np.zeros((2, int(self.next.max()) + 1), dtype=np.int64)
        self.first_step[self.node[heads]] = heads
        self.number_of_steps[self.node[heads]] = np.diff(heads, append=len(self.node))
        self.border_of = np.full(len(self.first_step), self.borders)
        self.border_of[self.node] = self.border
        self.last_border = np.array(
            [self.border[np.flatnonzero(c)[-1]] for c in self.counts.T], dtype=np.int64
        )
        self.sums_by_count = [self._sums_by_count(term, number) for term, number in self.coupled.items()]
        self.clean_counts = self._clean_counts()

    @property
    def prefers_size(self) -> int:
        """1 if of two paths of one value the larger is worse, -1 if the smaller is, 0 if neither."""
        return int(np.sign(self.direction.intercept)) if self.model.norm == "l2" else 0

    def margins(self, value: Floats, size: Floats) -> Floats:
        """The margins of whole paths with those sums."""
        intercept = self.direction.intercept
        if self.model.norm is None:
            return value + intercept
        norm = np.sqrt(size) if self.model.norm == "l2" else size
        known = value / np.where(norm > 0, norm, 1.0) + (intercept if self.model.norm == "l2" else 0.0)
        return np.where(norm > 0, known, intercept)

    def _worst(self, group: Sequence[PathStep]) -> Iterator[tuple[PathStep, StepSums]]:
        """The steps from one border with their sums, without those that are never worse than another."""
        alike: dict[object, list[tuple[PathStep, StepSums]]] = {}
        for step in group:
            sums = self._sums(step.terms)
            alike.setdefault((step.node, step.next, len(step.arc.edits), sums.counts), []).append(
                (step, sums)
            )
        sign = self.prefers_size
        for pairs in alike.values():
            pairs.sort(key=lambda pair: (-pair[1].value, -sign * pair[1].size))
            best = -np.inf
            for pair in pairs if sign else pairs[:1]:
                if sign * pair[1].size > best:
                    best = sign * pair[1].size
                    yield pair

    def with_counts(
        self, value: Floats, size: Floats, counts: Integers, terms: Sequence[int] | None = None
    ) -> tuple[Floats, Floats]:
        """The sums of paths with those of coupled terms added: of all, or of those at some positions."""
        for position in range(len(self.sums_by_count)) if terms is None else terms:
            more = self.sums_by_count[position][:, counts[:, position]]
            value, size = value + more[0], size + more[1]
        return value, size

    def _sums(self, terms: Sequence[int]) -> StepSums:
        value, size = self.direction.value, self.direction.size
        if not self.coupled:
            return StepSums(sum(map(value.__getitem__, terms)), sum(map(size.__getitem__, terms)), ())
        own = [term for term in terms if term not in self.coupled]
        counts = tuple(map(terms.count, self.coupled))
        return StepSums(sum(map(value.__getitem__, own)), sum(map(size.__getitem__, own)), counts)

    def _sums_by_count(self, term: int, number: int) -> Floats:
        """The value and the size of a term by how often a text has it, of shape (2, number + 1)."""
        frequency = self.model.frequencies(np.arange(number + 1.0))
        squared = frequency**2 if self.model.norm == "l2" else frequency
        return np.array([self.direction.value[term] * frequency, self.direction.size[term] * squared])

    def _clean_counts(self) -> Integers:
        """How often the clean text has each coupled term."""
        free = {int(self.node[step]): step for step in np.flatnonzero(self.cost == 0).tolist()}
        total, node = np.zeros(len(self.coupled), dtype=np.int64), 0
        while node in free:
            total += self.counts[free[node]]
            node = int(self.next[free[node]])
        return total


def _steps(lattice: TokenLattice, model: LinearText) -> list[list[PathStep]]:
    """The steps from each border, sorted by their node.

    A last word that no possible next word makes a pair with counts as unknown: so few nodes are left.
    """
    arcs = lattice.arcs
    firsts: list[set[int]] = [set() for _ in range(len(arcs) + 1)]
    for border in reversed(range(len(arcs))):
        for arc in arcs[border]:
            firsts[border] |= {arc.tokens[0]} if arc.tokens else firsts[arc.stop]
    nodes: list[dict[int, int]] = [{} for _ in firsts]  # of each border by the last word
    nodes[0][0] = numbered = 0
    no_pairs: dict[int, int] = {}
    groups: list[list[PathStep]] = []
    for border, starting in enumerate(arcs):
        within = [tuple(model.terms(arc.tokens)) for arc in starting]
        group: list[PathStep] = []
        for last, node in nodes[border].items():
            pairs = model.pair_terms.get(last, no_pairs)
            for arc, terms in zip(starting, within, strict=True):
                pair = pairs.get(arc.tokens[0]) if arc.tokens else None
                after = arc.tokens[-1] if arc.tokens else last
                if model.pair_terms.get(after, no_pairs).keys().isdisjoint(firsts[arc.stop]):
                    after = 0
                if after not in nodes[arc.stop]:
                    numbered += 1
                    nodes[arc.stop][after] = numbered
                group.append(
                    PathStep(node, nodes[arc.stop][after], arc, terms if pair is None else (pair, *terms))
                )
        groups.append(group)
    return groups


def _most_counts(groups: Sequence[Sequence[PathStep]]) -> Counter[int]:
    """How often a path may have each term at most: it takes at most one step from each border."""
    most: Counter[int] = Counter()
    for group in groups:
        here: Counter[int] = Counter()
        for step in group:
            here |= Counter(step.terms)
        most += here
    return most


@dataclass(frozen=True, eq=False)
class Relaxation:
    """Upper bounds of `value weight * value + size weight * size + constant` over paths, one for each row.

    `rest[node, k, row]` bounds what at most k more edits add from a node on. A coupled term counts as a line
    in its count: `slopes` for each time and `offsets` once, of shapes (rows, coupled terms).
    """

    weights: Floats  # (rows, 2)
    constants: Floats  # (rows,)
    slopes: Floats
    offsets: Floats
    gains: Floats  # (steps, rows)
    rest: Floats

    @property
    def by_edits(self) -> Floats:
        """The bounds for all paths of at most k edits, of shape (k + 1, rows)."""
        return np.asarray(self.rest[0] + self.offsets.sum(axis=1) + self.constants)


def relax(graph: MarginGraph, weights: Floats, constants: Floats) -> Relaxation:
    """The bounds of those rows, by dynamic programming from the end."""
    lines = [
        [
            _line_above(row @ sums, clean)
            for sums, clean in zip(graph.sums_by_count, graph.clean_counts, strict=True)
        ]
        for row in weights
    ]
    slopes, offsets = np.moveaxis(np.array(lines, dtype=np.float64).reshape(len(weights), -1, 2), 2, 0)
    gains = np.column_stack([graph.value, graph.size]) @ weights.T + graph.counts @ slopes.T
    rest = np.full((len(graph.first_step), graph.most + 1, len(weights)), -np.inf)
    rest[graph.end] = 0.0
    left = np.arange(graph.most + 1) - graph.cost[:, None]
    bounds = np.searchsorted(graph.border, np.arange(graph.borders + 1))
    for first, stop in reversed(list(pairwise(bounds.tolist()))):
        here = slice(first, stop)
        after = rest[graph.next[here, None], np.maximum(left[here], 0)]
        after[left[here] < 0] = -np.inf
        nodes = graph.node[here]
        heads = np.flatnonzero(np.diff(nodes, prepend=-1))
        rest[nodes[heads]] = np.maximum.reduceat(after + gains[here, None], heads)
    return Relaxation(weights, constants, slopes, offsets, gains, rest)


def _line_above(values: Floats, at: int) -> tuple[float, float]:
    """The slope and offset of a line nowhere below the values of 0, 1, …, as low as can be at one of them."""
    here = float(values[at])
    after = max(((float(values[c]) - here) / (c - at) for c in range(at + 1, len(values))), default=None)
    before = min(((here - float(values[c])) / (at - c) for c in range(at)), default=None)
    if before is None or after is None or after <= before:
        known = [slope for slope in (before, after) if slope is not None]
        slope = sum(known) / len(known)
        return slope, here - slope * at
    chords = (
        (((high - at) * float(values[low]) + (at - low) * float(values[high])) / (high - low), low, high)
        for low in range(at)
        for high in range(at + 1, len(values))
    )
    height, low, high = max(chords)
    slope = (float(values[high]) - float(values[low])) / (high - low)
    return slope, height - slope * at
