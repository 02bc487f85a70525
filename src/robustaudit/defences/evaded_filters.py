"""Defences against what evades filters: signs and digits for letters, letters pulled apart."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product
from math import inf, log, prod
from typing import ClassVar, Literal

import regex

from robustaudit.defences.defence import CleaningRule, RuleDefence, defence
from robustaudit.defences.dictionary import SOLID, counting, word_counts

_EVASIVE_PARTS = 1 << 16  # words with their marks that are remembered

_ONE = r"[A-Za-z'’\-]"
_NO_MORE = r"(?![\w'’]|[.\-*~]\w)"
_APART = regex.compile(  # by spaces, or by one mark
    rf"(?<![\w'’.\-*~])[A-Za-z](?:(?: {_ONE}{_NO_MORE})++|([.\-_*~]){_ONE}(?:\1{_ONE})++{_NO_MORE})"
)
# Of two letters, the dictionary has much else: `de`, `st`.
_SHORT = frozenset("am an as at be by do go he if in is it me my no of on or so to up we".split())  # noqa: SIM905
_SHORTEST, _LONGEST_JOINED = 2, 24  # letters of a word
_FEWEST_MARKED = 3  # letters; with a mark at their end, as abbreviations have it, one more


@defence("join")
class Join(RuleDefence):
    """Join letters that are pulled apart by spaces, or by one kind of mark: `g r e a t` becomes `great`.

    The dictionary says where words end: `a g r e a t f i l m` becomes `a great film`. Letters that make no
    words of the dictionary stay as they are (`a b c`, initials), and so do abbreviations (`a.k.a.`).
    Words pulled apart at a single place (`gre at`) are not looked for.
    """

    version: ClassVar[int] = 1
    wordwise: ClassVar[bool] = False  # white space stands between the letters
    packages: ClassVar[tuple[str, ...]] = ("symspellpy",)

    def rule(self) -> CleaningRule:
        return CleaningRule(joining, {})


def joining() -> Callable[[str], str]:
    """Joins the letters of words in a text."""
    count = counting()
    total = sum(word_counts().values())

    @lru_cache(maxsize=_EVASIVE_PARTS)
    def cost(word: str) -> float:
        """Minus the logarithm of how frequent a word is, or each part of a compound."""
        parts = word.split("-")
        if len(parts) > 1 and min(map(len, parts)) == 1:
            return inf
        if any(len(part) == _SHORTEST and part.lower() not in _SHORT for part in parts):
            return inf
        counts = list(map(count, parts))
        return sum(log(total / each) for each in counts) if all(counts) else inf

    @lru_cache(maxsize=_EVASIVE_PARTS)
    def joined(letters: str) -> Sequence[str]:
        """The likeliest words; none if the letters make none."""
        best = [(0.0, 0)]  # for each end: the cost of the letters before it, and where the last word starts
        for end in range(1, len(letters) + 1):
            starts = range(max(0, end - _LONGEST_JOINED), end)
            best.append(min((best[start][0] + cost(letters[start:end]), start) for start in starts))
        words: list[str] = []
        end = len(letters) if best[-1][0] < inf else 0
        while end:
            start = best[end][1]
            words.insert(0, letters[start:end])
            end = start
        return words if max(map(len, words), default=0) > 1 else ()

    def put_together(found: regex.Match[str]) -> str:
        mark, words = found[1], joined(found[0][::2])
        fewest = _FEWEST_MARKED + found.string.startswith(mark or " ", found.end())
        if mark and (len(words) != 1 or len(words[0]) < fewest):
            return found[0]
        return " ".join(words) or found[0]

    return lambda text: _APART.sub(put_together, text)


_MOST_READINGS = 64  # of a word: with more it is none
# Signs and digits with letters, but no part of an address, a number or a price.
_SIGNED = regex.compile(
    rf"(?<!{SOLID})(?:{SOLID}*://{SOLID}*|#{SOLID}+|www\.{SOLID}*)(?!{SOLID})(*SKIP)(*FAIL)"
    r"|(?<!\d[.,:/]?|[\p{L}\p{M}])[A-Za-z0-9@$!|+][A-Za-z0-9@$!|+'’]*(?![\p{L}\p{M}\p{N}])"
)
_SIGN = regex.compile(r"[0-9@$!|+]")
_NUMBERED = regex.compile(r"(?:[1-9][0-9]*|@)([a-z']+)|([a-z']+)(?:[1-9][0-9]*)")


@defence("leet")
class Leet(RuleDefence):
    """Write letters for the digits and signs that stand for them: `gr34t` becomes `great`.

    Only what makes a word of the dictionary is changed. What stays as it is: numbers; a word or a single
    letter with a number before or after it (`4k`, `mp3`, `win95`); names of accounts, addresses; an
    exclamation mark behind a word. The signs are those of the perturbation `leetspeak`, and its
    `alphabet`.
    """

    alphabet: Literal["usual", "full"] = "usual"

    version: ClassVar[int] = 1
    wordwise: ClassVar[bool] = True
    packages: ClassVar[tuple[str, ...]] = ("symspellpy",)

    def rule(self) -> CleaningRule:
        return CleaningRule(unleeting, {"letters_of": _letters_of(self.alphabet)})


def unleeting(*, letters_of: Mapping[str, str]) -> Callable[[str], str]:
    """Undoes leetspeak in a text: each sign of `letters_of` has the letters that it may stand for."""
    count = counting()

    def read(word: str) -> str | None:
        """The most frequent word that it may be; None if it is none, or no leetspeak."""
        choices = [letters_of.get(sign, sign) for sign in word]
        letters = "".join(filter(str.isalpha, word))
        if not letters or not _SIGN.search(word) or _is_numbered(word.lower(), count):
            return None
        if prod(map(len, choices)) > _MOST_READINGS:
            return None
        found = max(map("".join, product(*choices)), key=count)
        shouted = len(letters) > 1 and letters.isupper()
        return (found.upper() if shouted else found) if count(found) else None

    def unleeted(found: regex.Match[str]) -> str:
        piece = found[0]
        word = piece.rstrip("!")
        if (made := read(word)) is not None:
            return made + piece[len(word) :]
        known = len(word) == 1 or count(word) or not word.isalpha()
        return piece if word == piece or known else read(piece) or piece

    @lru_cache(maxsize=_EVASIVE_PARTS)
    def unleeted_part(part: str) -> str:
        return _SIGNED.sub(unleeted, part) if _SIGN.search(part) else part

    def unleet(text: str) -> str:
        return " ".join(map(unleeted_part, text.split(" "))) if _SIGN.search(text) else text

    return unleet


def _is_numbered(word: str, count: Callable[[str], int]) -> bool:
    """Whether it is a word or a letter with a number, or with the sign of an account."""
    found = _NUMBERED.fullmatch(word)
    stem = found and (found[1] or found[2])
    return bool(stem and (len(stem) == 1 or count(stem)))


@cache
def _letters_of(alphabet: str) -> Mapping[str, str]:
    """The letters that each sign is written for."""
    shipped = files("robustaudit.perturbations").joinpath("data", "leetspeak.toml")
    found: dict[str, str] = {}
    for letter, signs in tomllib.loads(shipped.read_text(encoding="utf-8"))[alphabet].items():
        for sign in signs:
            found[sign] = found.get(sign, "") + letter
    return found
