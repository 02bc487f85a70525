"""The eight reference perturbations against the installed TextAttack: every single edit of real texts."""

import os
import string
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib import import_module
from itertools import pairwise
from typing import Any

import pytest
import regex

from installed import skip_module_without
from reachable import one_edit_away
from robustaudit.core.randomness import key_of
from robustaudit.datasets import load
from robustaudit.perturbations import TextBatch, build
from robustaudit.perturbations.bridges import LibraryCall
from robustaudit.perturbations.bridges.textattack import _transformation

skip_module_without("textattack", target="test-peers")

NUMBER = 1_000
LONGEST = 120  # characters of a text, so that it is a snippet whatever the data
LETTERS = string.ascii_letters

# What is "ours" in docs/perturbations.md for all eight: curly apostrophes, marks and joiners, CJK text.
OURS = regex.compile(r"[’\p{M}\u200c\u200d\p{Han}]")


@pytest.fixture(scope="module", params=["reviews", *filter(None, [os.environ.get("ROBUSTAUDIT_SNIPPETS")])])
def snippets(request: pytest.FixtureRequest) -> list[str]:
    return snippets_of(request.param)


def snippets_of(data: str) -> list[str]:
    """So many texts, in no order of theirs: of the built-in reviews, or of a file that a variable names."""
    found = [example.text[:LONGEST] for example in load(data).examples]
    texts = sorted({text for text in found if not OURS.search(text)}, key=lambda text: key_of("order", text))
    assert len(texts) >= NUMBER
    return texts[:NUMBER]


@pytest.fixture(scope="module", autouse=True)
def _remembered() -> Iterator[None]:
    """TextAttack splits the same words again for every edit; what it found is remembered meanwhile."""
    module = import_module("textattack.shared.attacked_text")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "words_from_text", lru_cache(maxsize=1 << 16)(module.words_from_text))
        yield


def theirs(name: str, text: str, *, words: Sequence[int] | None = None, **parameters: object) -> list[str]:
    """All that a transformation makes of a text by one edit, of those words if they are given."""
    transformation = _transformation(LibraryCall(f"textattack:{name}", tuple(parameters.items())))
    attacked = import_module("textattack.shared").AttackedText(text)
    found = transformation(attacked, indices_to_modify=words)
    return sorted(each.text for each in found)


def ours(name: str, text: str, **parameters: object) -> list[str]:
    return one_edit_away(build(name, parameters), text)


@pytest.mark.parametrize(
    ("name", "transformation", "parameters"),
    [
        ("homoglyph", "WordSwapHomoglyphSwap", {}),
        ("neighbor_swap", "WordSwapNeighboringCharacterSwap", {"random_one": False}),
        ("qwerty", "WordSwapQWERTY", {"random_one": False}),
        ("delete", "WordSwapRandomCharacterDeletion", {"random_one": False}),
    ],
)
def test_edits_of_a_character_are_the_same_and_as_many(
    snippets: list[str], name: str, transformation: str, parameters: dict[str, Any]
) -> None:
    for text in snippets:
        assert ours(name, text) == theirs(transformation, text, **parameters)


def test_every_insertion_can_be_reached_and_there_are_52_at_each_place(snippets: list[str]) -> None:
    for text in snippets:
        found = theirs("WordSwapRandomCharacterInsertion", text, random_one=False)
        reachable = ours("insert", text)
        assert set(found) <= set(reachable)
        assert len(reachable) == 52 * len(found)


def test_every_substitution_can_be_reached_and_there_are_52_for_each_letter_but_itself(
    snippets: list[str],
) -> None:
    for text in snippets:
        reachable = ours("substitute", text)
        assert set(theirs("WordSwapRandomCharacterSubstitution", text, random_one=False)) <= set(reachable)
        marked = theirs("WordSwapRandomCharacterSubstitution", text, random_one=False, letters_to_insert="§")
        places = [next(i for i, new in enumerate(each) if new != text[i]) for each in marked]
        assert len(reachable) == sum(52 - (text[place] in LETTERS) for place in places)


@pytest.mark.parametrize(
    ("name", "transformation"),
    [
        ("insert", "WordSwapRandomCharacterInsertion"),
        ("substitute", "WordSwapRandomCharacterSubstitution"),
    ],
)
def test_letter_by_letter_the_edits_are_the_same_and_as_many(
    snippets: list[str], name: str, transformation: str
) -> None:
    for text in snippets[:10]:
        found = [
            each
            for letter in LETTERS
            for each in theirs(transformation, text, random_one=False, letters_to_insert=letter)
        ]
        assert ours(name, text) == sorted(found)


@pytest.mark.parametrize("transformation", ["WordSwapExtend", "WordSwapContract"])
def test_reviews_have_words_to_contract_and_contractions(transformation: str) -> None:
    assert any(theirs(transformation, text) for text in snippets_of("reviews"))


def test_contractions_in_full_are_the_same_but_for_case(snippets: list[str]) -> None:
    exact = import_module("textattack.shared.data").EXTENSION_MAP
    for text in snippets:
        words = TextBatch([text]).words
        spans = list(zip(words.start.tolist(), words.stop.tolist(), words.strings, strict=True))
        expected = sorted(
            text[:start] + exact[word] + text[stop:] for start, stop, word in spans if word in exact
        )
        assert theirs("WordSwapExtend", text) == expected
        others = [word for *_, word in spans if word not in exact and word.lower() in map(str.lower, exact)]
        assert set(expected) <= set(ours("extend", text))
        assert len(ours("extend", text)) == len(expected) + len(others)


