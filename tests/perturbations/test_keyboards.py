import string
from typing import Literal, get_args

import pytest

from reachable import one_edit_away
from robustaudit.perturbations import Qwerty
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


ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def pairs(perturbation: Qwerty) -> set[tuple[str, str]]:
    """Each key and the keys that may be hit instead, read off words such as `q0`."""
    found = [
        (key, after[0]) for key in string.ascii_lowercase for after in one_edit_away(perturbation, f"{key}0")
    ]
    assert len(found) == len(set(found))
    return set(found)


def touching() -> set[tuple[str, str]]:
    """Keys that touch on a keyboard whose rows are each half a key further right."""
    place = {key: (row, column + row / 2) for row, keys in enumerate(ROWS) for column, key in enumerate(keys)}
    return {
        (a, b)
        for a, (row, x) in place.items()
        for b, (other, y) in place.items()
        if a != b and abs(row - other) <= 1 and abs(x - y) <= 1
    }


def test_the_reference_has_127_pairs_of_which_three_are_one_way() -> None:
    reference = pairs(Qwerty())
    assert len(reference) == 127
    assert {(a, b) for a, b in reference if (b, a) not in reference} == {("a", "x"), ("f", "g"), ("g", "d")}


def test_the_full_map_is_the_same_in_both_directions() -> None:
    full = pairs(Qwerty(map="full"))
    assert {(b, a) for a, b in full} == full


def test_the_full_map_holds_the_keys_that_touch() -> None:
    assert pairs(Qwerty(map="full")) == touching()


@pytest.mark.parametrize("which", ["reference", "full"])
def test_case_is_kept(which: Literal["reference", "full"]) -> None:
    lower = one_edit_away(Qwerty(map=which), "great")
    assert one_edit_away(Qwerty(map=which), "GREAT") == sorted(word.upper() for word in lower)


def test_one_letter_of_a_word_is_hit_wrong_at_a_time() -> None:
    assert one_edit_away(Qwerty(), "Pm") == sorted(["Om", "Lm", "Pn", "Pj", "Pk"])


@pytest.mark.parametrize("text", ["", "a", "I", "7", "42", "好吃", "é", "e\u0301", "😀", "— …"])
def test_one_letter_words_and_what_is_on_no_letter_key_are_left_alone(text: str) -> None:
    assert one_edit_away(Qwerty(), text) == []


def test_a_letter_with_an_accent_has_a_key_of_its_own() -> None:
    assert one_edit_away(Qwerty(), "pe\u0301") == ["le\u0301", "oe\u0301"]
