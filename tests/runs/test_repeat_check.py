from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from fakes import FakeSource, LetterCounter
from robustaudit.attacks import REPORT_ATTACKS, parse_attack
from robustaudit.datasets import load
from robustaudit.models import Classifier
from robustaudit.runs.events import BatchDependenceFound, Event
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.plan import make_plan
from robustaudit.runs.predictions import Predictions
from robustaudit.runs.repeat_check import differing_texts
from robustaudit.runs.result import RepeatCheck
from unsteady import Dice, Dropout, InOrder, Padded

ATTACKS = [parse_attack(attack) for attack in REPORT_ATTACKS]


def retested(
    folder: Path, make: Callable[[], Classifier], *, batch_size: int = 64, **options: int
) -> tuple[RepeatCheck, list[Event]]:
    """What came of asking a model again, and the events of its run."""
    events: list[Event] = []
    plan = make_plan(load("tiny"), [FakeSource(make=make)], ATTACKS, **{"trials": 100} | options)
    (found,) = execute_plan(plan, folder, batch_size=batch_size, listener=events.append).retests
    return found, events


def test_a_model_that_answers_alike_is_asked_a_few_texts_again_and_that_is_said(tmp_path: Path) -> None:
    source = FakeSource()
    result = execute_plan(make_plan(load("tiny"), [source], ATTACKS, trials=100, minimal="none"), tmp_path)
    (found,) = result.retests
    assert (found.model, found.differed, found.difference) == ("fake", 0, 0.0)
    assert (found.batch_dependence, found.batch_difference) == ("none", 0.0)
    (model,) = source.loaded
    assert isinstance(model, LetterCounter)
    asked = [text for batch in model.asked for text in batch]
    assert found.texts >= 10
    assert 0 < found.calls < 0.05 * len(asked)
    trials = pq.read_table(tmp_path / "trials")
    once = {*trials["clean_text"].to_pylist(), *trials["perturbed_text"].to_pylist()}
    assert len(asked) == found.calls + len(once)


@pytest.mark.parametrize("make", [Padded, InOrder])
def test_a_model_whose_answer_depends_on_the_texts_beside_it_is_found_in_its_first_unit(
    tmp_path: Path, make: Callable[[], Classifier]
) -> None:
    found, events = retested(tmp_path / "batches", make)
    assert found.batch_dependence == "found"
    assert found.batch_difference is not None
    assert found.batch_difference > 0.5
    (told,) = [event for event in events if isinstance(event, BatchDependenceFound)]
    assert told.found.batch_dependence == "found"
    alone, _ = retested(tmp_path / "alone", make, batch_size=1)
    assert (alone.batch_dependence, alone.differed) == (None, 0)


def test_a_model_that_rolls_dice_is_found(tmp_path: Path) -> None:
    found, _ = retested(tmp_path, Dice, trials=260)
    assert found.is_noisy
    assert found.difference is None
    assert 0 < found.differed < found.texts / 2


def test_probabilities_that_move_are_another_answer_though_the_class_stays(tmp_path: Path) -> None:
    found, _ = retested(tmp_path, Dropout)
    assert found.is_noisy
    assert found.batch_dependence == "unknown"
    assert found.difference is not None
    assert 0.05 < found.difference <= 0.2


def test_one_text_alone_is_asked_again_too(tmp_path: Path) -> None:
    found, _ = retested(tmp_path, LetterCounter, trials=200, examples=1)
    assert found.texts > 10
    assert found.differed == 0


def test_a_few_texts_are_still_asked_again(tmp_path: Path) -> None:
    found, _ = retested(tmp_path, LetterCounter, trials=2)
    assert (found.texts, found.batch_dependence) == (1, "none")


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [
        ([0.7, 0.3], [0.7, 0.3], False),
        ([0.7, 0.3], [0.695, 0.305], False),
        ([0.7, 0.3], [0.68, 0.32], True),
        ([0.5001, 0.4999], [0.4999, 0.5001], False),
        ([0.502, 0.498], [0.498, 0.502], True),
    ],
    ids=["the same", "half precision", "further apart", "a tie", "another class"],
)
def test_when_two_answers_are_not_the_same(first: list[float], second: list[float], *, apart: bool) -> None:
    replies = [Predictions.read(np.array([each]), texts=1, classes=2) for each in (first, second)]
    assert differing_texts(*replies).tolist() == [apart]


def test_classes_alone_differ_where_they_are_not_the_same_and_no_answer_is_no_other() -> None:
    before, after = (Predictions.read(np.array(each), texts=3, classes=2) for each in ([0, 1, 1], [0, 0, 1]))
    assert differing_texts(before, after).tolist() == [False, True, False]
    assert differing_texts(before, after.without({1: "gone"})).tolist() == [False, False, False]
