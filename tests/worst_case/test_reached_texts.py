"""Texts by cleaned form against all texts, cleaned one by one."""

import re
from collections.abc import Callable, Sequence
from functools import partial

import pytest

from robustaudit.attacks import parse_attack
from robustaudit.perturbations import CHARACTERS
from robustaudit.worst_case.reached_texts import TooManyTextsError, texts_by_cleaned_form, texts_within

REFERENCE = ["contract", "extend", "neighbor_swap", "delete", "homoglyph", "qwerty", "insert", "substitute"]
SHORT = ["it is odd tea", "I do not  care.", " a bad film", "odd, too"]


def without_vowels(text: str) -> str:
    return re.sub("[aeiou]", "", text)


def sorted_words(text: str) -> str:
    return re.sub(r"\S+", lambda match: "".join(sorted(match[0])), text)


def unchanged(text: str) -> str:
    return text


CLEANINGS = [without_vowels, sorted_words, unchanged]


def cleaned(texts: Sequence[str], by: Callable[[str], str]) -> list[str]:
    return [by(text) for text in texts]


def check(expression: str, text: str, edits: int, by: Callable[[str], str]) -> int:
    """Every cleaned form is there, by one text of its own that the edits reach; the number of all texts."""
    attack = parse_attack(expression).attack
    every = texts_within(attack, text, edits, most=10**6, segmenter=CHARACTERS)
    some = texts_by_cleaned_form(
        attack, text, edits, clean=partial(cleaned, by=by), most=10**5, segmenter=CHARACTERS
    )
    assert set(some) <= set(every)
    forms = cleaned(some, by)
    assert {*forms, by(text)} == {by(text), *cleaned(every, by)}
    return len(every) - len(some)


@pytest.mark.parametrize("name", REFERENCE)
def test_each_form_that_two_edits_reach_has_one_text(name: str) -> None:
    for text in SHORT:
        for by in CLEANINGS:
            check(name, text[:7] if name in ("insert", "substitute") else text, 2, by)


@pytest.mark.parametrize(
    "expression",
    [
        "delete + homoglyph & min_length(3)",
        "(delete | neighbor_swap) & at_most(2)",
        "(space_letters + unusual_space) & min_length(2)",
        "zero_width | homoglyph",
        "move_space + double_blank + drop_blank_after_mark",
    ],
)
def test_compositions_and_edits_of_white_space_too(expression: str) -> None:
    for text in SHORT:
        for by in CLEANINGS:
            check(expression, text, 2, by)


def test_three_edits_of_words_that_fold_are_few_texts() -> None:
    text = "it was the worst film that i have ever seen, so do not see it"
    attack = parse_attack("homoglyph").attack
    within = partial(texts_by_cleaned_form, attack, text, 3, most=10, segmenter=CHARACTERS)
    assert within(clean=lambda texts: [text] * len(texts)) == []
    with pytest.raises(TooManyTextsError):
        within(clean=list)


def test_a_sequence_is_left_to_the_enumeration_of_all_texts() -> None:
    attack = parse_attack("delete, qwerty").attack
    with pytest.raises(TooManyTextsError):
        texts_by_cleaned_form(attack, "it is", 1, clean=list, most=10**6, segmenter=CHARACTERS)
