"""Typing errors of a keyboard: neighbouring keys, shift keys and other layouts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, TypedDict, cast

import regex

from robustaudit.perturbations.protocol import LetterPerturbation, OneLetter, WordPerturbation, perturbation
from robustaudit.perturbations.sites import Sites, one_letter_changed
from robustaudit.perturbations.spans import Span, SpanPerturbation, gaps, one_change, sites_of_spans
from robustaudit.perturbations.word_lists import changes, load_data, load_map
from robustaudit.perturbations.words import TextBatch, graphemes

DeskLayout = Literal[
    "qwerty",
    "qwertz",
    "azerty",
    "dvorak",
    "colemak",
    "spanish",
    "swedish",
    "turkish",
    "russian",
    "greek",
    "hebrew",
    "arabic",
]
KeyboardLayout = Literal[DeskLayout, "phone"]

_NOTHING = "␀"


class _Rows(TypedDict):
    """A layout as in the data file."""

    offsets: list[float]
    plain: list[str]
    shift: list[str]


@dataclass(frozen=True, slots=True)
class Keyboard:
    """The keys of a layout, row by row: the characters without and with shift, the row and the left edge."""

    plain: Sequence[str]
    shift: Sequence[str]
    places: Sequence[tuple[int, float]]

    def beside(self, character: str) -> Sequence[str]:
        """The characters of keys that touch the character's key, shifted if it is."""
        for level in (self.plain, self.shift):
            if character in level and character != _NOTHING:
                place = self.places[level.index(character)]
                found = (key for key, other in zip(level, self.places, strict=True) if _touch(place, other))
                return [key for key in found if key not in (_NOTHING, character)]
        return ()


@cache
def keyboard(layout: KeyboardLayout) -> Keyboard:
    """The keyboard of that layout."""
    rows = _read()[layout]
    plain, shift = (" ".join(level).split() for level in (rows["plain"], rows["shift"]))
    places = [
        (row, offset + column)
        for row, (offset, keys) in enumerate(zip(rows["offsets"], rows["plain"], strict=True))
        for column in range(len(keys.split()))
    ]
    return Keyboard(plain, shift, places)


@cache
def beside(layout: KeyboardLayout, character: str) -> Sequence[str]:
    """The characters of keys that touch the character's key; none if no key types it."""
    return keyboard(layout).beside(character)


@cache
def retyped(layout: DeskLayout, active: DeskLayout) -> dict[str, str]:
    """The character that `active` types for each key of `layout`."""
    meant, comes = keyboard(layout), keyboard(active)
    found: dict[str, str] = {}
    for level, other in ((meant.shift, comes.shift), (meant.plain, comes.plain)):
        at = {place: (key, plain) for place, key, plain in zip(comes.places, other, comes.plain, strict=True)}
        for place, character in zip(meant.places, level, strict=True):
            key, plain = at.get(place, (_NOTHING, _NOTHING))
            found[character] = plain if key == _NOTHING else key
    return {character: key for character, key in found.items() if _NOTHING not in (character, key)}


@cache
def unshifted(layout: DeskLayout) -> dict[str, str]:
    """The unshifted character for each shifted one, except letters."""
    found = keyboard(layout)
    return {
        above: below
        for above, below in zip(found.shift, found.plain, strict=True)
        if _NOTHING not in (above, below) and not above.isalpha() and above != below
    }


@cache
def above_space() -> Sequence[str]:
    """The letters above the space bar of a phone."""
    rows = _read()["phone"]
    left, right = 2.5, 7.5  # the space bar, in key widths
    letters = rows["plain"][-1].split()
    places = [rows["offsets"][-1] + column for column in range(len(letters))]
    return [letter for letter, x in zip(letters, places, strict=True) if left <= x and x + 1 <= right]


def _touch(one: tuple[int, float], other: tuple[int, float]) -> bool:
    """Whether two keys, a key wide and a row high, share a part of an edge."""
    apart = abs(one[1] - other[1])
    return apart == 1 if one[0] == other[0] else abs(one[0] - other[0]) == 1 and apart < 1


def _read() -> dict[str, _Rows]:
    return cast(dict[str, _Rows], load_data("keyboards.toml"))


@perturbation("qwerty", family="typing", meaning="mostly kept")
class Qwerty(OneLetter):
    """Hit a key next to the right one: `great` becomes `grest`."""

    map: Literal["reference", "full"] = "reference"

    def choices(self, letter: str) -> str:
        neighbours = load_map("qwerty.toml", self.map).get(letter.lower(), "")
        return neighbours.upper() if letter.isupper() else neighbours


@perturbation("keyboard", family="typing", meaning="mostly kept")
class KeyBeside(LetterPerturbation):
    """Hit a key that touches the right one, on one of many keyboards: `great` becomes `grwat`.

    Unlike `qwerty` it has all keys, including digits and punctuation, unless limited to letters.
    """

    layout: KeyboardLayout = "qwerty"
    keys: Literal["all", "letters"] = "all"

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return one_letter_changed(letters, [self._beside(letter) for letter in letters])

    def _beside(self, letter: str) -> Sequence[str]:
        found = beside(self.layout, letter)
        return found if self.keys == "all" else [key for key in found if key.isalpha()]


@perturbation("two_keys", family="typing", meaning="mostly kept")
class TwoKeys(LetterPerturbation):
    """Hit the right key and one next to it with the same finger: `great` becomes `grweat` or `grewat`."""

    layout: KeyboardLayout = "qwerty"

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return one_letter_changed(letters, [self._both(letter) for letter in letters])

    def _both(self, letter: str) -> Sequence[str]:
        return [pair for key in beside(self.layout, letter) for pair in (key + letter, letter + key)]


@perturbation("missed_shift", family="typing", meaning="kept")
class MissedShift(SpanPerturbation):
    """Miss the shift key at a punctuation mark: `great!!` becomes `great!1`."""

    layout: DeskLayout = "qwerty"

    def spans(self, text: str) -> Iterable[Span]:
        for run in _runs(self.layout).finditer(text):
            yield Span(run.start(), run.end(), _slips(self.layout, run.group()))


@cache
def _runs(layout: DeskLayout) -> regex.Pattern[str]:
    return regex.compile(f"[{regex.escape(''.join(unshifted(layout)))}]+")


@lru_cache(maxsize=1 << 10)
def _slips(layout: DeskLayout, marks: str) -> Sequence[str]:
    below = unshifted(layout)
    return one_change(marks, [Span(i, i + 1, (below[mark],)) for i, mark in enumerate(marks)])


@perturbation("missed_space", family="typing", meaning="mostly kept")
class MissedSpace:
    """Hit a letter above the space bar of a phone instead of it: `the best` becomes `thevbest`."""

    def sites(self, batch: TextBatch) -> Sites:
        return sites_of_spans(self._spaces(batch))

    def _spaces(self, batch: TextBatch) -> Iterator[tuple[int, Span]]:
        for gap in gaps(batch):
            if batch.texts[gap.row][gap.start : gap.stop] == " ":
                yield gap.row, Span(gap.start, gap.stop, above_space())


@perturbation("wrong_layout", family="typing", meaning="may change")
class WrongLayout(WordPerturbation):
    """Type a word while the keyboard is switched to another layout: `great` becomes `пкуфе`."""

    layout: DeskLayout = "qwerty"
    active: DeskLayout = "russian"

    def replacements(self, word: str) -> Sequence[str]:
        keys = retyped(self.layout, self.active)
        letters = graphemes(word)
        if not all(letter in keys for letter in letters):
            return ()
        return changes(word, ["".join(keys[letter] for letter in letters)])
