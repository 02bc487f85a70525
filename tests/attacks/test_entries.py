import re

import pytest

from reachable import one_edit_away
from robustaudit.attacks import SENTENCE, EditExample, list_perturbations
from robustaudit.attacks.entries import visible_text
from robustaudit.perturbations import PERTURBATIONS, build

ENTRIES = {entry.name: entry for entry in list_perturbations()}


def test_all_perturbations_are_listed_family_by_family() -> None:
    assert set(ENTRIES) == set(PERTURBATIONS)
    families = [entry.family for entry in ENTRIES.values()]
    assert len(set(families)) == sum(a != b for a, b in zip(families, [None, *families], strict=False))


@pytest.mark.parametrize("name", sorted(PERTURBATIONS))
def test_what_a_description_gives_as_an_example_is_what_an_edit_makes(name) -> None:
    examples = re.findall(r"`([^`]+)` becomes `([^`]+)`", ENTRIES[name].description)
    for before, after in examples[:1]:
        assert visible_text(after) in {visible_text(text) for text in one_edit_away(build(name, {}), before)}


@pytest.mark.parametrize("name", sorted(PERTURBATIONS))
def test_what_is_shown_of_the_sentence_is_an_edit_of_it(name) -> None:
    example = ENTRIES[name].example
    if example is not None:
        assert example.before != example.after or name == "normal_form"
        reachable = {visible_text(text) for text in one_edit_away(build(name, {}), SENTENCE)}
        places = [found.start() for found in re.finditer(re.escape(example.before), visible_text(SENTENCE))]
        made = {f"{SENTENCE[:at]}{example.after}{SENTENCE[at + len(example.before) :]}" for at in places}
        assert made & reachable


def test_parameters_are_listed_with_their_choices() -> None:
    (parameter,) = ENTRIES["line_hyphen"].parameters
    assert (parameter.name, parameter.default) == ("then", "blank")
    assert parameter.choices == ("blank", "newline", "nothing")
    assert [(p.name, p.default, p.choices) for p in ENTRIES["zalgo"].parameters] == [("marks", 2, ())]
    assert ENTRIES["delete"].parameters == ()


def test_where_the_sentence_has_nothing_to_edit_there_is_no_example(monkeypatch) -> None:
    monkeypatch.setattr("robustaudit.attacks.entries.SENTENCE", "So be it")
    examples = {entry.name: entry.example for entry in list_perturbations()}
    assert examples["mojibake"] is None
    assert examples["lost_capital"] == EditExample("So", "so")


def test_what_is_not_seen_is_spelt_out() -> None:
    assert visible_text("a\u200bb c\u00a0d\b ❤\ufe0f") == "a<U+200B>b c<U+00A0>d<U+0008> ❤<U+FE0F>"
