"""Typing errors: letters inserted, omitted, swapped or repeated, and misplaced spaces."""

import string
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from math import factorial, prod
from typing import Literal

from robustaudit.core.validation import check_at_least
from robustaudit.perturbations.letters import SwapEdits
from robustaudit.perturbations.protocol import LetterPerturbation, OneLetter, perturbation
from robustaudit.perturbations.sites import Lazy, Sites, inserted, one_letter_changed
from robustaudit.perturbations.spans import Span, gaps, sites_of_spans
from robustaudit.perturbations.word_lists import load_map
from robustaudit.perturbations.words import TextBatch, graphemes

Alphabet = Literal["letters", "lowercase", "digits"]

ALPHABETS: dict[Alphabet, str] = {
    "letters": string.ascii_letters,
    "lowercase": string.ascii_lowercase,
    "digits": string.digits,
}


@perturbation("insert", family="typing", meaning="mostly kept")
class Insert(OneLetter):
    """Insert a letter before one of the word's letters: `great` becomes `grxeat`."""

    alphabet: Alphabet = "letters"

    def choices(self, letter: str) -> Sequence[str]:
        return [new + letter for new in ALPHABETS[self.alphabet]]


@perturbation("delete", family="typing", meaning="mostly kept")
class Delete(OneLetter):
    """Omit one letter: `great` becomes `grat`."""

    def choices(self, letter: str) -> Sequence[str]:  # noqa: ARG002
        return ("",)


@perturbation("substitute", family="typing", meaning="mostly kept")
class Substitute(OneLetter):
    """Type another letter instead: `great` becomes `grQat`."""

    alphabet: Alphabet = "letters"

    def choices(self, letter: str) -> str:
        return ALPHABETS[self.alphabet].replace(letter, "")


@perturbation("neighbor_swap", family="typing", meaning="mostly kept")
class NeighborSwap(LetterPerturbation):
    """Type two neighbouring letters in the wrong order: `great` becomes `graet`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        positions = [i for i, (left, right) in enumerate(pairwise(letters)) if left != right]

        def make(k: int) -> str:
            at = positions[k]
            return "".join((*letters[:at], letters[at + 1], letters[at], *letters[at + 2 :]))

        return Lazy(len(positions), make)

    def letter_edits(self) -> SwapEdits:
        return SwapEdits()


def doubles(letters: Sequence[str]) -> Sequence[int]:
    """Positions of the first of two equal letters, except after a third."""
    return [
        i
        for i in range(len(letters) - 1)
        if letters[i] == letters[i + 1] and letters[i].isalpha() and letters[i - 1 : i] != letters[i : i + 1]
    ]


@perturbation("drop_double", family="typing", meaning="kept")
class DropDouble(LetterPerturbation):
    """Type a doubled letter once: `letter` becomes `leter`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        doubled = doubles(letters)
        return one_letter_changed(letters, [("",) if at in doubled else () for at in range(len(letters))])


@perturbation("wrong_double", family="typing", meaning="mostly kept")
class WrongDouble(LetterPerturbation):
    """Double the letter next to the one that is doubled: `book` becomes `bokk` or `bbok`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        moves = [
            (place, other)
            for place in doubles(letters)
            for other in (place - 1, place + 2)
            if 0 <= other < len(letters) and letters[other].isalpha() and letters[other] != letters[place]
        ]

        def make(k: int) -> str:
            place, other = moves[k]
            typed = [letter * 2 if i == other else letter for i, letter in enumerate(letters)]
            return "".join((*typed[:place], *typed[place + 1 :]))

        return Lazy(len(moves), make)


@perturbation("repeat_letter", family="typing", meaning="kept")
class RepeatLetter(LetterPerturbation):
    """Type one letter twice: `great` becomes `greeat`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return one_letter_changed(letters, [(letter * 2,) for letter in letters])


_FEWEST_TIMES = 3  # times: a letter typed twice is another slip, repeat_letter


@perturbation("long_press", family="typing", meaning="kept")
class LongPress(LetterPerturbation):
    """Hold a key down, by accident or for emphasis: `so` becomes `soooo`."""

    most: int = 5

    def __post_init__(self) -> None:
        check_at_least("most of long_press", self.most, _FEWEST_TIMES, maximum=100)

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        held = [self._held(letter) if letter[0].isalpha() else () for letter in letters]
        return one_letter_changed(letters, held)

    def _held(self, letter: str) -> Sequence[str]:
        return [letter * times for times in range(_FEWEST_TIMES, self.most + 1)]


