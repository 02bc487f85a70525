"""From the rows of a table to examples, wherever the table is from."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.core.validation import check_unicode
from robustaudit.datasets.dataset import content_id
from robustaudit.datasets.reading import Columns, Reading

Row = tuple[str, Mapping[str, Any]]  # where the row stands, for messages, and what it says


def examples_of(rows: Iterable[Row], reading: Reading, *, source: str, prefix: str = "") -> Iterator[Example]:
    """An example a row, none read beyond the limit; `prefix` stands before every id.

    `id` and `group` are columns too, or else the text's hash and the example itself.
    """
    seen: dict[str, int] = {}
    columns = None
    rows = islice(rows, reading.limit)
    for where, row in rows:
        place = f"{source}, {where}"
        columns = columns or reading.columns(row, source)
        text = _text(row, columns, place)
        following = (later.get(columns.label) for _, later in islice(rows, 1000))
        label = reading.label_of(_there(row, columns.label, place), place, following)
        identity = prefix + (_given(row, "id", place) or _next_id(text, seen))
        kept = {name: _given(row, name, place) for name in reading.slices}
        yield Example(identity, text, label, _given(row, "group", place) or identity, kept)


def _text(row: Mapping[str, Any], columns: Columns, place: str) -> str:
    parts = [_there(row, name, place) for name in columns.text]
    for part in parts:
        if not isinstance(part, str):
            raise UserError(f"{place}: text must be a string, got {part!r}")
    return check_unicode(f"{place}: text", "\n".join(parts))


def _there(row: Mapping[str, Any], column: str, place: str) -> Any:  # noqa: ANN401
    if row.get(column) is None:
        raise UserError(f"{place}: column {column!r} is missing")
    return row[column]


def _given(row: Mapping[str, Any], column: str, place: str) -> str:
    """What a row has in a column that need not be there; CSV leaves a field blank for nothing."""
    value = row.get(column)
    return "" if value is None else check_unicode(f"{place}: {column}", str(value))


def _next_id(text: str, seen: dict[str, int]) -> str:
    """A text that stands in the data again is an example again."""
    identity = content_id(text)
    seen[identity] = seen.get(identity, 0) + 1
    return identity if seen[identity] == 1 else f"{identity}-{seen[identity]}"
