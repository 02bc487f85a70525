import pytest

from reachable import one_edit_away
from robustaudit.perturbations import Extend
from robustaudit.perturbations.word_lists import load_map

REFERENCE = load_map("contractions.toml", "contractions")


@pytest.mark.parametrize("short", REFERENCE)
def test_every_contraction_of_the_reference_is_written_in_full(short: str) -> None:
    assert one_edit_away(Extend(), f"so {short} ok") == [f"so {REFERENCE[short]} ok"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("I don't care", "I do not care"),
        ("Don't go", "Do not go"),
        ("DON'T GO", "DO NOT GO"),
        ("don’t", "do not"),
        ("DON’T", "DO NOT"),
        ("It's fine", "It is fine"),
        ("I'm here", "I am here"),
        ("i'm here", "i am here"),
        ("ain't", "isn't"),
        ("can't", "cannot"),
        ("Can't!", "Cannot!"),
        ("“won't”", "“will not”"),
        ("'don't'", "'do not'"),
    ],
)
def test_any_case_and_either_apostrophe(before: str, after: str) -> None:
    assert one_edit_away(Extend(), before) == [after]


@pytest.mark.parametrize(
    "text", ["", "dont", "don 't", "do not", "dog's", "rock'n'roll", "don't-ask", "don`t"]
)
def test_what_is_no_contraction_is_left_alone(text: str) -> None:
    assert one_edit_away(Extend(), text) == []
