import pytest

from reachable import one_edit_away
from robustaudit.perturbations import Contract, Extend, TextBatch
from robustaudit.perturbations.word_lists import load_map

TWO_WORDS = {
    full: short
    for short, full in load_map("contractions.toml", "contractions").items()
    if len(full.split()) == 2
}


def test_the_reference_has_77_contractions_of_which_71_stand_for_two_words() -> None:
    assert len(load_map("contractions.toml", "contractions")) == 77
    assert len(TWO_WORDS) == 71


@pytest.mark.parametrize("full", TWO_WORDS)
def test_every_pair_of_the_reference_is_contracted(full: str) -> None:
    assert one_edit_away(Contract(), f"so {full} ok") == [f"so {TWO_WORDS[full]} ok"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("I do not care", "I don't care"),
        ("Do not go", "Don't go"),
        ("DO NOT GO", "DON'T GO"),
        ("It Is what I said", "It's what I said"),
        ("i am here", "i'm here"),
        ("I AM here", "I'M here"),
        ("It is", "It's"),
        ("do  not", "don't"),
        ("do\n\tnot", "don't"),
        ("do\u00a0not", "don't"),
        ("“do not”", "“don't”"),
    ],
)
def test_only_white_space_lies_between_and_the_case_of_the_first_letter_is_kept(
    before: str, after: str
) -> None:
    assert one_edit_away(Contract(), before) == [after]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "great",
        "it, is",
        "it... is",
        "it - is",
        "it 👍 is",
        "do-not",
        "donot",
        "do notable",
        "can not",
        "not do",
    ],
)
def test_what_is_no_pair_is_left_alone(text: str) -> None:
    assert one_edit_away(Contract(), text) == []


def test_pairs_that_share_a_word_are_all_found() -> None:
    assert one_edit_away(Contract(), "that is not it") == ["that isn't it", "that's not it"]


def test_pairs_behind_a_gap_are_found_too() -> None:
    assert one_edit_away(Contract(), "It is good, is it not? I do not know") == [
        "It is good, is it not? I don't know",
        "It's good, is it not? I do not know",
    ]


def test_words_of_two_texts_are_no_pair() -> None:
    assert len(Contract().sites(TextBatch(["we do", "not know"]))) == 0


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
