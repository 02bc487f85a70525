"""Trained models compared, and the diagnosis of their trainings, for a terminal, a pipe or a program."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich import box, filesize
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.training.diagnosis import RULES, Finding, diagnose
from robustaudit.training.model_comparison import (
    AccuracyDifference,
    Comparison,
    Recommendation,
    TrainingSummary,
    compare_models,
    recommend,
    summarise,
)
from robustaudit.training.trainings import Training


def comparison_sentence(comparison: Comparison) -> str:
    """What a comparison says: accuracies, their difference with its interval, time, what else differs."""
    return " ".join(_parts(comparison))


def recommendation_sentences(choice: Recommendation) -> tuple[str, ...]:
    """Which model to recommend when time matters, and which when quality does."""
    time = (
        f"When time matters: {choice.fastest}, the fastest to train "
        f"({seconds(choice.fastest_seconds)}; the next took {seconds(choice.next_seconds)})."
    )
    quality = (
        f"When quality matters: {choice.best}, the highest validation accuracy "
        f"({percent(choice.best_accuracy)} %)"
    )
    rivals = [f"{rival.model} ({points(rival.difference)})" for rival in choice.rivals]
    if not rivals:
        return time, f"{quality}; each of the others is shown to be less accurate."
    return time, f"{quality}, but not shown to be more accurate than {_listed(rivals)}."


def points(difference: AccuracyDifference) -> str:
    """A difference of accuracies in percentage points with its interval: `+1.3 points [-0.4, 3.0]`."""
    low, high = percent(difference.low), percent(difference.high)
    return f"{signed(difference.difference)} points [{low}, {high}]"


def seconds(count: float) -> str:
    """A time a person can read: `0.65 s`, `74 s`, `1,123 s`."""
    return f"{count:.2f} s" if count < 10 else f"{count:,.0f} s"  # noqa: PLR2004


def signed(share: float) -> str:
    """A fraction in per cent with its sign; zero has none."""
    shown = percent(share)
    return shown if shown == "0.0" or share < 0 else f"+{shown}"


def _parts(comparison: Comparison) -> Iterator[str]:
    question = comparison.question
    yield f"{question.second} against {question.first}, {question.subject}:"
    if comparison.difference is None:
        yield "not compared, as they were not validated on the same examples of two groups or more."
    else:
        yield _verdict(comparison.difference, question.second)
    took = seconds(comparison.second_seconds)
    yield f"Training took {took} against {seconds(comparison.first_seconds)}."
    if comparison.also:
        others = [f"{name} ({theirs} against {ours})" for name, ours, theirs in comparison.also]
        yield f"They differ too in {_listed(others)}."


def _verdict(difference: AccuracyDifference, second: str) -> str:
    figures = (
        f"{percent(difference.second_accuracy)} % against {percent(difference.first_accuracy)} % right "
        f"on the same {_examples(difference)}, {points(difference)}:"
    )
    if not difference.is_shown:
        return f"{figures} no difference is shown."
    return f"{figures} {second}, as trained, is {'more' if difference.low > 0 else 'less'} accurate."


def _examples(difference: AccuracyDifference) -> str:
    """How many examples, and how many groups where these are fewer."""
    examples = f"{difference.examples:,} examples"
    grouped = difference.groups < difference.examples
    return f"{examples} of {difference.groups:,} groups" if grouped else examples


def _listed(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


_COLUMNS = (
    "train\ns",
    "eval.\ns",
    "last\ntrain\nloss",
    "last\nval.\nloss",
    "best\nval.\nacc. %",
    "val.\nF1 %",
    "param.",
)


def render_comparison(trainings: Sequence[Training]) -> RenderableType:
    """The table of all trainings, and what their comparison says in sentences."""
    parts: list[RenderableType] = [_table(summarise(trainings))]
    if comparisons := compare_models(trainings):
        parts.append(
            _section("One setting against another", [comparison_sentence(each) for each in comparisons])
        )
    if choice := recommend(trainings):
        parts.append(_section("Which to choose", recommendation_sentences(choice)))
    elif len(trainings) > 1:
        why_not = "Not validated on the same examples of two groups or more: not compared."
        parts.append(_section("Which to choose", [why_not]))
    return Group(*parts, _legend(paired=bool(choice) or any(each.difference for each in comparisons)))


def comparison_as_json(trainings: Sequence[Training]) -> dict[str, Any]:
    """The same as JSON: every figure unrounded, and the sentences."""
    choice = recommend(trainings)
    return {
        "models": [asdict(row) for row in summarise(trainings)],
        "comparisons": [
            {**_plain(each), "sentence": comparison_sentence(each)} for each in compare_models(trainings)
        ],
        "choice": {**asdict(choice), "sentences": recommendation_sentences(choice)} if choice else None,
    }


def _plain(comparison: Comparison) -> dict[str, Any]:
    question = comparison.question
    return {
        "first": question.first,
        "second": question.second,
        "subject": question.subject,
        "difference": asdict(comparison.difference) if comparison.difference else None,
        "first_seconds": comparison.first_seconds,
        "second_seconds": comparison.second_seconds,
        "also": {name: [ours, theirs] for name, ours, theirs in comparison.also},
    }


def _table(rows: Sequence[TrainingSummary]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, expand=True, padding=(0, 1), show_edge=False, header_style="dim")
    table.add_column("model", ratio=1, overflow="fold", vertical="top")
    for name in _COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        model = Text(visible(row.model), style="bold")
        model.append(f"  {visible(row.title)}", style="not bold")
        table.add_row(model, *_figures(row))
    return table


def _figures(row: TrainingSummary) -> tuple[Text, ...]:
    return (
        _marked(f"{row.train_seconds:,.1f}", "fastest" if row.is_fastest else None),
        Text(f"{row.evaluation_seconds:,.2f}"),
        Text(f"{row.last_train_loss:.3f}"),
        Text(f"{row.last_validation_loss:.3f}"),
        _marked(percent(row.best_validation_accuracy), "best" if row.is_best else None),
        Text(percent(row.validation_f1)),
        Text(f"{row.parameters:,}"),
    )


def _marked(figure: str, mark: str | None) -> Text:
    return Text(figure) if mark is None else Text(f"{figure}\n{mark}", style="bold green")


def _section(title: str, lines: Sequence[str]) -> RenderableType:
    table = Table.grid()
    table.add_column(overflow="fold")
    for line in lines:
        table.add_row(Padding(Text(visible(line)), (0, 0, 0, 2)))
    return Padding(Group(Text(title, style="bold"), table), (1, 0, 0, 0))


def _legend(*, paired: bool) -> RenderableType:
    figures = (
        "Times are over all epochs; accuracy and F1 are of the epoch with the best validation accuracy, "
        "which flatters a little: it was chosen by it."
    )
    differences = (
        " Differences are of the stored weights, paired by example, with a 95 % interval each; examples of "
        "one group, such as a review, may err together. It speaks of other groups, not of another training "
        "with another seed."
    )
    return Padding(Text(figures + differences * paired, style="dim"), (1, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Bytes: the process's RAM at its peak, the GPU's in steady state and at its peak, files on disk."""

    model: str
    ram_peak: int
    gpu_steady: int | None
    gpu_peak: int | None
    disk_own: int
    disk_shared: int


