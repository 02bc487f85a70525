"""The charts of a run as values, for the page, files and terminals to draw."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from robustaudit.core.display import visible
from robustaudit.reports.report import Report
from robustaudit.runs.result import Result, Row
from robustaudit.statistics.measures import Estimate
from robustaudit.training.trainings import Training


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """A figure at a position on the x axis, with its confidence interval where it has one."""

    x: float
    y: Estimate


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

    @property
    def series(self) -> tuple[str, ...]:
        """The names of all series, in order."""
        return tuple(dict.fromkeys(each.name for panel in self.panels for each in panel.series))


def charts(report: Report) -> Iterator[Chart]:
    """The charts that the run has: over severities, over k draws, over epochs."""
    candidates = (_severities(report.result), _worst_of_k(report.result), *_learning(report.trainings))
    yield from (chart for chart in candidates if chart.panels)


def _severities(result: Result) -> Chart:
    bases = dict.fromkeys(curve.base for curve in result.curves)
    panels = (
        Panel(
            visible(base),
            tuple(
                ChartSeries(
                    _model(curve.model),
                    _points((0, *curve.severities), (Estimate(0.0), *curve.drops)),
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
            _model(row.model),
            _points([each.k for each in row.worst_of_k], [each.accuracy for each in row.worst_of_k]),
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
            _points((step.step * to_epochs for step in steps), (Estimate(step.train_loss) for step in steps)),
        ),
    )


def _learning(trainings: Sequence[Training]) -> Iterator[Chart]:
    curves = [learning_curves(training) for training in trainings]
    yield Chart(
        name="loss",
        title="Training loss",
        caption="Train and validation loss by epoch.",
        x="epoch",
        y="loss",
        scale=1.0,
        panels=tuple(Panel(_model(each.model), each.losses) for each in curves),
    )
    accuracies = tuple(replace(each.accuracy, name=_model(each.model)) for each in curves)
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
    return ChartSeries(name, _points(range(1, len(values) + 1), map(Estimate, values)))


def _points(positions: Iterable[float], estimates: Iterable[Estimate]) -> tuple[ChartPoint, ...]:
    return tuple(ChartPoint(x, y) for x, y in zip(positions, estimates, strict=True))


def _model(name: str) -> str:
    return visible(f"model {name}")
