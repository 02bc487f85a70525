import tomllib
from importlib.resources import files

import pytest

from robustaudit.perturbations.word_lists import changes, load_table, look_up, match_case

DATA = files("robustaudit.perturbations").joinpath("data")
WORD_LISTS = {
    "abbreviations.toml": ["abbreviations"],
    "algospeak.toml": ["algospeak"],
    "chat.toml": ["chat"],
    "colloquial.toml": ["colloquial"],
    "emoji.toml": ["emoji"],
    "homophones.toml": ["homophones"],
    "learners.toml": ["articles", "prepositions"],
    "leetspeak.toml": ["usual", "full"],
    "misspellings.toml": ["common"],
    "spelling.toml": ["pairs", "british_only"],
    "synonyms.toml": ["synonyms", "hyponyms"],
}


@pytest.mark.parametrize("name", sorted(file.name for file in DATA.iterdir() if file.name.endswith(".toml")))
def test_each_data_file_names_its_source_and_licence(name: str) -> None:
    content = DATA.joinpath(name).read_text(encoding="utf-8")
    fields = tomllib.loads(content)
    assert "Source: " in content or "source" in fields or "is the map of TextAttack" in content
    assert "Licence: " in content or "licence" in fields
    assert fields


@pytest.mark.parametrize(
    ("file", "table"), [(file, table) for file, found in WORD_LISTS.items() for table in found]
)
def test_each_word_of_a_list_has_other_strings_each_once(file: str, table: str) -> None:
    for word, others in load_table(file, table).items():
        assert word == word.lower()
        assert others
        assert all(other and other == other.strip() and other != word for other in others)
        assert len(set(others)) == len(others)


def test_the_licence_of_wordnet_stands_above_what_was_taken_from_it() -> None:
    content = DATA.joinpath("synonyms.toml").read_text(encoding="utf-8")
    assert "Permission to use, copy, modify and distribute" in content
    assert "WordNet 3.0 Copyright 2006 by Princeton University" in content


def test_words_are_found_in_any_case_and_keep_theirs() -> None:
    table = {"don't": ("dont", "do not"), "i": ("I",)}
    assert look_up("Don’t", table) == ("Dont", "Do not")
    assert look_up("DON'T", table) == ("DONT", "DO NOT")
    assert look_up("I", table) == ()
    assert look_up("do", table) == ()


def test_only_changes_are_offered_each_once() -> None:
    assert changes("a", ["b", "a", "b", "c"]) == ("b", "c")


@pytest.mark.parametrize(
    ("original", "replacement", "expected"),
    [
        ("don't", "do not", "do not"),
        ("Don't", "do not", "Do not"),
        ("DON'T", "do not", "DO NOT"),
        ("dON'T", "do not", "do not"),
        ("I'm", "i am", "I am"),
        ("I am", "i'm", "I'm"),
        ("I AM", "i'm", "I'M"),
        ("I", "me too", "Me too"),
    ],
)
def test_the_case_of_the_first_letter_is_kept_and_capitals_stay(
    original: str, replacement: str, expected: str
) -> None:
    assert match_case(original, replacement) == expected


@pytest.mark.parametrize("name", ["contractions.toml", "homoglyphs.toml", "qwerty.toml"])
def test_each_map_names_its_source_and_licence_and_can_be_read(name: str) -> None:
    content = files("robustaudit.perturbations").joinpath("data", name).read_text(encoding="utf-8")
    assert "TextAttack 0.3.11" in content
    assert "Licence: MIT" in content
    for table in tomllib.loads(content).values():
        assert table
        assert all(key and value and key != value for key, value in table.items())
