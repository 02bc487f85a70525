"""JSON Lines, and one JSON array of objects."""

import io
import json
from collections.abc import Iterator
from typing import Any

from robustaudit.datasets.encodings import flaw
from robustaudit.datasets.table import BadRow, Row, Table, shown


def json_lines(lines: Iterator[str], *, encoding: str) -> Table:
    """The table of a file that has an object in each line."""
    return Table(rows=_of_lines(lines, encoding), form="JSON Lines")


def json_array(text: io.TextIOBase, *, encoding: str) -> Table:
    """The table of a file that is one array of objects, which is held in memory."""
    return Table(rows=_of_array(text.read(), encoding), form="a JSON array")


def _of_lines(lines: Iterator[str], encoding: str) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _row(f"line {number}", line, encoding)


def _row(where: str, line: str, encoding: str) -> Row:
    wrong = flaw(line, encoding)
    if wrong:
        return BadRow(where, wrong)
    try:
        return _object(where, _DECODER.decode(line))
    except json.JSONDecodeError as error:
        return BadRow(f"{where}, character {error.colno}", f"not JSON, {_reason(error)}: mend it")
    except (ValueError, RecursionError) as error:
        return BadRow(where, f"not JSON, {_reason(error)}: mend it")


def _object(where: str, value: object) -> Row:
    if isinstance(value, dict):
        return where, value
    return BadRow(where, f'must be a JSON object, such as {{"text": "…", "label": 1}}, got {shown(value)}')


def _of_array(text: str, encoding: str) -> Iterator[Row]:
    """The objects of an array, each with the line it begins in."""
    wrong = flaw(text, encoding)
    if wrong:
        yield BadRow(_at(text, _flawed(text)), wrong, broken=True)
        return
    place, line, counted = text.index("[") + 1, 1, 0
    closing = False
    try:
        while True:
            place = _blanks(text, place)
            if text[place : place + 1] == "]":
                break
            if closing:
                _expect(text, place, ",")
                place = _blanks(text, place + 1)
            line, counted = line + text.count("\n", counted, place), place
            value, place = _DECODER.raw_decode(text, place)
            closing = True
            yield _object(f"line {line}", value)
        end = _blanks(text, place + 1)
        if end < len(text):
            raise json.JSONDecodeError("something follows the array", text, end)  # noqa: TRY301
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, character {error.colno}"
        yield BadRow(where, f"not JSON, {_reason(error)}: mend it", broken=True)
    except (ValueError, RecursionError) as error:
        yield BadRow(_at(text, place), f"not JSON, {_reason(error)}: mend it", broken=True)


def _expect(text: str, place: int, sign: str) -> None:
    if text[place : place + 1] != sign:
        raise json.JSONDecodeError(f"Expecting '{sign}' or the end of the array", text, place)


def _blanks(text: str, place: int) -> int:
    while text[place : place + 1] in (" ", "\t", "\r", "\n"):
        place += 1
    return place


def _at(text: str, place: int) -> str:
    return f"line {text.count(chr(10), 0, place) + 1}"


def _flawed(text: str) -> int:
    return next(place for place, sign in enumerate(text) if sign == "\0" or "\ud800" <= sign <= "\udfff")


def _reason(error: Exception) -> str:
    reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    return " ".join(reason.split())


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON; one that says a thing twice says two things."""
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the name {shown(next(n for n in names if names.count(n) > 1))} stands in it twice")
    return made


_DECODER = json.JSONDecoder(object_pairs_hook=_unique)
