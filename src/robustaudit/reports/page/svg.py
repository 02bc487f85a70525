"""The marks of a chart, placed in an SVG of fixed size."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from robustaudit.reports.charts import Chart, ChartPoint, ChartSeries, Panel
from robustaudit.reports.text import figure

WIDTH, HEIGHT = 340, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 10, 38
_APART = 5  # between the marks of two series at one place
_MOST_TICKS = 5
_FEW_PLACES = 8  # so many places on the x axis are each labelled


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis and what stands there."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A point and the ends of its interval."""

    x: float
    y: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class SeriesDrawing:
    """A series: its number in the chart chooses colour, dash and shape; `cells` are its figures.

    `paths` are its lines: several, where some of its points are not comparable.
    """

    name: str
    style: int
    paths: tuple[str, ...]
    marks: tuple[Mark, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PanelDrawing:
    """A panel, ready for a template; `places` are where any of its series has a figure."""

    title: str
    description: str
    places: tuple[str, ...]
    x: tuple[Tick, ...]
    y: tuple[Tick, ...]
    lines: tuple[SeriesDrawing, ...]


def drawn(chart: Chart) -> tuple[PanelDrawing, ...]:
    """The panels of a chart, on one scale."""
    points = [point for panel in chart.panels for series in panel.series for point in series.points]
    x_axis = _Axis.over(
        [point.x for point in points], _LEFT, WIDTH - _RIGHT, margin=0.06, logarithmic=chart.logarithmic
    )
    edges = [edge * chart.scale for point in points for edge in _edges(point)]
    low = min(0.0, *edges) if chart.starts_at_zero else min(edges)
    y_axis = _Axis.over([low, *edges], HEIGHT - _BOTTOM, _TOP, margin=0.04)
    return tuple(_panel(panel, chart, x_axis, y_axis) for panel in chart.panels)


def ticks(low: float, high: float, most: int = _MOST_TICKS) -> tuple[float, ...]:
    """Round numbers from low to high: steps of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(round(number * step, 10) for number in range(first, last + 1))


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float
    start: float
    stop: float
    logarithmic: bool

    @classmethod
    def over(
        cls, values: Sequence[float], start: float, stop: float, *, margin: float, logarithmic: bool = False
    ) -> "_Axis":
        low, high = min(values), max(values)
        if logarithmic:
            low, high = math.log10(low), math.log10(high)
        span = (high - low) or 1.0
        return cls(low - margin * span, high + margin * span, start, stop, logarithmic)

    def at(self, value: float) -> float:
        share = ((math.log10(value) if self.logarithmic else value) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.stop - self.start), 1)

    def labelled(self, places: Sequence[float]) -> Sequence[float]:
        """Which places on the x axis have a label: all if they are few, else round numbers."""
        if len(places) <= _FEW_PLACES:
            return places
        if self.logarithmic:
            return [place for place in places if math.log10(place).is_integer()]
        return ticks(self.low, self.high)


def _panel(panel: Panel, chart: Chart, x_axis: _Axis, y_axis: _Axis) -> PanelDrawing:
    places = sorted({point.x for series in panel.series for point in series.points})
    return PanelDrawing(
        title=panel.title,
        description="; ".join(_described(series, chart) for series in panel.series),
        places=tuple(f"{place:,.15g}" for place in places),
        x=tuple(Tick(x_axis.at(place), f"{place:,.15g}") for place in x_axis.labelled(places)),
        y=tuple(Tick(y_axis.at(place), f"{place:g}") for place in ticks(y_axis.low, y_axis.high)),
        lines=tuple(
            _line(series, chart, x_axis, y_axis, places=places, aside=_APART * (number - middle))
            for middle in ((len(panel.series) - 1) / 2,)
            for number, series in enumerate(panel.series)
        ),
    )


def _described(series: ChartSeries, chart: Chart) -> str:
    ends = (series.points[0], series.points[-1])
    return f"{series.name} " + ", ".join(f"{point_text(point, chart)} at {point.x:g}" for point in ends)


def _line(
    series: ChartSeries, chart: Chart, x_axis: _Axis, y_axis: _Axis, *, places: Sequence[float], aside: float
) -> SeriesDrawing:
    if not any(point.y.has_interval for point in series.points):
        aside = 0.0  # only whiskers would lie upon each other
    marks = tuple(_mark(point, chart, x_axis, y_axis, aside) for point in series.points)
    figures = {point.x: point_text(point, chart) for point in series.points}
    return SeriesDrawing(
        name=series.name,
        style=chart.series.index(series.name),
        paths=tuple(_paths(series, marks)),
        marks=marks,
        cells=tuple(figures.get(place, "–") for place in places),
    )


def _paths(series: ChartSeries, marks: Sequence[Mark]) -> Iterator[str]:
    """The lines through the marks, a new one from each point that is apart from the one before."""
    starts = [place for place, point in enumerate(series.points) if point.apart and place]
    for start, stop in pairwise([0, *starts, len(marks)]):
        yield " ".join(f"{mark.x:g},{mark.y:g}" for mark in marks[start:stop])


def _mark(point: ChartPoint, chart: Chart, x_axis: _Axis, y_axis: _Axis, aside: float) -> Mark:
    value, low, high = (
        None if edge is None else y_axis.at(edge * chart.scale)
        for edge in (point.y.value, point.y.low, point.y.high)
    )
    assert value is not None
    return Mark(round(x_axis.at(point.x) + aside, 1), value, low, high)


def point_text(point: ChartPoint, chart: Chart) -> str:
    """A point's figure as text, with its confidence interval where it has one."""
    return f"{point.y.value:.3f}" if chart.scale == 1 else figure(point.y)


def _edges(point: ChartPoint) -> tuple[float, ...]:
    return tuple(edge for edge in (point.y.value, point.y.low, point.y.high) if edge is not None)
