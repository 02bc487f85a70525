"""Defences in a row, as written in front of a model: `clean(strip,fold,spell):4`."""

import ast
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from robustaudit.core.calls import Value, build_from, format_call, parameters_of
from robustaudit.core.documents import to_canonical_json
from robustaudit.core.errors import UserError
from robustaudit.defences.defence import DEFENCES, Defence
from robustaudit.defences.vote import Vote

_LONGEST = 2_000  # characters of a chain
_SUCH = "such as strip,fold,spell"
BEGINS = "clean("
"""How the name of a model behind defences begins."""


@dataclass(frozen=True)
class Chain:
    """Defences that clean a text one after the other, before a model reads it."""

    defences: tuple[Defence, ...]

    @classmethod
    def parse(cls, written: str) -> "Chain":
        """The chain of names with parameters as keywords: `strip,fold,spell(distance=1)`.

        Raises:
            UserError: it is no such list, a name or a parameter is unknown or has no such value, or a vote is
                not the last.
        """
        chain = cls(tuple(build_from(DEFENCES, name, given) for name, given in _calls(written)))
        if any(isinstance(each, Vote) for each in chain.defences[:-1]):
            raise UserError(f"vote must be the last of the defences, got {str(chain)!r}")
        return chain

    def __str__(self) -> str:
        return ",".join(map(_written, self.defences))

    @property
    def vote(self) -> Vote | None:
        """The vote at its end, if there is one."""
        last = self.defences[-1]
        return last if isinstance(last, Vote) else None

    @property
    def wordwise(self) -> bool:
        """Whether cleaning a text cleans each part between white space, and each white space, by itself."""
        return all(each.wordwise for each in self.defences)

    @cached_property
    def digest(self) -> str:
        """A SHA-256: two chains of one digest clean every text alike."""
        each = [[_written(one), one.version, dict(one.sources())] for one in self.defences]
        return hashlib.sha256(to_canonical_json(each)).hexdigest()

    def clean(self, texts: Sequence[str]) -> list[str]:
        """The texts as a model reads them, in order."""
        cleaned = list(texts)
        for each in self.defences:
            cleaned = each.clean(cleaned)
        return cleaned


def _written(defence: Defence) -> str:
    return format_call(DEFENCES.name_of(type(defence)), parameters_of(defence))


def _calls(written: str) -> Iterator[tuple[str, dict[str, Value]]]:
    """The name and the parameters of each defence."""
    for node in _parsed(written):
        match node:
            case ast.Name(id=name):
                yield name, {}
            case ast.Call(func=ast.Name(id=name), args=[], keywords=given) if all(each.arg for each in given):
                yield name, {str(each.arg): _value(name, each) for each in given}
            case _:
                raise _refused(written)


def _parsed(written: str) -> list[ast.expr]:
    if len(written) > _LONGEST:
        raise UserError(f"defences must be at most {_LONGEST:,} characters, got {len(written):,}")
    try:
        body = ast.parse(f"{BEGINS}{written})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _refused(written) from error
    if not isinstance(body, ast.Call) or body.keywords or not body.args:
        raise _refused(written)
    return body.args


def _value(name: str, keyword: ast.keyword) -> Value:
    match keyword.value:
        case ast.Constant(value=str() | int() | float() as value):
            return value
        case ast.Name(id=("true" | "false") as word):
            return word == "true"
    written = ast.unparse(keyword.value)
    raise UserError(
        f"parameter {keyword.arg} of {name} must be a number, true, false or a string, got {written}"
    )


def _refused(written: str) -> UserError:
    return UserError(f"defences must be names separated by commas, {_SUCH}, got {written!r}")


class DefendedName(NamedTuple):
    """A model's name in two: what is written of the chain in front of it, None without one, and the model."""

    chain: str | None
    model: str


# Strings, or anything but parentheses: what stands within a pair, of which one may hold others.
_PLAIN = r"""(?:"[^"]*"|'[^']*'|[^()"'])"""
_DEFENDED = re.compile(rf"clean\(((?:{_PLAIN}|\({_PLAIN}*\))*)\)\s*:", re.DOTALL)


def behind(name: str) -> DefendedName:
    """The model that stands behind a chain: `4` of `clean(strip,fold):4`.

    Raises:
        UserError: the name begins as a chain does, but no model follows.
    """
    if not name.startswith(BEGINS):
        return DefendedName(None, name)
    found = _DEFENDED.match(name)
    model = name[found.end() :].strip() if found else ""
    if not found or not model:
        raise UserError(f"model {name!r} must be clean(DEFENCES):MODEL, such as clean(strip,fold,spell):4")
    if model.startswith(BEGINS):
        raise UserError(f"model {name!r} has two chains of defences: write one, in the order they clean in")
    return DefendedName(found[1], model)


def is_open(name: str) -> bool:
    """Whether a name begins with a chain that does not end in it, so that a comma belongs to it."""
    return name.startswith(BEGINS) and not _DEFENDED.match(name)


def put_before(chain: Chain, name: str) -> str:
    """The full name of a model behind a chain."""
    return f"{BEGINS}{chain}):{name}"
