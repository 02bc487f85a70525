"""Trained models compared, and the diagnosis of their trainings, for a terminal, a pipe or a program."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich import filesize
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.reports.layout import legend, section, strong, table
from robustaudit.reports.learning_report import LEARNING, learning_table, speed_sentence, times_sentence
from robustaudit.reports.text import NOTHING, count, listed, signed
from robustaudit.training.diagnosis import RULES, CurveFinding, diagnose
from robustaudit.training.learning_speed import (
    LearningSpeed,
    have_comparable_times,
    learning_speed,
    levels_of,
)
from robustaudit.training.model_comparison import (
    AccuracyDifference,
    FamilyComparison,
    ModelComparison,
    Recommendation,
    TrainingSummary,
    compare_families,
    compare_models,
    recommend,
    summarise,
)
from robustaudit.training.trainings import Training

_COLUMNS = (
    "train\ns",
    "eval.\ns",
    "last\ntrain\nloss",
    "last\nval.\nloss",
    "best\nval.\nacc. %",
    "val.\nF1 %",
    "param.",
)
_INDENT = (0, 0, 0, 2)
_NOT_COMPARED = "not validated on the same examples of two groups or more"
_FIGURES = (
    "Times are over all epochs; accuracy and F1 are of the epoch with the best validation accuracy, and so a "
    "little too high: the epoch was chosen by it. "
)
_MARKED = "* The fastest to train; the most accurate. "
_DIFFERENCES = (
    " Differences are 2 minus 1 in `2 compared with 1`, and in the recommendation the other model minus the "
    "best; they are of the stored weights, paired by example, with a 95% CI whose unit is the group, such "
    "as a review: it is about other groups, not about training again with another seed. Loss is the "
    "cross-entropy, in nats. CIs are not adjusted for their number."
)


def comparison_sentence(comparison: ModelComparison) -> str:
    """Accuracies of a pair, their difference with its interval, times, and what else differs."""
    return " ".join(_parts(comparison))


def recommendation_sentences(choice: Recommendation) -> tuple[str, ...]:
    """Which model to choose if time matters, and which if quality does."""
    time = (
        f"If time matters: {choice.fastest}, the fastest to train "
        f"({seconds(choice.fastest_seconds)}; the next took {seconds(choice.next_seconds)})."
    )
    accuracy = f"the highest validation accuracy ({percent(choice.best_accuracy)}%)"
    quality = f"If quality matters: {choice.best}, {accuracy}"
    rivals = [f"{rival.model} ({difference_text(rival.difference)})" for rival in choice.rivals]
    if not rivals:
        return time, f"{quality}; significantly more accurate than each of the others."
    return time, f"{quality}, but not significantly more accurate than {listed(rivals)}."


def difference_text(difference: AccuracyDifference) -> str:
    """A difference of accuracies in percentage points with its interval: `+1.3 pp [-0.4, 3.0]`."""
    low, high = percent(difference.low), percent(difference.high)
    return f"{signed(difference.difference)} pp [{low}, {high}]"


def family_sentence(found: FamilyComparison) -> str:
    """The Transformers compared with the LSTMs, by the means of their models."""
    difference = found.difference
    second = "the Transformers"
    return (
        f"Transformers ({listed(found.transformers)}) compared with LSTMs ({listed(found.lstms)}): mean "
        f"{_difference(difference, second, verb='are')} {_more_differences(difference)}"
    )


def seconds(number: float) -> str:
    """A time a person can read: `0.65 s`, `74 s`, `1,123 s`."""
    return f"{number:.2f} s" if number < 10 else f"{number:,.0f} s"  # noqa: PLR2004


def _parts(comparison: ModelComparison) -> Iterator[str]:
    pair = comparison.pair
    yield f"{pair.second} compared with {pair.first}, {pair.subject}:"
    if comparison.difference is None:
        yield f"{_NOT_COMPARED}."
    else:
        yield _difference(comparison.difference, pair.second)
        yield _more_differences(comparison.difference)
    took = seconds(comparison.second_seconds)
    yield f"Training took {took} against {seconds(comparison.first_seconds)}."
    if comparison.also:
        others = [f"{name} ({theirs} against {ours})" for name, ours, theirs in comparison.also]
        yield f"They also differ in {listed(others)}."


def _more_differences(difference: AccuracyDifference) -> str:
    f1, loss = difference.f1, difference.loss
    return (
        f"F1 {signed(f1.value)} pp [{percent(f1.low or 0.0)}, {percent(f1.high or 0.0)}], "
        f"loss {loss.value:+.3f} [{loss.low:.3f}, {loss.high:.3f}]."
    )


def _difference(difference: AccuracyDifference, second: str, verb: str = "is") -> str:
    figures = (
        f"validation accuracy {percent(difference.second_accuracy)}% against "
        f"{percent(difference.first_accuracy)}% on the same {_examples(difference)}, "
        f"{difference_text(difference)}:"
    )
    if not difference.is_significant:
        return f"{figures} no significant difference."
    return f"{figures} {second} {verb} significantly {'more' if difference.low > 0 else 'less'} accurate."


def _examples(difference: AccuracyDifference) -> str:
    """How many examples, and how many groups where these are fewer."""
    examples = count(difference.examples, "example")
    grouped = difference.groups < difference.examples
    return f"{examples} of {count(difference.groups, 'group')}" if grouped else examples


def render_comparison(trainings: Sequence[Training]) -> RenderableType:
    """The table of all trainings, and what their comparison says in sentences."""
    rows = summarise(trainings)
    parts: list[RenderableType] = [_table(rows)]
    comparisons, choice = compare_models(trainings), recommend(trainings)
    families = compare_families(trainings)
    if comparisons:
        parts.append(_sentences("Models compared in pairs", map(comparison_sentence, comparisons)))
    if families:
        parts.append(_sentences("Families compared", [family_sentence(families)]))
    parts.append(_learning(trainings, comparisons))
    if choice:
        parts.append(_sentences("Recommendation", recommendation_sentences(choice)))
    elif len(trainings) > 1:
        parts.append(_sentences("Recommendation", [f"None: {_NOT_COMPARED}."]))
    paired = bool(choice) or any(each.difference for each in comparisons)
    marked = _MARKED * any(row.is_best for row in rows)
    return Group(*parts, legend([marked + comparison_note(trainings, paired=paired), LEARNING]))


def comparison_note(trainings: Sequence[Training], *, paired: bool = True) -> str:
    """What the figures of a comparison are, and whether times compare; `paired`: it has differences."""
    speeds = _speeds(trainings)
    times = times_sentence(speeds, compare=have_comparable_times(speeds))
    return _FIGURES + times + _DIFFERENCES * paired


def _speeds(trainings: Sequence[Training]) -> list[LearningSpeed]:
    levels = levels_of(trainings)
    return [learning_speed(training, levels) for training in trainings]


def _learning(trainings: Sequence[Training], comparisons: Sequence[ModelComparison]) -> RenderableType:
    lines = [speed_sentence(each.speed, each.pair.subject) for each in comparisons if each.speed]
    return section(
        "How fast and how steadily they learned",
        learning_table(_speeds(trainings), levels_of(trainings)),
        *(Padding(Text(line), _INDENT) for line in lines),
    )


def comparison_as_json(trainings: Sequence[Training]) -> dict[str, Any]:
    """The comparison as JSON: every figure unrounded, and the sentences."""
    choice = recommend(trainings)
    families, speeds = compare_families(trainings), _speeds(trainings)
    return {
        "models": [asdict(row) for row in summarise(trainings)],
        "families": {**asdict(families), "sentence": family_sentence(families)} if families else None,
        "learning": [asdict(speed) for speed in speeds],
        "times_compare": have_comparable_times(speeds),
        "comparisons": [
            {**_as_json(each), "sentence": comparison_sentence(each)} for each in compare_models(trainings)
        ],
        "choice": {**asdict(choice), "sentences": recommendation_sentences(choice)} if choice else None,
    }


def _as_json(comparison: ModelComparison) -> dict[str, Any]:
    pair = comparison.pair
    return {
        "first": pair.first,
        "second": pair.second,
        "subject": pair.subject,
        "difference": asdict(comparison.difference) if comparison.difference else None,
        "first_seconds": comparison.first_seconds,
        "second_seconds": comparison.second_seconds,
        "also": {name: [ours, theirs] for name, ours, theirs in comparison.also},
        "speed": asdict(comparison.speed) if comparison.speed else None,
    }


def _table(rows: Sequence[TrainingSummary]) -> Table:
    made = table("model", figures=_COLUMNS, expand=True)
    made.columns[0].ratio = 1
    for row in rows:
        made.add_row(strong(row.model).append(f"  {visible(row.title)}", style="not bold"), *_figures(row))
    return made


def _figures(row: TrainingSummary) -> tuple[Text, ...]:
    return (
        _marked(f"{row.train_seconds:,.1f}", row.is_fastest),
        Text(f"{row.evaluation_seconds:,.2f}"),
        Text(f"{row.last_train_loss:.3f}"),
        Text(f"{row.last_validation_loss:.3f}"),
        _marked(percent(row.best_validation_accuracy), row.is_best),
        Text(percent(row.validation_f1)),
        Text(f"{row.parameters:,}"),
    )


def _marked(figure: str, best: bool) -> Text:
    return Text(f"{figure}*", style="bold green") if best else Text(figure)


def _sentences(title: str, lines: Iterable[str]) -> RenderableType:
    return section(title, *(Padding(Text(visible(line)), _INDENT) for line in lines))


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


def render_diagnosis(trainings: Sequence[Training]) -> RenderableType:
    """The findings in each training, the memory that each took, and the rules."""
    memory = [memory_of(training) for training in trainings]
    return Group(*(_diagnosis(training) for training in trainings), _memory(memory), _rules())


def _diagnosis(training: Training) -> RenderableType:
    lines = [line for finding in diagnose(training) for line in _lines(finding)]
    none = Padding(Text(no_findings(training)), _INDENT)
    return section(f"Model {training.name}: {training.card.title}", *(lines or [none]))


def no_findings(training: Training) -> str:
    """Why a diagnosis has no findings."""
    return "one epoch only: too short to diagnose" if len(training.history.epochs) == 1 else "no findings"


def _lines(finding: CurveFinding) -> Iterator[RenderableType]:
    sign = Text(finding.rule.sign, style="bold yellow")
    yield Padding(sign.append(f": {finding.figures}", style="not bold default"), _INDENT)
    yield Padding(Text(f"usual remedy: {finding.rule.remedy}", style="dim"), (0, 0, 0, 4))


def _memory(rows: Sequence[Memory]) -> RenderableType:
    on_gpu = any(row.gpu_peak is not None for row in rows)
    gpu = ("GPU,\nsteady", "GPU,\npeak") if on_gpu else ()
    made = table("memory of model", figures=("RAM,\npeak", *gpu, "disk,\nown", "disk,\nshared"))
    for row in rows:
        sizes = (row.gpu_steady, row.gpu_peak) if on_gpu else ()
        made.add_row(strong(row.model), *map(_size, (row.ram_peak, *sizes, row.disk_own, row.disk_shared)))
    return Padding(made, (1, 0, 0, 0))


def _size(number: int | None) -> str:
    return NOTHING if number is None else filesize.decimal(number)


def _rules() -> RenderableType:
    rules = [Padding(Text(f"{rule.sign}: {rule.statement}"), _INDENT) for rule in RULES]
    ram = Text("RAM is the peak of the whole process, and includes the models that it trained before.")
    return Padding(Group(ram, Text("The rules:"), *rules), (1, 0), style="dim")
