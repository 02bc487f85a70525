"""Upper and lower case: caps lock, lost capitals, whole texts in another case."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from robustaudit.core.validation import check_at_least
from robustaudit.perturbations.protocol import LetterPerturbation, WordPerturbation, perturbation
from robustaudit.perturbations.sites import Lazy, Sites
from robustaudit.perturbations.spans import Span, sites_of_spans
from robustaudit.perturbations.word_lists import changes
from robustaudit.perturbations.words import TextBatch, graphemes


def raised(letter: str) -> str:
    """The upper-case letter; the letter itself if that is not a single letter."""
    upper = letter.upper()
    return upper if len(upper) == len(letter) else letter


def lowered(letter: str) -> str:
    """The lower-case letter; the letter itself if that is not a single letter."""
    lower = letter.lower()
    return lower if len(lower) == len(letter) else letter


def inverted(text: str) -> str:
    """The text as typed with caps lock on."""
    return "".join(lowered(letter) if letter.isupper() else raised(letter) for letter in text)


@perturbation("caps_lock", family="typing", meaning="kept")
class CapsLock:
    """Type a word, or everything from a word on, with caps lock on: `Great` becomes `gREAT`.

    Everything from a word on is one edit, whatever the rate.
    """

    until: Literal["word", "end"] = "word"

    def sites(self, batch: TextBatch) -> Sites:
        return sites_of_spans(_words(batch) if self.until == "word" else _ends(batch))


def _words(batch: TextBatch) -> Iterator[tuple[int, Span]]:
    words = batch.words
    other = [inverted(form) for form in words.forms]
    columns_ = (column.tolist() for column in (words.text, words.start, words.stop, words.form))
    for row, start, stop, form in zip(*columns_, strict=True):
        if other[form] != words.forms[form]:
            yield row, Span(start, stop, (other[form],))


def _ends(batch: TextBatch) -> Iterable[tuple[int, Span]]:
    starts: dict[int, list[int]] = {}
    for row, span in _words(batch):
        starts.setdefault(row, []).append(span.start)
    return [(row, _end(batch.texts[row], found)) for row, found in starts.items()]


def _end(text: str, starts: list[int]) -> Span:
    first = starts[0]

    def make(k: int) -> str:
        return text[first : starts[k]] + inverted(text[starts[k] :])

    return Span(first, len(text), Lazy(len(starts), make))


@perturbation("lost_capital", family="typing", meaning="kept")
class LostCapital(WordPerturbation):
    """Begin a word without its capital, as in hasty typing: `Great` becomes `great`, `I` becomes `i`."""

    def replacements(self, word: str) -> Sequence[str]:
        first, *rest = graphemes(word)
        all_capitals = bool(rest) and word.isupper() and any(letter.isupper() for letter in rest)
        small = lowered(first)
        return () if all_capitals or small == first else ("".join((small, *rest)),)


@perturbation("stuck_shift", family="typing", meaning="kept")
class StuckShift(LetterPerturbation):
    """Release shift too late: `Great` becomes `GReat`, or `GREat` where `most` is 2."""

    most: int = 1

    def __post_init__(self) -> None:
        check_at_least("most of stuck_shift", self.most, 1, maximum=100)

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        if not letters[0].isupper():
            return ()
        found: list[str] = []
        for late in range(1, min(self.most, len(letters) - 1) + 1):
            typed = "".join((*map(raised, letters[: late + 1]), *letters[late + 1 :]))
            if typed not in {"".join(letters), *found}:
                found.append(typed)
        return found


@perturbation("first_letter_case", family="surface", meaning="kept")
class FirstLetterCase(WordPerturbation):
    """Change the case of a word's first letter: `Great` becomes `great`, `great` becomes `Great`."""

    def replacements(self, word: str) -> Sequence[str]:
        return changes(word, [word[0].swapcase() + word[1:]])


@perturbation("lower_case", family="surface", meaning="kept")
class LowerCase(WordPerturbation):
    """Write a word in lower case: `Great` becomes `great`."""

    def replacements(self, word: str) -> Sequence[str]:
        return changes(word, [word.lower()])


@perturbation("upper_case", family="surface", meaning="kept")
class UpperCase(WordPerturbation):
    """Write a word in upper case: `great` becomes `GREAT`."""

    def replacements(self, word: str) -> Sequence[str]:
        return changes(word, [word.upper()])


@perturbation("title_case", family="surface", meaning="kept")
class TitleCase(WordPerturbation):
    """Write a word in title case: `great` and `GREAT` become `Great`."""

    def replacements(self, word: str) -> Sequence[str]:
        return changes(word, [word[0].title() + word[1:].lower()])


_PERIOD = 16  # letters after which the pattern of a very long word comes again


@perturbation("random_case", family="surface", meaning="kept")
class RandomCase(WordPerturbation):
    """Give each letter of a word a random case: `great` becomes `gReAT`."""

    def replacements(self, word: str) -> Sequence[str]:
        positions = [at for at, letter in enumerate(word) if _has_two_cases(letter)]
        if not positions:
            return ()

        def make(k: int) -> str:
            letters = list(word)
            for number, at in enumerate(positions):
                if (k + 1) >> number % _PERIOD & 1:
                    letters[at] = letters[at].swapcase()
            return "".join(letters)

        return Lazy(2 ** min(len(positions), _PERIOD) - 1, make)


def _has_two_cases(letter: str) -> bool:
    return letter.swapcase() != letter and letter.swapcase().swapcase() == letter