def test_contracted_pairs_are_the_same_but_for_case_marks_and_blanks_between(snippets: list[str]) -> None:
    exact = {full: short for short, full in import_module("textattack.shared.data").EXTENSION_MAP.items()}
    lower = {full.lower() for full in exact if len(full.split()) == 2}
    for text in snippets:
        words = TextBatch([text]).words
        spans = list(zip(words.start.tolist(), words.stop.tolist(), words.strings, strict=True))
        alike, joined, number = [], [], 0
        for (start, end, one), (begin, stop, other) in pairwise(spans):
            between, pair = text[end:begin], f"{one} {other}"
            number += between.isspace() and pair.lower() in lower
            if pair in exact:
                # What stood between the two words is kept, but for a blank where the text goes on.
                left = between[:-1] if stop < len(text) and between.endswith(" ") else between
                joined.append(text[:start] + exact[pair] + left + text[stop:])
                if between.isspace():
                    alike.append(text[:start] + exact[pair] + text[stop:])
        assert theirs("WordSwapContract", text) == sorted(joined)
        assert set(alike) <= set(ours("contract", text))
        assert len(ours("contract", text)) == number


@pytest.mark.parametrize(
    ("name", "transformation", "text", "reference_edits", "our_edits"),
    [
        ("contract", "WordSwapContract", "it is, not me", ["it isn't, me", "it's, not me"], ["it's, not me"]),
        ("contract", "WordSwapContract", "that it, is so", ["that it's, so"], []),
        ("contract", "WordSwapContract", "so it is", ["so it's "], ["so it's"]),
        ("contract", "WordSwapContract", "do  not go", ["don't  go"], ["don't go"]),
        ("contract", "WordSwapContract", "Do not go", [], ["Don't go"]),
        ("contract", "WordSwapContract", "DO NOT go", [], ["DON'T go"]),
        ("extend", "WordSwapExtend", "It's me", [], ["It is me"]),
        ("extend", "WordSwapExtend", "it’s me", [], ["it is me"]),
        ("extend", "WordSwapExtend", "I ain't", ["I isn't"], ["I isn't"]),
        ("extend", "WordSwapExtend", "I can't", ["I cannot"], ["I cannot"]),
        ("delete", "WordSwapRandomCharacterDeletion", "I’d", [], ["I’", "Id", "’d"]),
        ("delete", "WordSwapRandomCharacterDeletion", "ne\u0301", ["e\u0301", "n\u0301"], ["e\u0301", "n"]),
        ("neighbor_swap", "WordSwapNeighboringCharacterSwap", "aab", ["aba"], ["aba"]),
        ("homoglyph", "WordSwapHomoglyphSwap", "a1", ["al", "ɑ1"], ["al", "ɑ1"]),
    ],
)
def test_what_is_ours_is_not_theirs(
    name: str, transformation: str, text: str, reference_edits: list[str], our_edits: list[str]
) -> None:
    drawn = {} if name in {"contract", "extend", "homoglyph"} else {"random_one": False}
    assert theirs(transformation, text, **drawn) == sorted(reference_edits)
    assert ours(name, text) == sorted(our_edits)


def test_theirs_stops_looking_for_contractions_after_a_gap() -> None:
    text = "so it is, they are"
    assert theirs("WordSwapContract", text, words=[0, 1, 2, 3, 4]) == [
        "so it is, they're ",
        "so it's, they are",
    ]
    assert theirs("WordSwapContract", text, words=[0, 3, 4]) == []
    assert ours("contract", text) == ["so it is, they're", "so it's, they are"]


def test_theirs_has_chinese_text_segmented_and_ours_takes_it_letter_by_letter() -> None:
    text = "好吃的饭 ab"
    assert TextBatch([text]).words.strings == ["好", "吃", "的", "饭", "ab"]
    assert import_module("textattack.shared").AttackedText(text).words == ["好吃", "的", "饭", "ab"]


def test_theirs_may_put_the_letter_that_stands_there_and_ours_never_does() -> None:
    alike = {"random_one": False, "letters_to_insert": "a"}
    assert theirs("WordSwapRandomCharacterSubstitution", "aa", **alike) == []
    assert "aa" not in ours("substitute", "aa")
    assert len(ours("substitute", "aa")) == 2 * 51


def test_three_keys_of_theirs_are_neighbours_one_way_and_of_the_full_map_both_ways() -> None:
    def neighbours(key: str, **parameters: object) -> set[str]:
        return {text[0] for text in ours("qwerty", f"{key}1", **parameters)}

    for one, other in ("ax", "fg", "gd"):
        assert f"{other}1" in theirs("WordSwapQWERTY", f"{one}1", random_one=False)
        assert f"{one}1" not in theirs("WordSwapQWERTY", f"{other}1", random_one=False)
    for one in string.ascii_lowercase:
        assert all(one in neighbours(other, map="full") for other in neighbours(one, map="full"))


def test_the_map_of_homoglyphs_is_theirs() -> None:
    known = _transformation(LibraryCall("textattack:WordSwapHomoglyphSwap", ())).homos
    assert len(known) == 38
    homoglyph: Any = build("homoglyph", {})
    assert {key: "".join(homoglyph.choices(key)) for key in known} == known
