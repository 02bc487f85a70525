import pytest

from reachable import one_edit_away
from robustaudit.perturbations import Delete


@pytest.mark.parametrize(
    "word", ["great", "GREAT", "ab", "aaab", "don't", "well-known", "f**k", "2nd", "naïve", "好吃"]
)
def test_any_one_letter_is_left_out(word: str) -> None:
    assert one_edit_away(Delete(), word) == sorted(word[:i] + word[i + 1 :] for i in range(len(word)))


def test_a_user_would_recognise_great_without_a_letter() -> None:
    assert one_edit_away(Delete(), "great") == ["geat", "grat", "grea", "gret", "reat"]


@pytest.mark.parametrize("text", ["", "a", "I", "7", "é", "e\u0301", "한", "👍", "…"])
def test_words_of_one_letter_are_left_alone(text: str) -> None:
    assert one_edit_away(Delete(), text) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("e\u0301t", ["e\u0301", "t"]),
        ("नदी", ["न", "दी"]),
        ("ก็ดี", ["ก็", "ดี"]),
        ("ab❤️", ["a❤️", "b❤️"]),
    ],
    ids=["accent", "Devanagari", "Thai", "emoji"],
)
def test_a_letter_goes_with_its_marks(before: str, after: list[str]) -> None:
    assert one_edit_away(Delete(), before) == sorted(after)