def memory_of(training: Training) -> Memory:
    """The memory of a training; the GPU's steady state is what was held after the last epoch."""
    epochs = training.history.epochs
    peaks = [epoch.gpu_peak_bytes for epoch in epochs if epoch.gpu_peak_bytes is not None]
    return Memory(
        model=training.name,
        ram_peak=max(epoch.peak_rss_bytes for epoch in epochs),
        gpu_steady=epochs[-1].gpu_bytes,
        gpu_peak=max(peaks, default=None),
        disk_own=training.own_bytes,
        disk_shared=training.shared_bytes,
    )


_NOTHING = "–"
_INDENT = (0, 0, 0, 2)


def render_diagnosis(trainings: Sequence[Training]) -> RenderableType:
    """What the rules find in each training, what each took of memory, and the rules themselves."""
    memory = [memory_of(training) for training in trainings]
    return Group(*(_diagnosis(training) for training in trainings), _memory(memory), _rules())


def _diagnosis(training: Training) -> RenderableType:
    title = Text(visible(f"Model {training.name}: {training.card.title}"), style="bold")
    findings = diagnose(training)
    lines = [line for finding in findings for line in _lines(finding)]
    return Padding(Group(title, *(lines or [_none_found(training)])), (1, 0, 0, 0))


def _lines(finding: Finding) -> Iterator[RenderableType]:
    sign = Text(finding.rule.sign, style="bold yellow")
    yield Padding(sign.append(f": {finding.figures}", style="not bold default"), _INDENT)
    yield Padding(Text(f"usual remedy: {finding.rule.remedy}", style="dim"), (0, 0, 0, 4))


def _none_found(training: Training) -> RenderableType:
    if len(training.history.epochs) == 1:
        return Padding(Text("one epoch only: too short a course to judge by"), _INDENT)
    return Padding(Text("none of the rules found anything"), _INDENT)


def _memory(rows: Sequence[Memory]) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False, header_style="dim")
    table.add_column("memory of model")
    on_gpu = any(row.gpu_peak is not None for row in rows)
    gpu = ("GPU,\nsteady", "GPU,\npeak") if on_gpu else ()
    for name in ("RAM,\npeak", *gpu, "disk,\nits own", "disk,\nshared"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        sizes = (row.gpu_steady, row.gpu_peak) if on_gpu else ()
        figures = (row.ram_peak, *sizes, row.disk_own, row.disk_shared)
        table.add_row(Text(visible(row.model), style="bold"), *(Text(_size(figure)) for figure in figures))
    return Padding(table, (1, 0, 0, 0))


def _size(count: int | None) -> str:
    return _NOTHING if count is None else filesize.decimal(count)


def _rules() -> RenderableType:
    rules = [Padding(Text(f"{rule.sign}: {rule.statement}"), _INDENT) for rule in RULES]
    ram = Text("RAM is the peak of the whole process, and so of the models it trained before, too.")
    return Padding(Group(ram, Text("The rules:"), *rules), (1, 0), style="dim")
