"""The words that edits are in."""

from pathlib import Path

import pytest

from robustaudit.core.edits import apply
from robustaudit.worst_case.edited_words import edited_words, kinds_of, strings
from sweeps import swept

TEXT = "It is a good day, I say!"


@pytest.mark.parametrize(
    ("attack", "expected"),
    [
        ("delete", {("good", "god"), ("say", "sy")}),
        ("contract", {("It is", "It's")}),
        ("merge_words", {("good day", "goodday"), ("It is", "Itis")}),
        ("emphasize", {("day", "**day**")}),
        ("drop_mark", {("day,", "day"), ("say!", "say")}),
        ("homoglyph", {("good", "goоd")}),
    ],
)
def test_the_words_of_an_edit(tmp_path: Path, attack: str, expected: set[tuple[str, str]]) -> None:
    sweep = swept(tmp_path, attack, texts=["another text", TEXT, ""])
    effects = sweep.of("fake", attack)
    words = edited_words([example.text for example in sweep.examples], effects)
    pairs = list(zip(strings(words.before), strings(words.after), strict=True))
    assert expected <= set(pairs)
    for row, (before, after) in enumerate(pairs):
        text = sweep.examples[effects.example[row]].text
        edited = apply(text, [effects.edit(row)])
        assert before in text
        assert after in edited
        assert len(edited) - len(text) == len(after) - len(before)


def test_words_are_grouped_in_any_case(tmp_path: Path) -> None:
    sweep = swept(tmp_path, "delete", texts=["Good food", "good"])
    words = edited_words([example.text for example in sweep.examples], sweep.of("fake", "delete"))
    word, names = words.folded
    assert sorted(names) == ["food", "good"]
    assert [names[place] for place in word] == [each.casefold() for each in strings(words.before)]


def test_kinds_are_the_perturbations_of_an_attack() -> None:
    assert kinds_of("2*qwerty + delete, swap_words & keep(first_letter)") == (
        "qwerty",
        "delete",
        "swap_words",
    )
