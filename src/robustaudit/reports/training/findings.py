"""The diagnosis of each training and the table of memory, for a terminal or a pipe."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich import box, filesize
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import visible
from robustaudit.reports.training.diagnosis import RULES, Finding, diagnose
from robustaudit.reports.training.stored import Training


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
