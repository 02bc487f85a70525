import string
from typing import Literal

import pytest

from reachable import one_edit_away
from robustaudit.perturbations import Qwerty

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