_MOST = 2**31  # orders that are offered: of more, so many alike far apart
_LONGEST = 40  # letters; longer runs are no words


@perturbation("scramble", family="typing", meaning="mostly kept")
class Scramble(LetterPerturbation):
    """Shuffle the letters between the first and the last of a word: `great` becomes `gaert`.

    Synthetic noise of Belinkov and Bisk 2018, arXiv:1711.02173; `keep="nothing"` shuffles them all.
    """

    keep: Literal["ends", "nothing"] = "ends"

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        edge = 1 if self.keep == "ends" else 0
        end = len(letters) - edge
        head, inner, tail = letters[:edge], letters[edge:end], letters[end:]
        if len(letters) > _LONGEST or len(set(inner)) < 2:  # noqa: PLR2004
            return ()
        total = _orders(Counter(inner))
        as_it_is = _rank(inner)
        count = min(total - 1, _MOST)

        def make(k: int) -> str:
            rank = k * (total - 1) // count
            return "".join((*head, *_order(inner, rank + (rank >= as_it_is)), *tail))

        return Lazy(count, make)


def _orders(letters: Counter[str]) -> int:
    """The number of different orders of the letters."""
    return factorial(letters.total()) // prod(map(factorial, letters.values()))


def _rank(letters: Sequence[str]) -> int:
    """The rank of an order of letters among all their sorted orders."""
    left, rank = Counter(letters), 0
    for letter in letters:
        for other in left:
            if other < letter and left[other]:
                rank += _orders(left - Counter([other]))
        left[letter] -= 1
    return rank


def _order(letters: Sequence[str], rank: int) -> Sequence[str]:
    """The order of the letters with that rank."""
    left = Counter(letters)
    found: list[str] = []
    for _ in letters:
        choices = sorted(left)
        ends = [0, *accumulate(_orders(left - Counter([letter])) for letter in choices)]
        chosen = bisect_right(ends, rank) - 1
        rank -= ends[chosen]
        found.append(choices[chosen])
        left -= Counter(found[-1:])
    return found


@perturbation("wrong_vowel", family="typing", meaning="mostly kept")
class WrongVowel(LetterPerturbation):
    """Write another vowel, as when spelling by ear: `great` becomes `greit`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return one_letter_changed(letters, [_others(letter) for letter in letters])


def _others(letter: str) -> str:
    small = letter.lower()
    others = next(
        (row.replace(small, "") for row in load_map("vowels.toml", "vowels").values() if small in row), ""
    )
    return others.upper() if letter.isupper() else others


@perturbation("split_word", family="typing", meaning="kept")
class SplitWord(LetterPerturbation):
    """Type a space within a word: `great` becomes `gre at`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return inserted(letters, " ")


@perturbation("merge_words", family="typing", meaning="kept")
class MergeWords:
    """Omit the space between two words: `the best` becomes `thebest`."""

    def sites(self, batch: TextBatch) -> Sites:
        return sites_of_spans((gap.row, Span(gap.start, gap.stop, ("",))) for gap in gaps(batch))


_FEWEST_LETTERS = 3  # letters of a word that may lose one at either end, so that no letter is asked for twice


@perturbation("move_space", family="typing", meaning="kept")
class MoveSpace:
    """Type a space one letter too early or too late: `the best` becomes `th ebest` or `theb est`."""

    def sites(self, batch: TextBatch) -> Sites:
        return sites_of_spans(self._moves(batch))

    def _moves(self, batch: TextBatch) -> Iterator[tuple[int, Span]]:
        letters = [_movable(form) for form in batch.words.forms]
        for gap in gaps(batch):
            before, after = letters[gap.before][-1], letters[gap.after][0]
            space = batch.texts[gap.row][gap.start : gap.stop]
            moved = {space + before + after, before + after + space} - {before + space + after}
            if moved:
                yield gap.row, Span(gap.start - len(before), gap.stop + len(after), sorted(moved))


def _movable(word: str) -> Sequence[str]:
    """The letters of a word that is long enough to lose one, else a placeholder."""
    letters = graphemes(word)
    return letters if len(letters) >= _FEWEST_LETTERS else ("",)
