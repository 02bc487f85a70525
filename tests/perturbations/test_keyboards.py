from typing import get_args

import pytest

from robustaudit.perturbations.keyboards import (
    DeskLayout,
    KeyboardLayout,
    above_space,
    beside,
    keyboard,
    retyped,
    unshifted,
)
from robustaudit.perturbations.word_lists import load_map

LAYOUTS = get_args(KeyboardLayout)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_key_gives_one_character_and_has_a_place(layout: KeyboardLayout) -> None:
    found = keyboard(layout)
    assert len(found.plain) == len(found.shift) == len(found.places) == len(set(found.places))
    assert len(found.plain) in {26, 47, 48}
    assert len(set(found.plain)) == len(found.plain)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_keys_touch_in_both_directions_and_at_most_eight_of_them(layout: KeyboardLayout) -> None:
    for level in (keyboard(layout).plain, keyboard(layout).shift):
        for key in filter(str.isalpha, level):
            assert all(key in beside(layout, other) for other in beside(layout, key))
            assert 1 <= len(beside(layout, key)) <= 8


def test_the_letters_that_touch_are_those_of_the_full_map() -> None:
    full = load_map("qwerty.toml", "full")
    assert {letter: set(filter(str.isalpha, beside("qwerty", letter))) for letter in full} == {
        letter: set(others) for letter, others in full.items()
    }


def test_shift_is_held_for_the_key_beside_too() -> None:
    assert set(beside("qwerty", "P")) == {"O", "L", ":", ")", "_", "{"}
    assert set(beside("azerty", "1")) == {"2", "A"}


def test_what_no_key_gives_has_nothing_beside_it() -> None:
    assert [
        *beside("qwerty", "é"),
        *beside("qwerty", "␀"),
        *beside("hebrew", "␀"),
        *beside("phone", "1"),
    ] == []


def test_what_is_meant_and_what_comes_lie_on_the_same_key() -> None:
    assert (
        "".join(retyped("qwerty", "russian")[key] for key in "qwerty[]asdfghjkl;'") == "йцукенхъфывапролджэ"
    )
    assert "".join(retyped("qwerty", "qwertz")[key] for key in "yz;-") == "zyöß"
    assert all(key == came for key, came in retyped("greek", "greek").items())


def test_marks_need_shift_and_letters_are_no_marks() -> None:
    assert {mark: unshifted("qwerty")[mark] for mark in '!?":(_'} == {
        "!": "1",
        "?": "/",
        '"': "'",
        ":": ";",
        "(": "9",
        "_": "-",
    }
    assert not any(map(str.isalpha, unshifted("qwerty")))


@pytest.mark.parametrize("layout", get_args(DeskLayout))
def test_each_desk_has_marks_that_need_shift(layout: DeskLayout) -> None:
    assert len(unshifted(layout)) >= 10


def test_five_letters_lie_over_the_space_bar() -> None:
    assert "".join(above_space()) == "xcvbn"
