import string

import pytest

from reachable import one_edit_away
from robustaudit.perturbations import Substitute


@pytest.mark.parametrize("word", ["great", "GREAT", "aB", "aa", "don't", "f**k", "2nd", "naïve", "好吃"])
def test_any_letter_becomes_any_other_of_52(word: str) -> None:
    substituted = [
        word[:i] + new + word[i + 1 :]
        for i in range(len(word))
        for new in string.ascii_letters
        if new != word[i]
    ]
    assert one_edit_away(Substitute(), word) == sorted(substituted)


def test_its_own_letter_is_no_edit_but_its_own_in_the_other_case_is() -> None:
    after = one_edit_away(Substitute(), "go")
    assert "go" not in after
    assert {"Go", "gO"} <= set(after)
    assert len(after) == 2 * 51


@pytest.mark.parametrize(
    ("alphabet", "letters"), [("digits", string.digits), ("lowercase", string.ascii_lowercase)]
)
def test_another_alphabet(alphabet: str, letters: str) -> None:
    after = one_edit_away(Substitute(alphabet=alphabet), "AB")
    assert after == sorted([f"A{new}" for new in letters] + [f"{new}B" for new in letters])


@pytest.mark.parametrize("text", ["", "a", "I", "7", "é", "e\u0301", "한", "👍", "…"])
def test_words_of_one_letter_are_left_alone(text: str) -> None:
    assert one_edit_away(Substitute(), text) == []


def test_a_letter_goes_with_its_marks() -> None:
    after = one_edit_away(Substitute(alphabet="digits"), "e\u0301t")
    assert after == sorted([f"{d}t" for d in string.digits] + [f"e\u0301{d}" for d in string.digits])
