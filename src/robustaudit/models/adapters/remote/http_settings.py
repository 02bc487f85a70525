"""Settings of a model behind HTTP, from a TOML file or from the options after `?`."""

import base64
import dataclasses
import html
import ipaddress
import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar, get_type_hints
from urllib.parse import parse_qsl, quote, urlsplit

from robustaudit.core.documents import read_toml
from robustaudit.core.errors import NetworkUnavailable, UserError
from robustaudit.core.hub import allowed
from robustaudit.core.typed_values import parse_typed
from robustaudit.core.validation import check_at_least, check_between, check_known

T = TypeVar("T")

VARIABLE = re.compile(r"(?P<scheme>[A-Za-z-]{1,16} )?env:(?P<name>\w+)", re.ASCII)
"""A header's value in a file: an environment variable, behind a word such as `Bearer`."""

_HEADER = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_LONGEST = 3600.0  # seconds
_MOST_AT_ONCE = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """Settings of every model behind HTTP.

    `rate` is in requests a second, `timeout` in seconds for a whole request, `version` whatever the user
    changes when the model behind the address does.
    """

    labels: tuple[str, ...] = ()
    concurrency: int = 8
    timeout: float = 60.0
    retries: int = 5
    rate: float = math.inf
    max_bytes: int = 4 * 2**20
    cache: bool = True
    version: str = ""

    def __post_init__(self) -> None:
        check_at_least("concurrency", self.concurrency, 1, maximum=_MOST_AT_ONCE)
        check_between("timeout", self.timeout, 0, _LONGEST)
        check_at_least("retries", self.retries, 0)
        check_between("rate", self.rate, 0, math.inf)
        check_at_least("max_bytes", self.max_bytes, 1)


def read_settings(path: Path, kind: type[T]) -> T:
    """A dataclass from a TOML file; fields that have a default may be left out, and JSON be a table."""
    table = read_toml(path, "settings file")
    hints = get_type_hints(kind)
    for key in table:
        check_known(f"key in {path.name}", key, hints)
    fields: Any = dataclasses.fields(kind)  # type: ignore[arg-type]  # every kind is a dataclass
    needed = [field.name for field in fields if _has_no_default(field)]
    if missing := [name for name in needed if name not in table]:
        raise UserError(f"{path.name} lacks {', '.join(missing)}")
    return kind(**{key: _value(hints[key], value, f"{path.name}, {key}") for key, value in table.items()})


def _value(hint: Any, value: object, where: str) -> object:  # noqa: ANN401  (types are values here)
    if hint is str and isinstance(value, (dict, list)):
        return json.dumps(value, default=str)  # a date is a string to JSON
    if where.endswith(", headers"):  # before a message would show what may be a secret
        if not isinstance(value, dict):
            raise UserError(f"{where} must be a table")
        check_headers(value)
    return parse_typed(hint, value, where=where)


