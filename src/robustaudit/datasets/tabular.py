"""Read a CSV, TSV, text, JSON Lines, JSON, Parquet or Arrow file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import BinaryIO

from robustaudit.core.errors import UserError
from robustaudit.core.spelling import named
from robustaudit.datasets.arrow import parquet
from robustaudit.datasets.arrow_files import arrow_file
from robustaudit.datasets.dataset import Dataset, with_label_names
from robustaudit.datasets.dataset_statistics import SampleSpec
from robustaudit.datasets.delimited import Delimited
from robustaudit.datasets.encodings import DecodedText, lines_of, text_of
from robustaudit.datasets.exported_rows import plain_table
from robustaudit.datasets.json_rows import RowShapes, json_table
from robustaudit.datasets.label_reader import LabelReader
from robustaudit.datasets.locations import Location
from robustaudit.datasets.read_options import USUAL, ReadOptions
from robustaudit.datasets.rows import ReadExamples, invalid_row_message, read_examples
from robustaudit.datasets.table import DAMAGED, LONGEST_OBJECT, InvalidRow, Table, read_error_message
from robustaudit.datasets.text_lines import fasttext_table, plain_text_table


def load_file(
    given: str,
    reading: ReadOptions = USUAL,
    *,
    sample: SampleSpec | None = None,
    offline: bool = False,
    announce: Callable[[str], None] = lambda _: None,
) -> Dataset:
    """The examples of a file, one per row; with a `sample`, only those of it are kept."""
    place = Location.parse(given, reading.data_format)
    labels = LabelReader(reading.label_map)
    opened = place.open(offline=offline, announce=announce, most=reading.max_bytes)
    with readable_errors(place.source), opened as stream:
        table = _table(stream, place, reading)
        taken = read_examples(table, reading, labels, source=place.source, sample=sample, announce=announce)
    check_not_empty(taken, table, place.source)
    made = Dataset(
        place.name,
        labels.resolve(taken.examples),
        reading=reading.fields(),
        counted=taken.statistics,
        columns=taken.statistics.columns,
    )
    return with_label_names(made, labels)


@contextmanager
def readable_errors(source: str) -> Iterator[None]:
    """Turn exceptions of reading a file into one clear line about `source`."""
    try:
        yield
    except InvalidRow as bad:
        raise invalid_row_message(bad, source) from bad
    except DAMAGED as error:
        raise UserError(f"{source}: {read_error_message(error)}") from error


def check_not_empty(taken: ReadExamples, table: Table, source: str) -> None:
    """Refuse a table without examples."""
    if taken.statistics.examples:
        return
    if taken.statistics.left_out:
        raise UserError(f"{source} holds no examples: {next(taken.statistics.summary_lines())}")
    if taken.statistics.skipped:
        raise UserError(
            f"{source} holds no examples: all {taken.statistics.skipped:,} rows were skipped, "
            f"the first: {taken.statistics.invalid_rows[0]}"
        )
    raise UserError(f"{source} holds no examples: it " + ("has only a header" if table.names else "is empty"))


def _table(stream: BinaryIO, place: Location, reading: ReadOptions) -> Table:
    if reading.records and place.format not in ("json", "jsonl"):
        raise UserError(f"{named('records')} is for JSON, not for {place.source} of format {place.format}")
    if place.format in ("parquet", "arrow"):
        of_format = parquet if place.format == "parquet" else arrow_file
        return of_format(stream, lambda names: reading.wanted(names, place.source), reading.max_bytes)
    text = text_of(stream, reading.encoding)
    return _noted(_table_of_text(text, place, reading), text.encoding, reading)


def _table_of_text(text: DecodedText, place: Location, reading: ReadOptions) -> Table:
    if place.format in ("json", "jsonl"):
        shapes = RowShapes(
            knows=reading.knows,
            wanted=lambda names: reading.wanted(names, place.source),
            header=reading.columns,
            records=reading.records,
        )
        table = json_table(
            text.stream,
            shapes,
            encoding=text.encoding,
            lines=place.format == "jsonl",
            longest=reading.max_bytes or LONGEST_OBJECT,
        )
        return plain_table(table, reading.knows)
    delimited = Delimited(
        encoding=text.encoding,
        usual="\t" if place.format == "tsv" else ",",
        knows=reading.knows,
        label=lambda names: reading.roles(names, place.source).label,
        delimiter=reading.delimiter,
        quotes=not reading.no_quotes,
        escaped=reading.escaped,
        names=reading.columns,
    )
    lines = lines_of(text.stream)
    if place.format == "fasttext":
        return fasttext_table(lines, text.encoding)
    if place.format == "txt":
        sure = bool(reading.columns or reading.delimiter)
        return plain_text_table(
            lines, text.encoding, knows=reading.knows, delimited=delimited.table, sure=sure
        )
    return delimited.table(lines)


def _noted(table: Table, encoding: str, reading: ReadOptions) -> Table:
    """The table, with a note if its encoding was found not to be UTF-8."""
    found = encoding not in ("utf-8", "utf-8-sig")
    written = f"{table.format}, {encoding.removesuffix('-sig')}"
    notes = (*table.notes, f"read as {encoding}") if found and reading.encoding is None else table.notes
    return replace(table, format=written, notes=notes)
