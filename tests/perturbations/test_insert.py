import string

import pytest

from reachable import one_edit_away
from robustaudit.perturbations import Insert


@pytest.mark.parametrize("word", ["great", "GREAT", "ab", "aa", "don't", "f**k", "2nd", "naïve", "好吃"])
def test_any_of_52_letters_before_any_letter(word: str) -> None:
    inserted = [word[:i] + new + word[i:] for i in range(len(word)) for new in string.ascii_letters]
    assert one_edit_away(Insert(), word) == sorted(inserted)
    assert len(inserted) == 52 * len(word)


def test_never_after_the_last_letter() -> None:
    assert "greatX" not in one_edit_away(Insert(), "great")
    assert {"Xgreat", "greaXt"} <= set(one_edit_away(Insert(), "great"))


@pytest.mark.parametrize(
    ("alphabet", "letters"), [("digits", string.digits), ("lowercase", string.ascii_lowercase)]
)
def test_another_alphabet(alphabet: str, letters: str) -> None:
    after = one_edit_away(Insert(alphabet=alphabet), "AB")
    assert after == sorted([f"{new}AB" for new in letters] + [f"A{new}B" for new in letters])


@pytest.mark.parametrize("text", ["", "a", "I", "7", "é", "e\u0301", "한", "👍", "…"])
def test_words_of_one_letter_are_left_alone(text: str) -> None:
    assert one_edit_away(Insert(), text) == []


def test_nothing_comes_between_a_letter_and_its_marks() -> None:
    after = one_edit_away(Insert(alphabet="digits"), "e\u0301t")
    assert after == sorted([f"{d}e\u0301t" for d in string.digits] + [f"e\u0301{d}t" for d in string.digits])