def _has_no_default(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def check_headers(headers: Mapping[str, object]) -> None:
    """Headers must name environment variables; no message shows any other value."""
    for name, value in headers.items():
        if not _HEADER.fullmatch(name):
            raise UserError(f"{name!r} cannot be the name of a header")
        if not isinstance(value, str) or not VARIABLE.fullmatch(value):
            raise UserError(
                f'header {name} must name an environment variable, as in "env:MY_TOKEN" or '
                '"Bearer env:MY_TOKEN": a secret has no place in a file'
            )


def check_url(url: str) -> str:
    """Return an address that may be queried.

    Raises:
        NetworkUnavailable: it is another machine, and network access is off.
        UserError: it is none, or holds a password.
    """
    if "@" in re.split("[/?#]", url.partition("://")[2])[0]:
        raise UserError("an address with a user name or password would be shown: use headers in a TOML file")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise UserError(f"url {where_of(url)!r} is no address: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise UserError(f"url must begin with http:// or https:// and a host, got {where_of(url)!r}")
    if not allowed() and not is_loopback(host):
        raise NetworkUnavailable(f"{host} is not this machine, and network access is off")
    return url


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def where_of(url: str) -> str:
    """An address as messages show it: without a query, which may hold a key."""
    return url.partition("?")[0]


HIDDEN = "***"

_RUN = 8  # letters and digits in a row that give a secret away
_SHORTEST = 4  # what is shorter stands in many words
_LETTER = re.compile("[A-Za-z0-9]")


class Secrets:
    """The headers of a model's requests, and the query of its address."""

    def __init__(self, names: Mapping[str, str], url: str = "") -> None:
        self.headers = {header: _read(header, value) for header, value in names.items()}
        # A server may answer with a header, or with what stands behind its word `Bearer`.
        words = {word for value in self.headers.values() for word in (value, value.partition(" ")[2]) if word}
        # Of the header itself `Bearer` may be said.
        secrets = {value.partition(" ")[2] or value for value in self.headers.values()}
        asked = {value for _, value in parse_qsl(urlsplit(url).query) if len(value) >= _SHORTEST}
        self._words = sorted(words | asked, key=len, reverse=True)
        self._runs = {run for word in secrets | asked for form in _forms(word) for run in _runs(form)}
        self._lengths = {len(run) for run in self._runs}

    def hide(self, text: str) -> str:
        """A text in which no secret can be read: not as it is, nor in part, nor written in another way."""
        for word in self._words:
            text = text.replace(word, HIDDEN)
        places = [found.start() for found in _LETTER.finditer(text)]
        letters = "".join(text[place] for place in places).lower()
        hidden = bytearray(len(text))
        for length in self._lengths:
            for start in range(len(letters) - length + 1):
                if letters[start : start + length] in self._runs:
                    first, last = places[start], places[start + length - 1]
                    hidden[first : last + 1] = bytes([1]) * (last + 1 - first)
        parts = groupby(zip(text, hidden, strict=True), key=lambda pair: pair[1])
        return "".join(HIDDEN if told else "".join(letter for letter, _ in part) for told, part in parts)


def _forms(secret: str) -> Iterator[str]:
    """The ways in which servers and logs write a secret."""
    content = secret.encode()
    yield from (secret, secret[::-1], html.escape(secret), repr(secret), json.dumps(secret))
    yield from (quote(secret), quote(secret, safe=""))
    for form in ("{:02x}", "x{:02x}", "0x{:02x}", "u{:04x}", "{:d}", "{:o}", "{:03o}"):
        yield "".join(map(form.format, content))
    yield base64.b32encode(content).decode()
    for before in range(3):  # bytes that stand before the secret in what is written
        written = base64.b64encode(bytes(before) + content).decode()
        yield written[-(-before * 8 // 6) : (before + len(content)) * 8 // 6]
    if decoded := _decoded(secret):
        yield from (decoded, decoded.partition(":")[2])


def _decoded(secret: str) -> str:
    """The name and password that a header `Basic` holds."""
    try:
        found = base64.b64decode(secret, validate=True).decode("ascii")
    except ValueError:
        return ""
    return found if found.isprintable() else ""


def _runs(form: str) -> Iterator[str]:
    """What gives a form away: so many of its letters and digits in a row, whatever stands between them."""
    letters = "".join(_LETTER.findall(form)).lower()
    if len(letters) >= _SHORTEST:
        length = min(_RUN, len(letters))
        yield from (letters[start : start + length] for start in range(len(letters) - length + 1))


def _read(header: str, given: str) -> str:
    found = VARIABLE.fullmatch(given)
    assert found, "checked when the file was read"
    variable = found["name"]
    value = os.environ.get(variable, "").strip()
    if not value:
        raise UserError(f"header {header}: the environment variable {variable} is not set")
    if not (value.isascii() and value.isprintable()):
        raise UserError(f"header {header}: the environment variable {variable} holds what no header can")
    return (found["scheme"] or "") + value
