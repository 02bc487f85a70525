"""The pieces of work that a run is cut into: known of its numbers and names alone, without data or models."""

from collections.abc import Iterator
from dataclasses import dataclass

from robustaudit.core.files import safe_name

_TEXTS_PER_UNIT = 512  # a unit is lost when a run is killed; a shard should still be worth a file


@dataclass(frozen=True, slots=True, order=True)
class Unit:
    """An independent piece of work: a model on a slice of the examples and draws, under some attacks."""

    model: str
    start: int
    stop: int
    first_draw: int
    last_draw: int
    attacks: tuple[str, ...]

    @property
    def name(self) -> str:
        """A file name that no other unit of the run has."""
        return f"{safe_name(self.model)}-{self.start:06d}-{self.first_draw:06d}"


@dataclass(frozen=True, slots=True)
class Layout:
    """Which trials a run has, and how they are cut into units."""

    models: tuple[str, ...]
    attacks: tuple[str, ...]
    examples: int
    trials: int

    def draws(self, example: int) -> range:
        """The draws of the example at that place: trial i is draw i // E of example i % E."""
        return range((self.trials - 1 - example) // self.examples + 1)

    def trial(self, example: int, draw: int) -> int:
        return draw * self.examples + example

    def units(self) -> Iterator[Unit]:
        """The run in pieces, whatever the batch size."""
        for model in self.models:
            yield from self.cut(model, range(self.examples), self.attacks)

    def cut(self, model: str, examples: range, attacks: tuple[str, ...]) -> Iterator[Unit]:
        """One model on the examples at those places, under those attacks, in pieces."""
        most = max(1, _TEXTS_PER_UNIT // len(attacks))  # draws
        each = len(self.draws(0))
        for part in _slices(examples, max(1, most // each)):
            for draws in _slices(range(each), most):
                # The last draw of all may be one of the first examples alone.
                if draws.start in self.draws(part.start):
                    yield Unit(model, part.start, part.stop, draws.start, draws.stop, attacks)

    def has(self, unit: Unit) -> bool:
        """Whether the unit is a piece that this run may have; one until decided has them of some attacks."""
        if unit.model not in self.models or not 0 <= unit.start < unit.stop <= self.examples:
            return False
        if unit.stop - unit.start > _TEXTS_PER_UNIT or not _in_order(unit.attacks, self.attacks):
            return False
        return unit in self.cut(unit.model, range(unit.start, unit.stop), unit.attacks)

    def places(self, unit: Unit) -> list[tuple[int, int]]:
        """The trials of each attack in a unit: which of its examples, from 0, and which draw."""
        return [
            (row, draw)
            for row in range(unit.stop - unit.start)
            for draw in range(unit.first_draw, unit.last_draw)
            if draw in self.draws(unit.start + row)
        ]


def _slices(whole: range, size: int) -> Iterator[range]:
    return (whole[start : start + size] for start in range(0, len(whole), size))


def _in_order(some: tuple[str, ...], of: tuple[str, ...]) -> bool:
    """Whether some things, at least one, are in the order in which all come."""
    rest = iter(of)
    return bool(some) and all(each in rest for each in some)
