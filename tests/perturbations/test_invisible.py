from typing import Any

import pytest

from reachable import one_edit_away
from robustaudit.perturbations import build

SCRIPTS = [
    "great",
    "Übung",
    "e\u0301te\u0301",
    "Привет",
    "καλός",
    "مرحبا",
    "שלום",
    "हिन्दी",
    "தமிழ்",
    "ქართული",
    "한국어",
]

SPACES = [*map(chr, range(0x2000, 0x200B)), "\u202f", "\u205f", "\u3000"]

ALL = [
    ("zero_width", {"character": "zero width space"}, "it so", {"i\u200bt so", "it s\u200bo"}),
    ("zero_width", {"character": "word joiner"}, "e\u0301t", {"e\u0301\u2060t"}),
    ("variation_selector", {}, "한국", {f"한{chr(0xFE00 + i)}국" for i in range(16)}),
    ("bidi_mark", {}, "it", {"i\u200et", "i\u200ft", "i\u061ct"}),
    ("bidi_override", {}, "it's me\u0301", {"\u202es'ti\u202c me\u0301", "it's \u202ee\u0301m\u202c"}),
    ("bidi_override", {}, "שלום", {"\u202dםולש\u202c"}),
    ("normal_form", {}, "é ok 한", {"e\u0301 ok 한", "é ok \u1112\u1161\u11ab"}),
    ("normal_form", {"form": "NFC"}, "cafe\u0301 é", {"café é"}),
    ("normal_form", {"form": "NFKC"}, "½ ﬁne ok é", {"1⁄2 ﬁne ok é", "½ fine ok é"}),
    ("normal_form", {"form": "NFKD"}, "x² é", {"x2 é", "x² e\u0301"}),
    ("unusual_space", {}, "it is ", {f"it{space}is " for space in SPACES}),
    ("emoji_style", {}, "ok ❤!", {"ok ❤\ufe0e!", "ok ❤\ufe0f!"}),
    ("emoji_style", {}, "❤\ufe0f☀", {"❤☀", "❤\ufe0e☀\ufe0e", "❤\ufe0f☀\ufe0f"}),
    ("emoji_style", {}, "👩\u200d👩\u200d👧 👍🏽 🇩🇪 1\ufe0f\u20e3", set()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "parameters", "text", "expected"), ALL)
def test_what_one_edit_makes_of_a_text(name, parameters, text, expected) -> None:
    assert set(one_edit_away(build(name, parameters), text)) == expected


INSERTED = {"zero_width": 10, "variation_selector": 16, "tag_character": 95, "bidi_mark": 3, "backspaced": 26}


@pytest.mark.parametrize(("name", "characters"), INSERTED.items())
@pytest.mark.parametrize("word", SCRIPTS)
def test_what_is_not_seen_stands_between_two_letters(name, characters, word) -> None:
    split_word: Any = build("split_word", {})
    letters = len(split_word.replacements(word)) + 1
    found = one_edit_away(build(name, {}), word)
    assert len(found) == len(set(found)) == characters * (letters - 1)
    for after in found:
        assert after[0] == word[0]
        assert after[-1] == word[-1]
        assert len(after) == len(word) + (2 if name == "backspaced" else 1)


def test_a_letter_is_taken_back_at_once() -> None:
    assert {"grx\beat", "ga\breat"} <= set(one_edit_away(build("backspaced", {}), "great"))


@pytest.mark.parametrize("word", SCRIPTS)
def test_a_word_stored_backwards_has_its_letters(word) -> None:
    (after,) = one_edit_away(build("bidi_override", {}), word)
    assert sorted(after[1:-1]) == sorted(word)
    assert after[0] in "\u202d\u202e"
    assert after[-1] == "\u202c"
