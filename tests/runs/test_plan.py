import dataclasses
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest

from fakes import FakeSource
from robustaudit.attacks import parse_attack
from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset, load
from robustaudit.perturbations import find_segmenter
from robustaudit.runs.plan import Plan, make_plan
from robustaudit.runs.plan_record import PlanRecord


def plan(**changes: object) -> Plan:
    given = {
        "dataset": load("tiny"),
        "models": [FakeSource()],
        "attacks": [parse_attack("qwerty")],
        "trials": 100,
    }
    return make_plan(**(given | changes))  # type: ignore[arg-type]


def test_without_examples_each_trial_takes_another_example() -> None:
    made = plan(trials=100)
    assert len(made.examples) == 100
    assert [list(made.draws(e)) for e in (0, 99)] == [[0], [0]]


def test_more_trials_than_examples_go_round() -> None:
    made = plan(trials=7, examples=3)
    dealt = {made.trial(e, d): (e, d) for e in range(3) for d in made.draws(e)}
    assert dealt == {0: (0, 0), 1: (1, 0), 2: (2, 0), 3: (0, 1), 4: (1, 1), 5: (2, 1), 6: (0, 2)}


def test_examples_are_taken_in_an_order_that_is_not_the_files() -> None:
    data = load("tiny")
    backwards = Dataset("tiny", data.examples[::-1])
    ids = [example.id for example in plan(trials=20).examples]
    assert ids == [example.id for example in plan(trials=20, dataset=backwards).examples]
    assert ids != [example.id for example in data.examples[:20]]


def test_more_examples_continue_the_same_order() -> None:
    assert plan(examples=50).examples[:20] == plan(examples=20).examples


def test_models_and_attacks_are_taken_once_in_the_order_given_which_changes_no_result() -> None:
    made = plan(
        models=[FakeSource("b"), FakeSource("a"), FakeSource("b")],
        attacks=[parse_attack(text) for text in ("qwerty", "delete", "qwerty@0.3")],
    )
    assert [model.name for model in made.models] == ["b", "a"]
    turned = plan(models=[FakeSource("a"), FakeSource("b")], attacks=list(made.attacks))
    assert (turned.digest, turned.class_names) == (made.digest, made.class_names)
    assert [attack.label for attack in made.attacks] == ["qwerty", "delete"]


def test_the_units_cover_every_example_of_every_model_once() -> None:
    made = plan(
        models=[FakeSource("a"), FakeSource("b")],
        trials=260,
        attacks=[parse_attack(a) for a in ["qwerty", "delete", "insert"]],
    )
    for model in ("a", "b"):
        covered = [e for unit in made.units() if unit.model == model for e in range(unit.start, unit.stop)]
        assert covered == list(range(260))
    assert len({unit.name for unit in made.units()}) == len(made.units()) > 2


def test_many_draws_of_one_text_are_many_units() -> None:
    made = plan(trials=2000, examples=1)
    draws = [draw for unit in made.units() for draw in range(unit.first_draw, unit.last_draw)]
    assert draws == list(range(2000))
    assert len({unit.name for unit in made.units()}) == len(made.units()) == 4


@pytest.mark.parametrize(("trials", "units", "most"), [(2_000, 4, 512), (40_000, 26, 4_096)])
def test_a_large_run_has_larger_units_that_its_folder_may_hold(trials: int, units: int, most: int) -> None:
    layout = plan(trials=trials, examples=1).layout
    found = list(layout.units())
    assert len(found) == units
    assert max(unit.queries for unit in found) == most
    assert all(map(layout.has, found))
    assert not layout.has(replace(found[0], last_draw=found[0].last_draw - 1))


@pytest.mark.parametrize("trials", [2_000, 40_000, 400_000])
def test_units_are_smaller_towards_the_end_so_that_processes_end_together(trials: int) -> None:
    layout = plan(trials=trials, examples=250).layout
    found = list(layout.units())
    sizes = [unit.stop - unit.start for unit in found]
    assert sizes[:-1] == sorted(sizes[:-1], reverse=True)
    assert max(unit.queries for unit in found) <= 4_096
    assert sum(unit.queries for unit in found) == trials
    assert all(map(layout.has, found))
    assert not layout.has(replace(found[0], last_draw=found[0].last_draw - 1))


