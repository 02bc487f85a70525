import random
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import FakeSource, LetterCounter
from robustaudit.attacks import parse_attack
from robustaudit.core.edits import apply
from robustaudit.core.errors import ModelError
from robustaudit.core.records import Edit
from robustaudit.datasets import load
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.plan import make_plan
from robustaudit.runs.result import Result, SmallestFailures
from robustaudit.runs.smallest_failure import MOST_SUBSETS, FailingEdits, smallest_failures
from robustaudit.runs.trial import Trial, trials_in
from robustaudit.runs.work_units import WorkerProcesses

ATTACKS = [
    parse_attack(each) for each in ("qwerty", "homoglyph,qwerty", "delete+insert", "neighbor_swap|extend")
]


def edits_of(number: int) -> tuple[str, tuple[Edit, ...]]:
    """A text of so many letters, each of which an edit makes a capital."""
    return "abcdefghijklmnop"[:number], tuple(
        Edit(place, place + 1, letter) for place, letter in enumerate("ABCDEFGHIJKLMNOP"[:number])
    )


def asked(predict: Callable[[str], int], log: list[list[str]]) -> Callable[[Sequence[str]], list[int]]:
    def ask(texts: Sequence[str]) -> list[int]:
        log.append(list(texts))
        return [predict(text) for text in texts]

    return ask


def changed(text: str) -> set[str]:
    return set(filter(str.isupper, text))


@given(number=st.integers(1, 13), seed=st.integers(0, 2**32), share=st.sampled_from((0.02, 0.1, 0.5)))
def test_the_smallest_failure_fails_and_none_of_its_edits_can_be_left_out(
    number: int, seed: int, share: float
) -> None:
    """Whatever the model: here which sets of edits fail is drawn, but for none of them and all."""
    text, edits = edits_of(number)
    whole = apply(text, edits)

    def predict(given: str) -> int:
        if given in (text, whole):
            return int(given == whole)
        return int(random.Random(f"{seed} {given}").random() < share)

    log: list[list[str]] = []
    answers = {text: 0, whole: 1}
    (found,) = smallest_failures([FailingEdits(text, edits, 0)], asked(predict, log), answers)
    assert found
    assert predict(apply(text, found)) == 1
    assert set(found) <= set(edits)
    sizes = range(1, len(found)) if len(found) <= MOST_SUBSETS else [len(found) - 1]
    assert not any(predict(apply(text, part)) for size in sizes for part in combinations(found, size))
    if number <= MOST_SUBSETS:  # no set of fewer edits fails, of whichever
        smaller = (part for size in range(1, len(found)) for part in combinations(edits, size))
        assert not any(predict(apply(text, part)) for part in smaller)
    once = [each for batch in log for each in batch]
    assert len(once) == len(set(once) - {text, whole})


def test_no_more_texts_are_asked_than_a_single_edit_that_fails_takes() -> None:
    text, edits = edits_of(6)
    log: list[list[str]] = []
    answers = {text: 0, apply(text, edits): 1}
    (found,) = smallest_failures(
        [FailingEdits(text, edits, 0)], asked(lambda given: int("B" in given), log), answers
    )
    assert found == (edits[1],)
    assert [len(batch) for batch in log] == [2]


def test_of_many_edits_few_texts_are_asked() -> None:
    text, edits = edits_of(16)
    log: list[list[str]] = []
    answers = {text: 0, apply(text, edits): 1}
    (found,) = smallest_failures(
        [FailingEdits(text, edits, 0)], asked(lambda given: int({"C", "N"} <= changed(given)), log), answers
    )
    assert found == (edits[2], edits[13])
    assert sum(map(len, log)) < 60


def test_texts_without_a_prediction_fail_not() -> None:
    text, edits = edits_of(3)

    def predict(given: str) -> int:
        return 1 if {"A", "B"} <= changed(given) else -1

    answers = {text: 0, apply(text, edits): 1}
    (found,) = smallest_failures([FailingEdits(text, edits, 0)], asked(predict, []), answers)
    assert found == edits[:2]


@pytest.mark.parametrize("limit", [0, 1, 15, 16, 40, 200])
def test_a_limit_is_kept_and_the_first_are_found_first(limit: int) -> None:
    failing: list[FailingEdits] = []
    answers: dict[str, int] = {}
    for word in range(20):
        text, edits = edits_of(5)
        text = f"{text} {word}"
        failing.append(FailingEdits(text, edits, 0))
        answers |= {text: 0, apply(text, edits): 1}
    log: list[list[str]] = []
    predict = asked(lambda given: int({"D", "E"} <= changed(given)), log)
    found = smallest_failures(failing, predict, answers, limit=limit)
    assert sum(map(len, log)) <= limit
    known = [each is not None for each in found]
    assert known == sorted(known, reverse=True)
    assert any(known) == (limit >= 15)
    assert all(each is None or len(each) == 2 for each in found)


