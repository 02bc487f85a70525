"""TOML and JSON files, which may come from anyone: their size is checked before they are parsed."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import tomli_w

from robustaudit.core.display import is_hidden
from robustaudit.core.errors import UserError
from robustaudit.core.files import exists, is_file

MOST_BYTES = 1_000_000
"""Largest size of files that people write or read: configurations, presets, model cards."""

_MOST_PARTS = 16  # tomllib keeps each beginning of a key a.b.c: time and memory go with the square
_SHOWN = 40
_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(rf"""(?<![\w."'-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{_MOST_PARTS}}}""", re.ASCII)


def read_toml(path: Path, what: str, *, most: int = MOST_BYTES) -> dict[str, Any]:
    """The content of a TOML file; messages call it `what`: `recipe`.

    Raises:
        UserError: it does not exist, is not a regular file, is larger than `most` bytes, or cannot be read.
    """
    return parse_toml(read_bounded(path, what, most=most), f"{what} {str(path)!r}")


def parse_toml(content: bytes, where: str) -> dict[str, Any]:
    """Parse TOML, with or without a byte order mark."""
    try:
        text = content.decode("utf-8-sig")
        if not (long := _LONG_KEY.search(text)):
            return _within_64_bits(tomllib.loads(text))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{where} cannot be read: {_reason(error)}") from error
    shown = f"{long[0][:_SHOWN]}…"
    raise UserError(f"{where} cannot be read: a key must have at most {_MOST_PARTS} parts, got {shown!r}")


def read_json(path: Path, what: str, *, most: int = MOST_BYTES) -> Any:  # noqa: ANN401
    """The content of a JSON file.

    Raises:
        UserError: as for `read_toml`, or if a key is repeated.
    """
    content = read_bounded(path, what, most=most)
    try:
        return json.loads(content, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        reason = f"it is truncated or corrupt ({_reason(error)})"
        raise UserError(f"{what} {str(path)!r} is not JSON: {reason}") from error


def parse_json_object(content: bytes, where: str) -> dict[str, Any]:
    """Parse a JSON object by the standard: NaN and repeated keys are refused.

    Raises:
        UserError: it is something else, is nested too deep, or cannot be read.
    """
    try:
        found = json.loads(content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{where} cannot be read: {_reason(error)}") from error
    if not isinstance(found, dict):
        raise UserError(f"{where} cannot be read: it is not a JSON object")
    return found


def _reason(error: Exception) -> str:
    return "it is nested too deep" if isinstance(error, RecursionError) else str(error)


def to_toml(content: Mapping[str, Any]) -> str:
    """A table as the text of a TOML file."""
    return tomli_w.dumps(content)


def to_pretty_json(content: Any) -> bytes:  # noqa: ANN401
    """JSON for people: letters of any script as they are; what acts on a terminal or is unseen, escaped."""
    return (pretty_json(content) + "\n").encode()


def pretty_json(content: Any, *, ascii_only: bool = False) -> str:  # noqa: ANN401
    """The text of `to_pretty_json`; where a stream has no other letters, with these alone."""
    text = json.dumps(content, indent=2, ensure_ascii=ascii_only, allow_nan=False)
    if text.replace("\n", "").isprintable():
        return text
    return "".join(map(_escaped_if_hidden, text))


def _escaped_if_hidden(character: str) -> str:
    if character == "\n" or not is_hidden(character):
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def to_canonical_json(content: Any) -> bytes:  # noqa: ANN401
    """JSON on one line with sorted keys: equal content has equal digests."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def read_bounded(path: Path, what: str, *, most: int) -> bytes:
    """The bytes of a regular file; not of a pipe, which might never end, or never begin.

    Raises:
        UserError: it does not exist, is something else, is larger than `most` bytes, or cannot be read.
    """
    where = f"{what} {str(path)!r}"
    if not is_file(path) and exists(path):
        raise UserError(f"{where} must be a file, not a folder, a pipe or a device")
    try:
        with path.open("rb") as stream:
            content = stream.read(most + 1)
    except FileNotFoundError as error:
        raise UserError(f"{where} does not exist") from error
    except (OSError, ValueError) as error:  # a name that is too long, or holds a zero byte
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"{where} cannot be read: {reason}") from error
    if len(content) > most:
        raise UserError(f"{where} must have at most {most:,} bytes")
    return content


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _within_64_bits(content: dict[str, Any]) -> dict[str, Any]:
    """Refuse larger integers: TOML does not promise them, and Python cannot even print the largest."""
    open_ended: list[Any] = [content]
    while open_ended:
        match open_ended.pop():
            case dict() as table:
                open_ended += table.values()
            case list() as values:
                open_ended += values
            case int() as number if not -(2**63) <= number < 2**63:
                raise ValueError(f"a whole number must have at most 64 bits, got {number.bit_length()}")
    return content


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"key {key!r} stands twice")
        found[key] = value
    return found
