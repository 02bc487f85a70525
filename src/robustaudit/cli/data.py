"""`robustaudit data`: download built-in data, and show how your own data is read."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from robustaudit.cli.console import say, saying, show_json
from robustaudit.cli.options import DATA, AsJson, Offline, ReadingOptions, complete_data, grouped
from robustaudit.cli.streams import results
from robustaudit.core.display import visible

if TYPE_CHECKING:
    from robustaudit.datasets import Dataset

_WIDTH = 12  # of what stands before a line

data = typer.Typer(help="Fetch built-in data, and show how your own is read.", no_args_is_help=True)


@data.command("get")
def get(name: Annotated[str, typer.Argument(help="A built-in data set, such as reviews.")]) -> None:
    """Download a built-in data set into the cache folder, and verify it."""
    from robustaudit.core.validation import check_known
    from robustaudit.datasets import BUILT_IN, load

    check_known("built-in data", name, BUILT_IN)
    dataset = load(name, announce=say)
    typer.echo(f"{dataset.name}: {len(dataset.examples):,} examples are here", file=results())


@data.command("show")
@grouped
def show(
    name: Annotated[str, typer.Argument(help=DATA, autocompletion=complete_data)],
    *,
    reading: ReadingOptions,
    offline: Offline = False,
    as_json: AsJson = False,
) -> None:
    """Show how data is read: columns, labels, invalid rows, duplicates."""
    from robustaudit.datasets import BUILT_IN, SampleSpec, load

    on_bad_row = reading.on_bad_row or ("stop" if name in BUILT_IN else "skip")
    announce = saying(quiet=as_json or name not in BUILT_IN)  # what would be told is shown
    dataset = load(
        name,
        replace(reading, on_bad_row=on_bad_row).parsed(),
        sample=SampleSpec(number=1, seed=0),
        offline=offline,
        announce=announce,
    )
    if as_json:
        show_json(_described(dataset))
        return
    for what, value in _lines(dataset):
        typer.echo(visible(f"{what:<{_WIDTH}}{value}"), file=results())


def _described(dataset: "Dataset") -> dict[str, Any]:
    statistics = dataset.statistics
    return {
        "name": dataset.name,
        "format": statistics.format,
        "columns": dict(statistics.columns),
        **statistics.as_json(),
        "groups": statistics.groups,
        "empty": statistics.empty,
        "longest": statistics.longest,
        "labels": {_label(dataset, label): counted.count for label, counted in statistics.labels.items()},
        "invalid_rows": list(statistics.invalid_rows),
        "digest": dataset.digest,
    }


def _lines(dataset: "Dataset") -> list[tuple[str, str]]:
    statistics = dataset.statistics
    labels = [
        f"{_label(dataset, label)}: {counted.count:,} ({counted.count / statistics.examples:.0%})"
        for label, counted in statistics.labels.items()
    ]
    more = statistics.skipped - len(statistics.invalid_rows)
    invalid = [("" if number else "invalid", row) for number, row in enumerate(statistics.invalid_rows)]
    return [
        ("data", dataset.title),
        *([("format", statistics.format)] if statistics.format else []),
        *((what, f"column {column!r}") for what, column in statistics.columns.items()),
        *(("" if number else "notes", note) for number, note in enumerate(statistics.notes)),
        *(("" if number else "labels", label) for number, label in enumerate(labels)),
        (
            "rows",
            f"{statistics.rows:,}: {statistics.examples:,} examples, {statistics.skipped:,} invalid"
            + (f", {sum(statistics.left_out.values()):,} left out" if statistics.left_out else ""),
        ),
        *([("groups", f"{statistics.groups:,}")] if statistics.groups < statistics.examples else []),
        ("texts", f"{statistics.empty:,} empty, the longest with {statistics.longest:,} characters"),
        (
            "duplicates",
            f"{statistics.duplicates:,}; with conflicting labels: {statistics.conflicting_labels:,}",
        ),
        *invalid,
        *([("", f"… and {more:,} more")] if more else []),
    ]


def _label(dataset: "Dataset", label: int | str) -> str:
    """A label, with the name that the data has for it, if any."""
    named = isinstance(label, int) and 0 <= label < len(dataset.label_names)
    return f"{label} {dataset.label_names[label]}" if named and isinstance(label, int) else str(label)
