from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from robustaudit.perturbations.maps import load_map
from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.sites import Lazy
from robustaudit.perturbations.words import graphemes


@perturbation("ocr", family="copying", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Ocr(WordPerturbation):
    """Take a shape for another, as a scanner does: `clean` becomes `dean`, `modern` becomes `modem`."""

    def replacements(self, word: str) -> Sequence[str]:
        letters = graphemes(word)
        misread = list(_misread(letters))

        def make(k: int) -> str:
            start, stop, new = misread[k]
            return "".join((*letters[:start], new, *letters[stop:]))

        return Lazy(len(misread), make)


class _Misread(NamedTuple):
    start: int
    stop: int
    new: str


def _misread(letters: Sequence[str]) -> Iterator[_Misread]:
    for start, letter in enumerate(letters):
        for shape, others in _shapes().get(letter, ()):
            stop = start + len(shape)
            if "".join(letters[start:stop]) == shape:
                yield from (_Misread(start, stop, other) for other in others)


@cache
def _shapes() -> dict[str, list[tuple[str, list[str]]]]:
    """The shapes that begin with a letter, and what each is taken for."""
    found: dict[str, list[tuple[str, list[str]]]] = {}
    for shape, others in load_map("ocr.toml", "shapes").items():
        found.setdefault(shape[0], []).append((shape, others.split()))
    return found
