"""The role of each character in words, from Unicode properties, cached."""

import numpy as np
import regex
from numpy.typing import NDArray

from robustaudit.core.code_points import Points

LETTER = np.uint8(1)
JOINER = np.uint8(2)
MARK = np.uint8(4)
OTHER = np.uint8(8)
COMPLEX = np.uint8(16)  # may share a grapheme cluster with its neighbours
UNSPACED = np.uint8(32)  # a letter of a script without spaces between words; the highest bit

# A letter here is a letter, a digit or one of the reference homoglyphs that are neither (modifier minus,
# backtick, multiplication sign). As TextAttack 0.3.11 has it (strings.py, words_from_text), but for ’, marks
# and joiners.
_KINDS = (
    (LETTER, regex.compile(r"[\p{L}\p{N}˗`×]")),
    (JOINER, regex.compile(r"['’\-_*@]")),
    (MARK, regex.compile(r"[\p{M}\u200C\u200D]")),
    (OTHER, regex.compile(r"(?s:.)")),
)
_CLUSTER = regex.compile(r"\X")
# Chinese, Japanese, and the South East Asian scripts (SA in UAX #14): Thai, Lao, Khmer, Burmese and others.
UNSPACED_LETTER = r"[[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{Bopomofo}\p{lb=SA}]&&[\p{L}\p{Nl}]]"
_UNSPACED = regex.compile(UNSPACED_LETTER, regex.VERSION1)

_remembered = np.zeros(0x110000, dtype=np.uint8)


def kinds_of(points: Points) -> NDArray[np.uint8]:
    """The kind of each code point: LETTER, JOINER, MARK or OTHER, with the flags COMPLEX and UNSPACED."""
    kinds = _remembered.take(points)
    if not kinds.all():
        for point in np.unique(points[kinds == 0]).tolist():
            _remembered[point] = _kind(chr(point))
        kinds = _remembered.take(points)
    return kinds


def is_unspaced(character: str) -> bool:
    """Whether the character's script is written without spaces between words."""
    return _UNSPACED.match(character) is not None


def any_unspaced(kinds: NDArray[np.uint8]) -> bool:
    """Whether any of these characters is UNSPACED; fast, since most texts have none."""
    return bool(kinds.max(initial=0) >= UNSPACED)


def _kind(character: str) -> np.uint8:
    kind = next(kind for kind, pattern in _KINDS if pattern.match(character))
    if is_unspaced(character):
        kind |= UNSPACED
    # Letters that do not combine with a letter or with themselves do not with any other such letter.
    alone = len(_CLUSTER.findall(f"a{character}a{character}{character}")) == 5  # noqa: PLR2004
    return kind if alone else kind | COMPLEX
