"""How a model reads single words."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

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


SplitWords = Callable[[Sequence[str]], list[WordPieces]]
"""How a model reads each word alone."""
