"""Headers whose values come from the environment, and are shown nowhere."""

import json
import os
from collections.abc import Mapping

from robustaudit.core.errors import UserError
from robustaudit.models.adapters.remote.settings import VARIABLE

HIDDEN = "***"


class Secrets:
    """The headers of a model's requests."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.headers = {header: _read(header, value) for header, value in names.items()}
        # A server may answer with a header, or with what stands behind its word `Bearer`.
        words = {word for value in self.headers.values() for word in (value, value.partition(" ")[2]) if word}
        written = {form for word in words for form in (word, repr(word)[1:-1], json.dumps(word)[1:-1])}
        self._written = sorted(written, key=len, reverse=True)

    def hide(self, text: str) -> str:
        """A text in which no value of a header can be read."""
        for word in self._written:
            text = text.replace(word, HIDDEN)
        return text


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