def ran(folder: Path, *, minimal: str = "all", **options: object) -> tuple[Result, list[Trial]]:
    made = make_plan(
        load("tiny"),
        [FakeSource()],
        ATTACKS,
        trials=60,
        minimal=minimal,
        seed=3,  # type: ignore[arg-type]
    )
    result = execute_plan(made, folder, **options)  # type: ignore[arg-type]
    return result, list(trials_in(shards(folder)))


def shards(folder: Path) -> pa.Table:
    return pq.read_table(folder / "trials").sort_by([("attack", "ascending"), ("trial", "ascending")])


def predicted(text: str) -> int:
    return int(np.argmax(LetterCounter().predict([text])[0]))


def test_every_failing_trial_of_a_run_has_the_smallest_set_of_its_edits_that_fails(tmp_path: Path) -> None:
    result, trials = ran(tmp_path)
    failing = [trial for trial in trials if trial.flipped]
    assert len(failing) > 40
    for trial in trials:
        assert (trial.smallest_edits is not None) == trial.flipped
    for trial in failing:
        edits = trial.shown_edits
        assert set(edits) <= set(trial.edits)
        assert predicted(apply(trial.clean_text, edits)) == trial.smallest_prediction
        assert trial.smallest_prediction != trial.clean_prediction
        assert trial.smallest_prediction_name is not None
        sizes = range(1, len(edits)) if len(edits) <= MOST_SUBSETS else [len(edits) - 1]
        for part in (part for size in sizes for part in combinations(edits, size)):
            assert predicted(apply(trial.clean_text, part)) == trial.clean_prediction
    (found,) = result.smallest_failures
    assert (found.model, found.failing) == ("fake", len(failing))
    assert sum(each.trials for each in found.found) == len(failing)
    assert sum(each.trials * each.smallest for each in found.found) == sum(
        len(trial.shown_edits) for trial in failing
    )


def test_some_take_few_more_texts_and_none_take_none(tmp_path: Path) -> None:
    texts = {}
    for minimal in ("none", "some", "all"):
        source = FakeSource()
        made = make_plan(
            load("tiny"),
            [source],
            ATTACKS,
            trials=300,
            minimal=minimal,  # type: ignore[arg-type]
        )
        result = execute_plan(made, tmp_path / minimal)
        (model,) = source.loaded
        assert isinstance(model, LetterCounter)
        texts[minimal] = sum(map(len, model.asked))
        (found,) = result.smallest_failures
        known = sum(each.trials for each in found.found)
        assert {"none": known == 0, "some": 0 < known < found.failing, "all": known == found.failing}[minimal]
    assert texts["none"] < texts["some"] < 1.04 * texts["none"] < texts["all"]


@pytest.mark.parametrize("minimal", ["some", "all"])
def test_workers_and_batches_change_no_smallest_failure(minimal: str, tmp_path: Path) -> None:
    result, _ = ran(tmp_path / "alone", minimal=minimal)
    several, _ = ran(tmp_path / "several", minimal=minimal, executor=WorkerProcesses(2))
    one_by_one, _ = ran(tmp_path / "one", minimal=minimal, batch_size=1)
    first = shards(tmp_path / "alone")
    assert first.equals(shards(tmp_path / "several"))
    assert first.equals(shards(tmp_path / "one"))
    assert result.smallest_failures == several.smallest_failures == one_by_one.smallest_failures


class BreaksOff(LetterCounter):
    """One whose machine gives up while a smallest failure is sought."""

    def predict(self, texts: Sequence[str]) -> np.ndarray:  # type: ignore[type-arg]
        if len(self.asked) > 12:
            raise RuntimeError("killed")
        return super().predict(texts)


def test_a_run_that_broke_off_has_the_same_smallest_failures_when_it_is_resumed(tmp_path: Path) -> None:
    def carry_out(folder: Path, make: Callable[[], LetterCounter] = LetterCounter) -> None:
        made = make_plan(load("tiny"), [FakeSource(make=make)], ATTACKS, trials=300, minimal="all")
        execute_plan(made, folder, batch_size=512)

    with pytest.raises(ModelError, match="of a trial with fewer of its edits"):
        carry_out(tmp_path / "resumed", BreaksOff)
    assert not (tmp_path / "resumed" / "result.json").exists()
    carry_out(tmp_path / "resumed")
    carry_out(tmp_path / "whole")
    assert shards(tmp_path / "resumed").equals(shards(tmp_path / "whole"))


class Chance(LetterCounter):
    """A model that answers by chance now and then."""

    def predict(self, texts: Sequence[str]) -> np.ndarray:  # type: ignore[type-arg]
        answer = super().predict(texts)
        for row in range(0, len(texts), 3):
            answer[row] = answer[row, :: (-1) ** len(self.asked)]
        return answer


def test_a_model_whose_predictions_vary_has_none_where_that_was_seen(tmp_path: Path) -> None:
    made = make_plan(load("tiny"), [FakeSource(make=Chance)], ATTACKS, trials=60, minimal="all")
    result = execute_plan(made, tmp_path)
    (found,) = result.smallest_failures
    assert found.failing
    assert found == SmallestFailures(model="fake", failing=found.failing)
