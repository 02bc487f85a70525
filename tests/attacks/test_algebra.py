import random
from collections import Counter
from typing import Any

import numpy as np
import pytest
from scipy import stats

from robustaudit.attacks import parse_attack
from robustaudit.attacks.draws import DrawnTexts
from robustaudit.core.edits import EditColumns
from robustaudit.core.records import Edit, PerturbedText
from robustaudit.perturbations import TextBatch

MANY = 4000


def draws(expression: str, text: str, *, number: int = 1, example: str = "x") -> list[PerturbedText]:
    """The first draws of an attack that edits every word it can."""
    attack = parse_attack(expression, rate=1.0).attack
    keys = attack.keys(seed=0, draws=[(example, draw) for draw in range(number)])
    return list(attack.draw(TextBatch([text]), np.zeros(number, dtype=np.int64), keys))


def fits(counts: Counter[str], weights: dict[str, float]) -> bool:
    """Whether the counts are as likely as the weights say."""
    assert set(counts) == set(weights)
    expected = [MANY * weight / sum(weights.values()) for weight in weights.values()]
    return bool(stats.chisquare([counts[name] for name in weights], expected).pvalue > 0.001)


def test_a_part_of_a_sequence_finds_its_words_in_what_the_part_before_it_left() -> None:
    (drawn,) = draws('extend, substitute(alphabet="digits")', "don't")
    first, second = drawn.edits_by_step
    assert first == (Edit(2, 4, " no"),)
    assert [edit.start < len("do") for edit in second] == [True, False]  # one digit in `do`, one in `not`


def test_parts_that_do_not_meet_are_reported_side_by_side_and_parts_that_meet_as_one() -> None:
    shapes = {
        tuple((edit.start, edit.stop) for edit in drawn.edits)
        for drawn in draws('contract, insert(alphabet="digits")', "it is", number=100)
    }
    assert shapes == {((0, 0), (2, 4)), ((1, 1), (2, 4)), ((2, 4),)}


def test_parts_that_undo_each_other_changed_nothing() -> None:
    (drawn,) = draws("extend, contract", "so I don't")
    assert (drawn.text, drawn.changed, drawn.edits) == ("so I don't", False, ())
    assert [len(edits) for edits in drawn.edits_by_step] == [1, 1]


def test_parts_that_undo_each_other_far_apart_changed_nothing() -> None:
    script = ((Edit(0, 2, ""),), (Edit(2, 2, "ab"),))
    (drawn,) = DrawnTexts(["ababX"], ["ababX"], np.array([0, 2]), EditColumns.of(script))
    assert (drawn.text, drawn.changed, drawn.edits, drawn.edits_by_step) == ("ababX", False, (), script)


def test_parts_are_counted_as_often_as_they_stand_in_an_attack() -> None:
    attack = parse_attack("qwerty + delete, qwerty | (insert | qwerty), qwerty & at_most(2)").attack
    assert len(list(attack.leaves())) == 6


def test_each_part_of_a_sequence_has_its_own_rate() -> None:
    (drawn,) = draws("delete@0.5, qwerty@0.25", "good tea here today")
    assert [len(edits) for edits in drawn.edits_by_step] == [2, 1]


def test_the_parts_of_a_sequence_are_drawn_independently() -> None:
    seen = np.zeros((5, 4))
    for drawn in draws("delete, delete", "abcde", number=MANY):
        (first,), (second,) = drawn.edits_by_step
        seen[first.start, second.start] += 1
    assert stats.chi2_contingency(seen).pvalue > 0.001


def which(drawn: PerturbedText) -> str:
    """Which of `homoglyph`, `insert` and `delete` one draw took, by what it did to the length."""
    return {-1: "delete", 0: "homoglyph", 1: "insert"}[len(drawn.text) - len(drawn.original)]


@pytest.mark.parametrize(
    ("expression", "weights"),
    [
        ("homoglyph | insert | delete", {"homoglyph": 1, "insert": 1, "delete": 1}),
        ("homoglyph | 2*insert | 0.5*delete", {"homoglyph": 1, "insert": 2, "delete": 0.5}),
        ("homoglyph | (insert | delete)", {"homoglyph": 2, "insert": 1, "delete": 1}),
        ("homoglyph | 3*(insert | 2*delete)", {"homoglyph": 1, "insert": 1, "delete": 2}),
    ],
    ids=["alike", "by weight", "a choice as an option", "a weighted choice as an option"],
)
def test_each_option_of_a_choice_is_taken_by_its_weight(expression: str, weights: dict[str, float]) -> None:
    assert fits(Counter(map(which, draws(expression, "tea", number=MANY))), weights)


def test_the_options_of_a_choice_are_drawn_independently_of_the_choice() -> None:
    drawn = draws('insert(alphabet="digits") | delete, insert(alphabet="digits")', "ten", number=MANY)
    digits = Counter((len(draw.text), draw.edits_by_step[-1][0].replacement) for draw in drawn)
    table = [[digits[length, digit] for digit in "0123456789"] for length in (3, 4)]
    assert stats.chi2_contingency(table).pvalue > 0.001


def test_a_choice_that_takes_an_option_without_a_site_changes_nothing() -> None:
    changed = Counter(drawn.changed for drawn in draws("contract | delete", "tea", number=200))
    assert set(changed) == {True, False}


def key(expression: str = "homoglyph,qwerty", *, seed: int = 0, example: str = "a", draw: int = 0) -> int:
    (found,) = parse_attack(expression).attack.keys(seed=seed, draws=[(example, draw)])
    return int(found)


def test_a_key_is_for_ever() -> None:
    assert key() == 8673443739822743461


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 1},
        {"expression": "qwerty,homoglyph"},
        {"expression": "homoglyph,qwerty@0.2"},
        {"example": "b"},
        {"draw": 1},
    ],
    ids=["seed", "attack", "rate", "example", "draw"],
)
def test_a_key_depends_on_all_that_names_the_draw(changed: dict[str, Any]) -> None:
    assert key(**changed) != key()


@pytest.mark.parametrize(
    "alike", [" homoglyph , qwerty ", "(homoglyph@0.30, (qwerty))", 'homoglyph, qwerty(map="reference")']
)
def test_a_key_does_not_depend_on_how_the_attack_was_written(alike: str) -> None:
    assert key(alike) == key()


def test_no_global_generator_is_read_or_moved() -> None:
    before = draws("report-mix, qwerty | delete", "It is good tea", number=20)
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    states = random.getstate(), np.random.get_state(legacy=False)["state"]["key"].tolist()  # noqa: NPY002
    assert draws("report-mix, qwerty | delete", "It is good tea", number=20) == before
    assert (random.getstate(), np.random.get_state(legacy=False)["state"]["key"].tolist()) == states  # noqa: NPY002


def test_an_attack_says_the_rates_of_all_its_parts() -> None:
    assert list(parse_attack("qwerty").attack.rates()) == [0.3]
    nested = parse_attack('(delete@0.125, (homoglyph + qwerty)@1 | insert) & keep("@0.9")', rate=0.2).attack
    assert sorted(nested.rates()) == [0.125, 0.2, 1.0]
