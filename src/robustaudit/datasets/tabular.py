"""Examples from a CSV, TSV, JSON Lines, JSON or Parquet file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import BinaryIO

from robustaudit.core.errors import UserError
from robustaudit.datasets.arrow import parquet
from robustaudit.datasets.census import Sample
from robustaudit.datasets.dataset import Dataset, described
from robustaudit.datasets.delimited import Delimited
from robustaudit.datasets.encodings import Text, lines_of, text_of
from robustaudit.datasets.json_rows import Shapes, json_table
from robustaudit.datasets.labels import Labels
from robustaudit.datasets.locations import Place
from robustaudit.datasets.reading import USUAL, Reading
from robustaudit.datasets.rows import Taken, refusal, take
from robustaudit.datasets.table import DAMAGED, LONGEST_OBJECT, BadRow, Table, damage


def load_file(
    given: str,
    reading: Reading = USUAL,
    *,
    sample: Sample | None = None,
    offline: bool = False,
    announce: Callable[[str], None] = lambda _: None,
) -> Dataset:
    """The examples of a file, one for each row, or those of them that a sample takes; it is read once."""
    place = Place.parse(given, reading.form)
    labels = Labels(reading.classes)
    opened = place.open(offline=offline, announce=announce, most=reading.most)
    with legible(place.source), opened as stream:
        table = _table(stream, place, reading)
        taken = take(table, reading, labels, source=place.source, sample=sample, announce=announce)
    check_some(taken, table, place.source)
    made = Dataset(place.name, labels.settled(taken.examples), options=reading.options(), census=taken.census)
    return described(made, labels)


@contextmanager
def legible(source: str) -> Iterator[None]:
    """Whatever is wrong with a file as a whole is one clear line about `source`."""
    try:
        yield
    except BadRow as bad:
        raise refusal(bad, source) from bad
    except DAMAGED as error:
        raise UserError(f"{source}: {damage(error)}") from error


def check_some(taken: Taken, table: Table, source: str) -> None:
    """Refuse a table that holds no example."""
    if taken.census.examples:
        return
    if taken.census.skipped:
        raise UserError(
            f"{source} holds no examples: all {taken.census.skipped:,} rows were skipped, "
            f"the first: {taken.census.bad_rows[0]}"
        )
    raise UserError(f"{source} holds no examples: it " + ("has only a header" if table.names else "is empty"))


def _table(stream: BinaryIO, place: Place, reading: Reading) -> Table:
    if place.form == "parquet":
        return parquet(stream, lambda names: reading.wanted(names, place.source), reading.most)
    text = text_of(stream, reading.encoding)
    return _noted(_table_of_text(text, place, reading), text.encoding, reading)


def _table_of_text(text: Text, place: Place, reading: Reading) -> Table:
    if place.form in ("json", "jsonl"):
        shapes = Shapes(
            knows=reading.knows,
            wanted=lambda names: reading.wanted(names, place.source),
            header=reading.header,
        )
        return json_table(
            text.stream,
            shapes,
            encoding=text.encoding,
            lines=place.form == "jsonl",
            longest=reading.most or LONGEST_OBJECT,
        )
    delimited = Delimited(
        encoding=text.encoding,
        usual="\t" if place.form == "tsv" else ",",
        knows=reading.knows,
        label=lambda names: reading.columns(names, place.source).label,
        delimiter=reading.delimiter,
        quotes=reading.quotes,
        escaped=reading.escaped,
        names=reading.header,
    )
    return delimited.table(lines_of(text.stream))


def _noted(table: Table, encoding: str, reading: Reading) -> Table:
    """The table, with a note where its encoding was found to be another than UTF-8."""
    found = encoding not in ("utf-8", "utf-8-sig")
    form = f"{table.form}, {encoding.removesuffix('-sig')}"
    notes = (*table.notes, f"read as {encoding}") if found and reading.encoding is None else table.notes
    return replace(table, form=form, notes=notes)
