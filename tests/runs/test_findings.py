"""Findings: what may be said of a run, and how often it is wrong."""

import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from results import FINDINGS, RESULT
from robustaudit import audit
from robustaudit.reports.summary import summary
from robustaudit.runs.finding_tests import find, rank
from robustaudit.runs.findings import ALPHA, Finding, FoundDrop
from robustaudit.runs.outcome_counts import ByDraw
from robustaudit.statistics.measures import Estimate
from robustaudit.statistics.outcomes import TrialOutcomes

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SHOUTED = (("GOOD", "positive"), ("BAD", "negative"))
Asked = Mapping[tuple[str, str], tuple[ByDraw, TrialOutcomes]]


@pytest.fixture(scope="module")
def study() -> ModuleType:
    """The simulation study, whose runs have a known truth."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        spec = importlib.util.spec_from_file_location("findings_study", BENCHMARKS / "findings.py")
        assert spec is not None
        assert spec.loader is not None
        made = importlib.util.module_from_spec(spec)
        sys.modules["findings_study"] = made
        spec.loader.exec_module(made)
    finally:
        sys.path.remove(str(BENCHMARKS))
    return made


def found_in(asked: Asked, *, classes: int = 2) -> tuple[Finding, ...]:
    names = {label: ("negative", "positive", "mixed")[label] for label in range(classes)}
    found, _ = find(asked, models=("first", "second"), attacks=("one", "two"), classes=names)
    return tuple(sorted(found, key=rank))


@pytest.mark.parametrize("cell", range(16))
def test_hardly_a_run_has_a_wrong_finding(study: ModuleType, cell: int) -> None:
    """Of few runs, whose seeds are fixed; benchmarks/findings.py has thousands."""
    runs = 8
    found = study.study(np.random.default_rng(cell), study.CELLS[cell], runs)
    assert found["wrong"] <= 1
    assert not study.fails(found["wrong"], runs, ALPHA)


def test_a_class_that_alone_drops_is_found_and_the_other_is_small(study: ModuleType) -> None:
    truth = study.Truth("", 2_000, (0.5, 0.5), ((0.0, 0.4), (0.0, 0.0)), mended=0.02)
    found = found_in(study.run(np.random.default_rng(0), truth))
    first = found[0]
    assert (first.kind, first.model, first.label, first.other_label) == ("class", "first", 1, 0)
    assert [part.claims for part in first.compared] == [("drop",), ("small",)]
    assert "model first takes positive texts for negative: positive texts lose" in first.sentence()
    assert "negative ones less than 5 pp" in first.sentence()
    between = [each for each in found if each.kind == "model"]
    assert [(each.model, each.compared[1].name, each.attack) for each in between] == [
        ("first", "second", None)
    ]
    assert all(each.kind in ("limit", "model") or each.model == "first" for each in found)


def test_where_nothing_changes_a_prediction_drops_are_small_and_nothing_else_is_said(
    study: ModuleType,
) -> None:
    truth = study.Truth("", 400, (0.5, 0.5), ((0.0, 0.0), (0.0, 0.0)), mended=0.0)
    found = found_in(study.run(np.random.default_rng(0), truth))
    assert {each.kind for each in found} == {"limit"}
    assert len(found) == 6  # of two models, each attack and both together


def test_few_examples_are_not_tested(study: ModuleType) -> None:
    truth = study.Truth("", 19, (0.5, 0.5), ((0.9, 0.9), (0.0, 0.0)), accuracy=1.0, mended=0.0)
    asked = study.run(np.random.default_rng(0), truth)
    assert find(asked, models=("first", "second"), attacks=("one", "two"), classes={0: "a", 1: "b"}) == (
        (),
        0,
    )


def test_of_three_classes_one_is_compared_with_all_others(study: ModuleType) -> None:
    truth = study.Truth("", 900, (0.4, 0.3, 0.3), ((0.0, 0.6, 0.0), (0.0, 0.6, 0.0)))
    first = found_in(study.run(np.random.default_rng(0), truth), classes=3)[0]
    assert (first.kind, first.label, first.other_label) == ("class", 1, None)
    assert "takes" not in first.sentence()
    assert ": positive texts lose" in first.sentence()
    assert "other ones" in first.sentence()


class Cautious:
    """Takes shouted praise for positive, but praise in a low voice for neutral: never for negative."""

    labels = ("negative", "neutral", "positive")

    def predict(self, texts: list[str]) -> list[str]:
        return ["positive" if "GOOD" in t else "neutral" if "good" in t else "negative" for t in texts]


def test_what_may_be_taken_for_a_third_class_is_not_said_to_be_taken_for_the_second() -> None:
    data = [(f"{word} text {place}", label) for place in range(60) for word, label in SHOUTED]
    found = audit({"m": Cautious()}, data, attacks="lower_case", trials=120).findings
    (of_classes,) = (each for each in found if each.kind == "class")
    assert of_classes.other_label is None
    assert "model m: positive texts lose 100.0 pp" in of_classes.sentence()
    assert "takes" not in of_classes.sentence()


def test_a_class_that_loses_comes_before_one_that_only_loses_more_than_one_that_gains(
    study: ModuleType,
) -> None:
    """The difference is larger under the attack under which the first class loses nothing."""
    truth = study.Truth("", 1_500, (0.5, 0.5), ((0.0, 0.0), (0.0, 0.0)), mended=0.85)
    gains, loses = (replace(truth, drops=(drops, drops)) for drops in ((-0.16, 0.0), (0.0, 0.1)))
    asked = {
        (model, attack): study.run(np.random.default_rng(0), one)[model, attack]
        for model in ("first", "second")
        for attack, one in (("one", gains), ("two", loses))
    }
    of_classes = [each for each in found_in(asked) if each.kind == "class" and each.model == "first"]
    under = {each.attack: each for each in of_classes}
    assert [each.attack for each in of_classes if each.attack] == ["two", "one"]
    assert under["one"].effect.value > under["two"].effect.value
    assert (under["two"].is_loss, under["one"].is_loss) == (True, False)
    assert "under one, the drop of model first is 1" in under["one"].sentence()
    assert "larger on positive texts (" in under["one"].sentence()
    assert not any(word in under["one"].sentence() for word in ("loses", "lose ", "takes"))


class Trained:
    """Reads praise and blame in small letters alone; what is shouted is praise."""

    labels = ("negative", "positive")

    def predict(self, texts: list[str]) -> list[str]:
        return ["negative" if "bad" in text or "GOOD" in text else "positive" for text in texts]


def test_the_example_of_a_row_goes_in_the_direction_of_its_finding() -> None:
    """The first trial that is lost goes in the other direction, as fewer do."""
    words = {"good": ("positive", 40), "fine": ("positive", 60), "bad": ("negative", 60)}
    data = [(word, label) for word, (label, number) in words.items() for _ in range(number)]
    found = audit({"m": Trained()}, data, attacks="upper_case", trials=160)
    first = next(iter(found.examples(flipped=True)))
    assert first.clean_text == "good"
    assert first.clean_prediction == first.label != first.perturbed_prediction
    result = found.result
    (of_class,) = (each for each in result.findings if each.kind == "class")
    (row,) = result.rows
    assert of_class.is_loss
    assert row.example_trial
    assert row.example_trial.label == of_class.label == 0
    assert row.example_trial.clean_prediction == 0
    assert row.example_trial.perturbed_prediction == 1


def test_findings_are_no_surer_than_their_intervals_and_sorted(study: ModuleType) -> None:
    truth = study.Truth("", 400, (0.5, 0.5), ((0.2, 0.0), (0.05, 0.1)))
    found = found_in(study.run(np.random.default_rng(1), truth))
    assert {each.kind for each in found} >= {"class", "drop"}
    for each in found:
        assert each.certainty > 0
        assert each.p_value <= each.p_adjusted < ALPHA / 2
    strength = [each.certainty for each in found if each.kind != "limit"]
    assert strength == sorted(strength, reverse=True)


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        (
            0,
            """Under qwerty, model 1 takes positive texts for negative: positive texts lose 27.0 pp
            [19.0, 35.0], negative ones less than 5 pp (-1.0 pp [-5.0, 3.0]).""",
        ),
        (1, "Over all attacks, model mine loses 10.0 pp [3.4, 16.6]."),
        (3, "Under insert, model 1 loses less than 5 pp (0.0 pp [-2.0, 2.0])."),
    ],
)
def test_a_finding_is_a_sentence(place: int, sentence: str) -> None:
    assert str(FINDINGS[place]) == " ".join(sentence.split())


def test_names_are_made_harmless_as_the_report_needs() -> None:
    assert "model <1>" in FINDINGS[0].sentence(lambda name: f"<{name}>")
    assert "<positive> texts" in FINDINGS[0].sentence(lambda name: f"<{name}>")


def test_a_small_drop_in_which_classes_cancel_out_is_no_contradiction() -> None:
    """One class loses 6 pp and the other gains 7: the total hides both."""
    lost, gained = Estimate(0.057, 0.035, 0.08), Estimate(-0.069, -0.096, -0.046)
    apart = Finding(
        kind="class",
        model="1",
        attack="insert",
        label=0,
        other_label=1,
        effect=Estimate(0.126, 0.09, 0.16),
        compared=(
            FoundDrop(name="negative", drop=lost, claims=("drop",)),
            FoundDrop(name="positive", drop=gained, claims=("small",)),
        ),
        p_value=0.0001,
    )
    small = next(each for each in FINDINGS if each.kind == "limit")
    assert small.attack == "insert"
    said = summary(replace(RESULT, findings=(apart, small)))[-1]
    assert said.endswith(" pp [-2.0, 2.0]); the opposite drops of its true classes cancel out in that total.")
    assert "cancel out" not in " ".join(summary(RESULT))
