"""How a model reads single words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

_PART = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class WordPieces:
    """The pieces that a model reads in place of a word; known ones are read as what they are.

    A word is known if it is in the vocabulary, or each of its parts: `it's` has three.
    """

    pieces: tuple[str, ...]
    known: bool

    @classmethod
    def of(cls, word: str, pieces: Sequence[str], unknown: str | None) -> "WordPieces":
        """A word that a tokenizer splits, with its piece for what is unknown."""
        whole = len(pieces) == len(_PART.findall(word))
        return cls(tuple(pieces), whole and unknown not in pieces)


@runtime_checkable
class SplitsWords(Protocol):
    """A classifier that says how it reads words."""

    def split_words(self, words: Sequence[str]) -> list[WordPieces]:
        """Each word as it is read alone."""
        ...
