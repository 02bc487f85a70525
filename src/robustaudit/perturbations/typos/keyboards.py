"""Keyboards: which characters a key gives, and which keys touch, worked out from where the rows begin."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypedDict, cast

from robustaudit.perturbations.maps import load_data

Desk = Literal[
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
Layout = Literal[Desk, "phone"]

_NOTHING = "␀"


class _Rows(TypedDict):
    """A layout as its table has it."""

    offsets: list[float]
    plain: list[str]
    shift: list[str]


@dataclass(frozen=True, slots=True)
class Keyboard:
    """The keys of a layout, row by row: what each gives plain and with shift, its row and its left edge."""

    plain: Sequence[str]
    shift: Sequence[str]
    places: Sequence[tuple[int, float]]

    def beside(self, character: str) -> Sequence[str]:
        """What the keys that touch that of a character give, with shift if it needs shift."""
        for level in (self.plain, self.shift):
            if character in level and character != _NOTHING:
                place = self.places[level.index(character)]
                found = (key for key, other in zip(level, self.places, strict=True) if _touch(place, other))
                return [key for key in found if key not in (_NOTHING, character)]
        return ()


@cache
def keyboard(layout: Layout) -> Keyboard:
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
def beside(layout: Layout, character: str) -> Sequence[str]:
    """What may come of a character when a key is hit that touches its own; nothing if no key gives it."""
    return keyboard(layout).beside(character)


@cache
def retyped(layout: Desk, active: Desk) -> dict[str, str]:
    """What comes of each character that is meant on `layout` where `active` is switched on."""
    meant, comes = keyboard(layout), keyboard(active)
    found: dict[str, str] = {}
    for level, other in ((meant.shift, comes.shift), (meant.plain, comes.plain)):
        at = {place: (key, plain) for place, key, plain in zip(comes.places, other, comes.plain, strict=True)}
        for place, character in zip(meant.places, level, strict=True):
            key, plain = at.get(place, (_NOTHING, _NOTHING))
            found[character] = plain if key == _NOTHING else key
    return {character: key for character, key in found.items() if _NOTHING not in (character, key)}


@cache
def unshifted(layout: Desk) -> dict[str, str]:
    """What each key that needs shift gives without, letters left out."""
    found = keyboard(layout)
    return {
        above: below
        for above, below in zip(found.shift, found.plain, strict=True)
        if _NOTHING not in (above, below) and not above.isalpha() and above != below
    }


@cache
def above_space() -> Sequence[str]:
    """The letters that lie over the space bar of a phone."""
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
