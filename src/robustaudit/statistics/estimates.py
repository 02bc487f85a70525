"""Figures over examples, and what bounds them: one making for tables and for the gate."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Protocol, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from robustaudit.statistics.bounds import Bounds, Mapped, apart, intervals, mean_between, relative_fall
from robustaudit.statistics.intervals import Floats, Grouped, Interval, grouped
from robustaudit.statistics.measures import Estimate, Unit
from robustaudit.statistics.outcomes import PerExample

_Record = TypeVar("_Record")


@dataclass(frozen=True, slots=True)
class Figure(Estimate):
    """An estimate whose interval is still to be found: `settled` finds those of many side by side."""

    bounds: Bounds | None = None

    @property
    def has_interval(self) -> bool:
        return self.bounds is not None


def settled(record: _Record) -> _Record:
    """The same record, list or tuple, with an interval in place of what bounds each figure in it."""
    found = intervals([figure.bounds for figure in _figures(record) if figure.bounds])
    return cast(_Record, _with(record, iter(found)))


def _figures(record: object) -> Iterator[Figure]:
    if isinstance(record, Figure):
        yield record
    for part in _parts(record):
        yield from _figures(part)


def _with(record: object, found: Iterator[Interval]) -> object:
    if isinstance(record, Figure):
        return Estimate(record.value, *(next(found) if record.bounds else ()))
    parts = [_with(part, found) for part in _parts(record)]
    if isinstance(record, (list, tuple)):
        return type(record)(parts)
    if not is_dataclass(record) or isinstance(record, (type, Estimate)):
        return record
    return replace(record, **{field.name: part for field, part in zip(fields(record), parts, strict=True)})


def _parts(record: object) -> list[Any]:
    if isinstance(record, (list, tuple)):
        return list(record)
    if is_dataclass(record) and not isinstance(record, (type, Estimate)):
        return [getattr(record, field.name) for field in fields(record)]
    return []


class Figures(Protocol):
    """Means over examples with what bounds them."""

    def clean_accuracy(self) -> Figure: ...
    def share(self, values: Floats, among: NDArray[np.bool_] | None = None) -> Figure: ...
    def drop(self) -> Figure: ...
    def relative_drop(self) -> Figure: ...
    def change(self, values: Floats) -> Figure: ...
    def worst(self, values: Floats, among: NDArray[np.bool_], k: int) -> Figure: ...


def figures_of(found: PerExample, unit: Unit | None) -> Figures:
    """What makes figures of those examples."""
    return _OfDraws(found) if unit == "draw" else _OfGroups(found, bounded=unit is not None)


class _OfGroups:
    """The bounds speak of further groups."""

    def __init__(self, found: PerExample, *, bounded: bool) -> None:
        self._found = found
        self._bounded = bounded

    def clean_accuracy(self) -> Figure:
        return self.share(self._found.clean)

    def share(self, values: Floats, among: NDArray[np.bool_] | None = None) -> Figure:
        chosen = slice(None) if among is None else among
        return self._mean(grouped(values[chosen], self._found.group[chosen]), low=0.0)

    def drop(self) -> Figure:
        return self.change(self._found.drop)

    def change(self, values: Floats) -> Figure:
        return self._mean(grouped(values, self._found.group), low=-1.0)

    def worst(self, values: Floats, among: NDArray[np.bool_], k: int) -> Figure:  # noqa: ARG002
        return self.share(values, among)

    def relative_drop(self) -> Figure:
        found = self._found
        clean, perturbed = grouped(found.clean, found.group), grouped(found.perturbed, found.group)
        fall = relative_fall(clean, perturbed) if self._may_be_bounded(clean) else None
        return Figure(1 - perturbed.mean / clean.mean, bounds=fall)

    def _mean(self, part: Grouped, *, low: float) -> Figure:
        bounds = mean_between(part, low, 1.0) if self._may_be_bounded(part) else None
        return Figure(part.mean, bounds=bounds)

    def _may_be_bounded(self, part: Grouped) -> bool:
        return self._bounded and part.groups > 1  # one group has no spread


class _OfDraws:
    """Of one example alone: the bounds speak of its further draws.

    Where each draw has a clean answer of its own, two shares of draws are compared.
    """

    def __init__(self, found: PerExample) -> None:
        self._found = found

    def clean_accuracy(self) -> Figure:
        return self.share(self._found.clean) if self._found.own else Figure(float(self._found.clean[0]))

    def share(self, values: Floats, among: NDArray[np.bool_] | None = None) -> Figure:  # noqa: ARG002
        return Figure(float(values[0]), bounds=mean_between(self._draws(values), 0.0, 1.0))

    def worst(self, values: Floats, among: NDArray[np.bool_], k: int) -> Figure:  # noqa: ARG002
        one = mean_between(self._draws(self._found.perturbed), 0.0, 1.0)
        return Figure(float(values[0]), bounds=Mapped(one, lambda p: p**k, lambda p: p ** (1 / k)))

    def drop(self) -> Figure:
        clean, after = self._found.clean, self._draws(self._found.perturbed)
        value = float(self._found.drop[0])
        if self._found.own:
            return Figure(value, bounds=apart(self._draws(clean), after, 0.0, 1.0))
        before = float(clean[0])
        fall = Mapped(mean_between(after, 0.0, 1.0), lambda p: before - p, lambda d: before - d, falls=True)
        return Figure(value, bounds=fall)

    def relative_drop(self) -> Figure:
        if self._found.own:
            return Figure(float(self._found.drop[0] / self._found.clean[0]))
        return self.drop()  # its clean accuracy is 1, or there is none

    def change(self, values: Floats) -> Figure:
        return Figure(float(values[0]))

    def _draws(self, shares: Floats) -> Grouped:
        """The draws of the example, each a group of its own, of which that share is so."""
        draws = int(self._found.trials[0])
        those = np.arange(draws) < round(float(shares[0]) * draws)
        return Grouped(those.astype(np.float64), np.ones(draws))


def worst_of(k: int, found: PerExample, unit: Unit | None) -> Figure:
    """The chance that none of k draws of an example fails, over the examples with k draws or more.

    Of d draws with f failures, C(d − f, k) / C(d, k) of the choices of k have none (the hypergeometric chance
    of 0): its mean is unbiased.
    """
    failed = found.trials - np.rint(found.perturbed * found.trials).astype(np.int64)
    chance = np.ones(len(found.trials))
    for drawn in range(k):
        chance *= np.maximum(found.trials - failed - drawn, 0) / np.maximum(found.trials - drawn, 1)
    return figures_of(found, unit).worst(chance, found.trials >= k, k)
