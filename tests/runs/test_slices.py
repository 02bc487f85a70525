"""Slices by length: in words, or in characters where scripts have no spaces."""

import pyarrow as pa

from robustaudit.core.records import Example
from robustaudit.runs.named_classes import NamedClasses
from robustaudit.runs.slices import MEMBERSHIPS, in_slice, slices_of


def by_length(texts: list[str]) -> dict[tuple[str, str], list[str]]:
    """The texts of each slice by length; there is no other slice of examples of one class."""
    examples = [Example(str(number), text, 0, str(number)) for number, text in enumerate(texts)]
    trials = pa.table({"clean_text": [text for text in texts for _ in range(2)]})
    found: dict[tuple[str, str], list[str]] = {}
    for each in slices_of(examples, (), (), NamedClasses()):
        inside = [text for text, is_in in zip(texts, each.members, strict=True) if is_in]
        found[each.slice.column, each.slice.value] = inside
        those = in_slice(trials, each.slice, MEMBERSHIPS.empty_table())
        assert trials.filter(pa.array(those))["clean_text"].to_pylist() == [
            text for text in inside for _ in range(2)
        ]
    return found


def test_texts_are_in_quarters_by_their_number_of_words() -> None:
    texts = ["so  it goes\n", "fine", "a good film", "not  my cup of tea", "no", "I would go again at once"]
    assert by_length(texts) == {
        ("words", "1–1"): ["fine", "no"],
        ("words", "3–3"): ["so  it goes\n", "a good film"],
        ("words", "5–5"): ["not  my cup of tea"],
        ("words", "6–6"): ["I would go again at once"],
    }


def test_texts_without_spaces_are_in_quarters_by_their_number_of_characters() -> None:
    texts = [
        "とても良い映画でした。もう一度見たい。",
        "二度と買いません。とても残念な商品です。",
    ]
    assert {column for column, _ in by_length([*texts, texts[0] * 2, texts[1] * 3])} == {"characters"}
    assert by_length(["same here"] * 4) == {}
