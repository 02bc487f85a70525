import tomllib
from importlib.resources import files

import pytest

from robustaudit.perturbations.word_lists import match_case


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
