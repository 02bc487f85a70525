"""Headers whose values come from the environment, and are shown nowhere."""

import base64
import html
import json
import os
import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from urllib.parse import parse_qsl, quote, urlsplit

from robustaudit.core.errors import UserError
from robustaudit.models.adapters.remote.settings import VARIABLE

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