@pytest.mark.parametrize(
    ("trials", "examples", "attacks"), [(1025, 2, ["qwerty"]), (230, 20, ["qwerty"] * 45), (7, 3, ["qwerty"])]
)
def test_every_trial_is_in_one_unit_and_no_unit_is_empty(
    trials: int, examples: int, attacks: list[str]
) -> None:
    named = [parse_attack(f"{attack}@0.{place:02}1") for place, attack in enumerate(attacks)]
    made = plan(trials=trials, examples=examples, attacks=named)
    places = [
        [
            made.trial(example, draw)
            for example in range(unit.start, unit.stop)
            for draw in made.draws(example)
            if unit.first_draw <= draw < unit.last_draw
        ]
        for unit in made.units()
    ]
    assert all(places)
    assert sorted(chain.from_iterable(places)) == list(range(trials))


@pytest.mark.parametrize(
    "changes",
    [
        {"trials": 99},
        {"examples": 50},
        {"seed": 1},
        {"segmenter": find_segmenter("icu")},
        {"attacks": [parse_attack("qwerty@0.2")]},
        {"models": [FakeSource(digest="other weights")]},
        {"dataset": Dataset("tiny", load("tiny").examples[1:])},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_whatever_the_results_depend_on_changes_the_digest(changes: dict[str, Any]) -> None:
    assert plan(**changes).digest != plan().digest


def test_the_same_plan_has_the_same_digest_whatever_order_the_models_came_in() -> None:
    sources = [FakeSource("a"), FakeSource("b")]
    assert plan(models=sources).digest == plan(models=sources[::-1]).digest


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trials": 0}, "trials must be at least 1, got 0"),
        ({"trials": 10**12}, "trials must be at most 1000000000, got 1000000000000"),
        ({"examples": 0}, "examples must be at least 1, got 0"),
        ({"examples": 261}, "examples must be at most 260"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"dataset": Dataset("none", ())}, "'none' holds no examples"),
        (
            {"dataset": Dataset("x", (Example("7", "fine", 2, "7"),))},
            r"data 'x' has labels that model 'fake' does not know: '2' \(example 1\); it knows 'neg",
        ),
    ],
)
def test_what_cannot_be_planned_is_refused_in_one_line(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        plan(**changes)
    assert "\n" not in str(caught.value)


def test_what_no_trial_depends_on_does_not_change_the_digest() -> None:
    renamed = Dataset("renamed", load("tiny").examples)
    assert plan(dataset=renamed).digest == plan().digest
    assert plan(tfidf_baseline=FakeSource("other")).digest == plan().digest
    assert plan(models=[FakeSource(title="another title")]).digest == plan().digest


def test_a_plan_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan().seed = 1  # type: ignore[misc]


def test_plain_numbers_are_no_part_of_the_digest_and_other_labels_are() -> None:
    examples = (Example("a", "fine", 1, "a"), Example("b", "bad", 0, "b"))
    plain = Dataset("x", examples)
    named = Dataset("x", examples, label_names=("negative", "positive"), numbered=False)
    orders = [FakeSource(labels=("negative", "positive")), FakeSource(labels=("positive", "negative"))]
    assert plan(dataset=plain, trials=2, models=orders[:1]).planned.class_numbers is None
    found = [plan(dataset=named, trials=2, models=[order]) for order in orders]
    assert [made.planned.class_numbers for made in found] == [
        {"negative": 0, "positive": 1},
        {"negative": 1, "positive": 0},
    ]
    assert found[0].digest != found[1].digest
    (difference,) = found[0].planned.differences(found[1].planned)
    assert "labels" in difference


def test_a_plan_whose_labels_are_no_classes_is_refused() -> None:
    content = plan().as_json()
    content["labels"][0]["number"] = 2
    with pytest.raises(UserError, match="plan must have labels that are classes of every model"):
        PlanRecord.read(content, where="plan")
