import pytest

from reachable import one_edit_away
from robustaudit.perturbations import NeighborSwap


@pytest.mark.parametrize(
    "word", ["great", "GREAT", "ab", "mississippi", "aaab", "don't", "f**k", "3rd", "naïve"]
)
def test_any_two_unequal_neighbours_are_swapped(word: str) -> None:
    places = [i for i in range(len(word) - 1) if word[i] != word[i + 1]]
    swapped = [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in places]
    assert one_edit_away(NeighborSwap(), word) == sorted(swapped)


def test_a_word_of_five_unlike_letters_has_four_places() -> None:
    assert one_edit_away(NeighborSwap(), "great") == ["gerat", "graet", "greta", "rgeat"]


@pytest.mark.parametrize("text", ["", "a", "I", "aa", "zzz", "…", "e\u0301", "한", "👩‍👩‍👧"])
def test_one_letter_and_equal_letters_have_nothing_to_swap(text: str) -> None:
    assert one_edit_away(NeighborSwap(), text) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ae\u0301", "e\u0301a"),
        ("e\u0301e", "ee\u0301"),
        ("नम", "मन"),
        ("한국", "국한"),
        ("ab 👍🏽", "ba 👍🏽"),
    ],
    ids=["accent", "same letter with and without accent", "Devanagari", "Hangul", "emoji"],
)
def test_a_letter_moves_with_its_marks(before: str, after: str) -> None:
    assert one_edit_away(NeighborSwap(), before) == [after]


def test_words_are_swapped_within_and_not_across() -> None:
    assert one_edit_away(NeighborSwap(), "ab cd") == ["ab dc", "ba cd"]
