"""Where the words of a text are, and the letters of a word."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import regex
from numpy.typing import NDArray

# A word is a run of letters, digits, combining marks, the reference homoglyphs that are none of these
# (modifier minus, backtick, multiplication sign) and ' ’ - _ * @, without the last six at its ends.
# As TextAttack 0.3.11 has it (strings.py, words_from_text), but for ’, marks and joiners.
_WORD = regex.compile(
    r"""
    [\p{L}\p{N}˗`×] [\p{M}\u200C\u200D]*+
    (?: (?: ['’\-_*@] [\p{M}\u200C\u200D]*+ )*+ [\p{L}\p{N}˗`×] [\p{M}\u200C\u200D]*+ )*+
    """,
    regex.VERBOSE,
)
_CLUSTER = regex.compile(r"\X")


def graphemes(word: str) -> Sequence[str]:
    """The letters of a word as a reader counts them (Unicode UAX #29, extended grapheme clusters)."""
    return word if word.isascii() else _CLUSTER.findall(word)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a batch as columns of one length, in the order of the texts.

    `text` is a word's row in the batch, `start` and `stop` its code points there, `form` its place
    in `forms`, the distinct words.
    """

    text: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    form: NDArray[np.int64]
    forms: Sequence[str]


class Batch:
    """Texts that are perturbed together; their words are found once, whoever looks at them."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts

    @cached_property
    def words(self) -> Words:
        places: dict[str, int] = {}
        rows: list[tuple[int, int, int, int]] = []
        for row, text in enumerate(self.texts):
            for match in _WORD.finditer(text):
                form = places.setdefault(match.group(), len(places))
                rows.append((row, match.start(), match.end(), form))
        text_, start, stop, form_ = np.array(rows, dtype=np.int64).reshape(-1, 4).T
        return Words(text_, start, stop, form_, tuple(places))

    @cached_property
    def word_counts(self) -> NDArray[np.int64]:
        """How many words each text has, shape (n_texts,)."""
        return np.bincount(self.words.text, minlength=len(self.texts))
