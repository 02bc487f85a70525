"""The charts of a run as values, for the page, files and terminals to draw."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from robustaudit.core.display import visible
from robustaudit.reports.sequential_report import bound_text, confidence_bounds
from robustaudit.reports.text import interval
from robustaudit.runs.result import Result, Row
from robustaudit.statistics.measures import Estimate
from robustaudit.statistics.sequential import SequentialResult
from robustaudit.training.trainings import Training

_STEPS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.35)
"""Drops from which a cell of the heat map takes the next darker colour."""


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """A figure at a position on the x axis, with its confidence interval where it has one.

    `apart` if it is not comparable with the point before, so that no line joins them.
    """

    x: float
    y: Estimate
    apart: bool = False


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """Points that belong together: one model, or one kind of loss."""

    name: str
    points: tuple[ChartPoint, ...]

    @property
    def values(self) -> tuple[float, ...]:
        """The figures without their intervals."""
        return tuple(point.y.value for point in self.points)


@dataclass(frozen=True, slots=True)
class Panel:
    """ChartSeries that share their axes."""

    title: str
    series: tuple[ChartSeries, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Panels drawn to one scale; figures are multiplied by `scale`, 100 for shares."""

    name: str
    title: str
    caption: str
    x: str
    y: str
    panels: tuple[Panel, ...]
    scale: float = 100.0
    starts_at_zero: bool = True
    logarithmic: bool = False  # its x axis, on the page

    @property
    def series(self) -> tuple[str, ...]:
        """The names of all series, in order."""
        return tuple(dict.fromkeys(each.name for panel in self.panels for each in panel.series))


def charts(result: Result) -> Iterator[Chart]:
    """The charts that the run has: over severities, over k draws."""
    yield from (chart for chart in (_severities(result), _worst_of_k(result)) if chart.panels)


@dataclass(frozen=True, slots=True)
class DropCell:
    """A drop with its confidence interval, or with the bound of a sequential test; `bounds` as text."""

    value: float
    low: float | None
    high: float | None
    bounds: str


def drop_cells(result: Result) -> Mapping[tuple[str, str], DropCell]:
    """The drop of each model and attack that has one."""
    decided = {(each.model, each.attack): each for each in result.decisions}
    return {
        (row.model, row.attack): _drop_cell(row.drop, decided.get((row.model, row.attack)))
        for row in result.rows
        if row.drop is not None
    }


def _drop_cell(drop: Estimate, decision: SequentialResult | None) -> DropCell:
    if decision is None or decision.drop is None:
        return DropCell(drop.value, drop.low, drop.high, interval(drop) if drop.has_interval else "")
    return DropCell(decision.drop, *confidence_bounds(decision), bound_text(decision))


def level(estimate: Estimate | None) -> int:
    """Which colour a drop has, from 0 for none to the last for the worst."""
    return 0 if estimate is None else sum(estimate.value > step for step in _STEPS)


def levels() -> list[tuple[int, str]]:
    """The legend of the heat map: each colour's number and the drops that it stands for."""
    steps = [f"{100 * step:g}" for step in _STEPS]
    between = [f"{low}–{high}" for low, high in pairwise(steps)]
    return list(enumerate(["none", *between, f"over {steps[-1]}"]))


def _severities(result: Result) -> Chart:
    bases = dict.fromkeys(curve.base for curve in result.curves)
    panels = (
        Panel(
            visible(base),
            tuple(
                ChartSeries(
                    series_name(curve.model),
                    chart_points((0, *curve.severities), (Estimate(0.0), *curve.drops)),
                )
                for curve in result.curves
                if curve.base == base
            ),
        )
        for base in bases
    )
    return Chart(
        name="severity",
        title="Drop by severity",
        caption="The drop at each severity with its 95% confidence interval; severity 0 is the clean text.",
        x="severity",
        y="drop, pp",
        panels=tuple(panels),
    )


def _worst_of_k(result: Result) -> Chart:
    attacks = dict.fromkeys(row.attack for row in result.rows if len(row.worst_of_k) > 1)
    return Chart(
        name="worst-of-k",
        title="Worst-of-k accuracy",
        caption="The share of examples that are correct on all of k draws, with its 95% confidence interval, "
        "over the examples with at least k changed draws.",
        x="draws, k",
        y="worst-of-k accuracy, %",
        panels=tuple(Panel(visible(attack), _worst(result.rows, attack)) for attack in attacks),
    )


def _worst(rows: Iterable[Row], attack: str) -> tuple[ChartSeries, ...]:
    return tuple(
        ChartSeries(
            series_name(row.model),
            chart_points([each.k for each in row.worst_of_k], [each.accuracy for each in row.worst_of_k]),
        )
        for row in rows
        if row.attack == attack and len(row.worst_of_k) > 1
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningCurves:
    """The history of a training: losses and validation accuracy by epoch, and the train loss by step."""

    model: str
    title: str
    saved_epoch: int
    losses: tuple[ChartSeries, ChartSeries]
    accuracy: ChartSeries
    steps: ChartSeries


def learning_curves(training: Training) -> LearningCurves:
    """The curves of a training; steps lie at the fraction of an epoch that was trained by then."""
    epochs, steps = training.history.epochs, training.history.steps
    to_epochs = len(epochs) / steps[-1].step if steps else 0.0
    return LearningCurves(
        model=training.name,
        title=training.card.title,
        saved_epoch=training.card.run.best_epoch,
        losses=(
            _by_epoch("train loss", [epoch.train_loss for epoch in epochs]),
            _by_epoch("validation loss", [epoch.validation_loss for epoch in epochs]),
        ),
        accuracy=_by_epoch("validation accuracy", [epoch.validation_accuracy for epoch in epochs]),
        steps=ChartSeries(
            "train loss by step",
            chart_points(
                (step.step * to_epochs for step in steps), (Estimate(step.train_loss) for step in steps)
            ),
        ),
    )


def training_charts(trainings: Sequence[Training]) -> Iterator[Chart]:
    """Losses of each model, and the accuracy of all, by epoch."""
    curves = [learning_curves(training) for training in trainings]
    yield Chart(
        name="loss",
        title="Training loss",
        caption="Train and validation loss by epoch.",
        x="epoch",
        y="loss",
        scale=1.0,
        panels=tuple(Panel(series_name(each.model), each.losses) for each in curves),
    )
    accuracies = tuple(replace(each.accuracy, name=series_name(each.model)) for each in curves)
    yield Chart(
        name="accuracy",
        title="Validation accuracy in training",
        caption="Accuracy on the validation split after each epoch.",
        x="epoch",
        y="accuracy, %",
        starts_at_zero=False,
        panels=(Panel("all models", accuracies),) if accuracies else (),
    )


def _by_epoch(name: str, values: Sequence[float]) -> ChartSeries:
    return ChartSeries(name, chart_points(range(1, len(values) + 1), map(Estimate, values)))


def chart_points(positions: Iterable[float], estimates: Iterable[Estimate]) -> tuple[ChartPoint, ...]:
    """A point at each position."""
    return tuple(ChartPoint(x, y) for x, y in zip(positions, estimates, strict=True))


def series_name(name: str) -> str:
    """What the series of a model is called."""
    return visible(f"model {name}")
