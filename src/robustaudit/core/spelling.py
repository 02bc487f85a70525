"""How messages spell a field: as a flag, as a key of a file or as an argument.

Lower rooms name fields (`label_map`); the command line, or Python, sets how they are spelt.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol


class Spelling(Protocol):
    """How one face spells fields; one that is sent to another process can be pickled."""

    def name(self, field: str) -> str:
        """The field as the subject of a sentence."""
        ...

    def option(self, field: str, value: object = None) -> str:
        """The field as one gives it, with a value where there is one."""
        ...


@dataclass(frozen=True, slots=True)
class Arguments:
    """Fields as arguments of Python: `label_map=`, `on_bad_row="skip"`."""

    def name(self, field: str) -> str:
        return field

    def option(self, field: str, value: object = None) -> str:
        return f"{field}={'' if value is None else _literal(value)}"


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) and '"' not in value else repr(value)


@dataclass(frozen=True, slots=True)
class Flags:
    """Fields as flags of a command line: `--label-map`, `--on-bad-row skip`.

    `names` are those of flags that are called otherwise than their fields, `places` where fields stand that
    came from a file.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)

    def name(self, field: str) -> str:
        return self.places.get(field) or self.option(field)

    def option(self, field: str, value: object = None) -> str:
        flag = "--" + self.names.get(field, field).replace("_", "-")
        return flag if value is None or value is True else f"{flag} {_word(str(value))}"


FLAGS = Flags({"all_edits": "all", "attacks": "attack", "severities": "severity", "slices": "slice"})
"""The flags of the command line."""


def _word(value: str) -> str:
    """A value between quotes, for the shell and for the eye, where it is more than a word."""
    if _A_WORD.fullmatch(value):
        return value
    return shlex.quote(value) if "'" in value else f"'{value}'"


_A_WORD = re.compile(r"[\w.:/-]+(=[\w.:/-]+)?")


_spelling: Spelling = Arguments()  # no context variable: threads that ask models see it too


@contextmanager
def spelt(spelling: Spelling) -> Iterator[None]:
    """Messages that are made inside spell fields so."""
    global _spelling  # noqa: PLW0603  (a process has one face at a time)
    before, _spelling = _spelling, spelling
    try:
        yield
    finally:
        _spelling = before


def current() -> Spelling:
    """How fields are spelt here."""
    return _spelling


def named(field: str) -> str:
    """A field as the subject of a message: `seed`, `--seed`, `seed in robustaudit.toml, [run]`."""
    return _spelling.name(field)


def option(field: str, value: object = None) -> str:
    """A field as a message advises it: `on_bad_row="skip"`, `--on-bad-row skip`."""
    return _spelling.option(field, value)
