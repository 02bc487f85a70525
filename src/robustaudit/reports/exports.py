"""A run as files for other programs: its result as JSON or CSV, its trials as CSV or Parquet."""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import IO, Any, cast

import pyarrow.parquet as pq

from robustaudit.core.documents import to_pretty_json
from robustaudit.reports.report import Report
from robustaudit.runs.result import Row
from robustaudit.runs.trial import TRIALS
from robustaudit.statistics.measures import Estimate, Measures

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A text that begins so is a formula to a spreadsheet, or hides that the next character begins one."""

_ROW = (
    "model",
    "attack",
    "severity",
    "column",
    "value",
    "examples_changed",
    "trials_changed",
    "trials",
    "skipped",
    "no_prediction",
)
_OF_SLICES = ("column", "value")


def result_json(report: Report) -> bytes:
    """The result, as docs/results-format.md has it."""
    return to_pretty_json(report.result.as_json())


def figures_csv(report: Report) -> bytes:
    """A line for each measure of each row and slice, over the changed trials."""
    lines = (
        (*_row_values(row), field.name, estimate.value, estimate.low, estimate.high)
        for row in (*report.result.rows, *report.result.slices)
        for field in fields(Measures)
        if (estimate := getattr(row.on_changed, field.name)) is not None
    )
    return _csv((*_ROW, "measure", "estimate", "low", "high"), lines)


def figure_rows(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """A line for each row, with every measure and its interval: `drop`, `drop_low`, `drop_high`."""
    return [dict((*_named(row), *_figures(row))) for row in rows]


def trials_csv(report: Report) -> Iterator[bytes]:
    """All trials, with lists as JSON, part by part."""
    yield _csv(TRIALS.names, [])
    for shard in report.run.shards():
        yield _csv(None, (row.values() for row in shard.to_pylist()))


def trials_parquet(report: Report) -> Iterator[bytes]:
    """All trials in one file, part by part."""
    sink = _Parts()
    with pq.ParquetWriter(cast("IO[bytes]", sink), TRIALS, compression="zstd") as writer:
        for shard in report.run.shards():
            writer.write_table(shard)
            yield sink.taken()
    yield sink.taken()


class _Parts(io.RawIOBase):
    """A file of which what was written is taken away part by part."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._size

    def write(self, data: Any) -> int:  # noqa: ANN401  (any buffer)
        part = bytes(data)
        self._parts.append(part)
        self._size += len(part)
        return len(part)

    def taken(self) -> bytes:
        part = b"".join(self._parts)
        self._parts.clear()
        return part


def _named(row: Row) -> Iterator[tuple[str, object]]:
    """The model, attack and slice of a row, and its numbers of trials and examples."""
    values = zip(_ROW, _row_values(row), strict=True)
    yield from ((name, value) for name, value in values if row.slice or name not in _OF_SLICES)
    for name in ("base", "family", "examples", "groups_changed", "flips", "significance"):
        yield name, getattr(row, name)


def _figures(row: Row) -> Iterator[tuple[str, float]]:
    """P-values, the measures over the changed trials, and the drop over all; NaN where there is none."""
    for name in ("p_value", "p_adjusted", "edit_share", "character_share"):
        yield name, _or_nan(getattr(row, name))
    measures = [(field.name, getattr(row.on_changed, field.name)) for field in fields(Measures)]
    for name, estimate in (*measures, ("drop_over_all", row.on_all.drop)):
        found = estimate or Estimate(math.nan)
        yield name, found.value
        yield f"{name}_low", _or_nan(found.low)
        yield f"{name}_high", _or_nan(found.high)


def _or_nan(figure: float | None) -> float:
    return math.nan if figure is None else figure


def _row_values(row: Row) -> tuple[object, ...]:
    part = (row.slice.column, row.slice.value) if row.slice else (None, None)
    return (
        row.model,
        row.attack,
        row.severity,
        *part,
        row.examples_changed,
        row.trials_changed,
        row.trials,
        row.skipped,
        row.no_prediction,
    )


def _csv(head: Sequence[str] | None, lines: Iterable[Iterable[object]]) -> bytes:
    """UTF-8 with the line ends of RFC 4180; no text in it is a formula, and numbers stay numbers."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    if head:
        writer.writerow(head)
    writer.writerows(map(_cell, line) for line in lines)
    return stream.getvalue().encode(errors="backslashreplace")


def _cell(value: object) -> object:
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
