from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from fakes import FakeSource, LetterCounter
from robustaudit.attacks import parse_attack
from robustaudit.core.errors import ModelError
from robustaudit.datasets import load, single
from robustaudit.models import Classifier
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.events import Event, NoiseCheckStarted
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.plan import Plan, make_plan
from robustaudit.runs.repeat_check import with_independent_noise
from robustaudit.runs.result import Result
from robustaudit.runs.work_units import WorkerProcesses
from robustaudit.statistics.estimates import measure, with_intervals
from robustaudit.statistics.measures import Estimate
from robustaudit.statistics.outcomes import TrialOutcomes
from robustaudit.statistics.sequential import SequentialTest
from unsteady import Dice, Dropout

ATTACKS = [parse_attack(attack) for attack in ("qwerty", "contract")]


def plan(make: Callable[[], Classifier], *, trials: int = 260, **options: Any) -> Plan:
    return make_plan(load("tiny"), [FakeSource(make=make)], ATTACKS, trials=trials, **options)


def stored(folder: Path) -> pa.Table:
    return pa.concat_tables(pq.read_table(path) for path in sorted((folder / "trials").iterdir()))


class Halves(LetterCounter):
    """A model that tosses a coin for texts with an `i`, which it knows no better."""

    tosses = np.random.default_rng(1)

    def predict(self, texts: Sequence[str]) -> NDArray[np.int64]:
        sure = super().predict(texts).argmax(axis=1)
        return np.where(["i" in text for text in texts], self.tosses.integers(0, 2, len(texts)), sure)


def test_the_noise_of_a_model_that_contradicts_itself_is_what_its_trials_say(tmp_path: Path) -> None:
    result = execute_plan(plan(Halves), tmp_path)
    trials = stored(tmp_path).to_pylist()
    (found,) = result.retests
    assert found.is_noisy
    assert found.each_draw
    assert found.noise
    for row in result.rows:
        cell = [trial for trial in trials if trial["attack"] == row.attack]
        contradicted = {t["trial"]: t["clean_repeat_prediction"] != t["clean_prediction"] for t in cell}
        assert all(trial["clean_repeat_prediction"] is not None for trial in cell)
        assert found.noise.value == pytest.approx(np.mean(list(contradicted.values())))
        changed = [trial for trial in cell if trial["changed"]]
        noise = np.mean([contradicted[trial["trial"]] for trial in changed])
        flips = np.mean([trial["clean_prediction"] != trial["perturbed_prediction"] for trial in changed])
        assert row.on_changed.noise
        assert row.on_changed.noise.value == pytest.approx(noise)
        assert row.on_changed.flip_rate_beyond_noise
        assert row.on_changed.flip_rate_beyond_noise.value == pytest.approx(flips - noise)
        assert row.on_changed.flip_rate_beyond_noise.has_interval
        assert row.example_trial
        shown = next(trial for trial in changed if trial["trial"] == row.example_trial.trial)
        assert not contradicted[shown["trial"]]
    assert {row.on_changed.noise is not None for row in result.slices} == {True}


def test_a_model_that_does_not_is_asked_no_more_and_has_no_noise(tmp_path: Path) -> None:
    events: list[Event] = []
    result = execute_plan(plan(LetterCounter), tmp_path, listener=events.append)
    assert not any(isinstance(event, NoiseCheckStarted) for event in events)
    assert stored(tmp_path)["clean_repeat_prediction"].null_count == len(stored(tmp_path))
    assert {(row.on_changed.noise, row.on_changed.flip_rate_beyond_noise) for row in result.rows} == {
        (None, None)
    }


def test_probabilities_that_move_without_another_class_are_noise_of_nothing(tmp_path: Path) -> None:
    (found,) = execute_plan(plan(Dropout), tmp_path).retests
    assert found.is_noisy
    assert found.noise
    assert found.noise.value == 0.0


TEXT = single("I loved the food and the service was great!", "1")


class Blind(LetterCounter):
    """A model that no attack troubles: it is right, but for a tenth of its answers, which are dice."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._rolls = np.random.default_rng(seed)

    def predict(self, texts: Sequence[str]) -> NDArray[np.int64]:
        rolled = self._rolls.random(len(texts)) < 0.1
        return np.where(rolled, self._rolls.integers(0, 2, len(texts)), 1)


def of_one_text(folder: Path, seed: int) -> Result:
    source = FakeSource(make=lambda: Blind(seed))
    return execute_plan(make_plan(TEXT, [source], [parse_attack("qwerty")], trials=100, seed=seed), folder)


def test_noise_on_one_text_is_no_drop(tmp_path: Path) -> None:
    """With one clean answer for all draws, 197 of 200 such intervals left 0 out."""
    drops = [of_one_text(tmp_path / str(seed), seed).rows[0].drop for seed in range(20)]
    covered = [drop is not None and drop.low <= 0 <= drop.high for drop in drops]  # type: ignore[operator]
    assert sum(covered) >= 18


def test_the_draws_of_one_text_have_clean_answers_of_their_own_where_the_model_is_noisy() -> None:
    """The interval of a drop, of noise and of flips beyond it, in runs without an effect."""
    rng = np.random.default_rng(5)
    held = {"drop": 0, "noise": 0, "clean_accuracy": 0}
    wrong, runs = 0.05, 400
    truth = {"drop": 0.0, "noise": 2 * wrong * (1 - wrong), "clean_accuracy": 1 - wrong}
    for _ in range(runs):
        measures = with_intervals(measure(with_independent_noise(answers(rng, wrong), "draw"), "draw"))
        for name in held:
            found = getattr(measures, name)
            held[name] += found.low <= truth[name] <= found.high
    assert {name: hits / runs >= 0.93 for name, hits in held.items()} == dict.fromkeys(held, True)


def answers(rng: np.random.Generator, wrong: float, draws: int = 100) -> TrialOutcomes:
    """Draws of one text with one clean answer in common, and one for each."""
    once, again, perturbed = ((rng.random(size) >= wrong).astype(int) for size in (1, draws, draws))
    zeros = np.zeros(draws, dtype=np.int64)
    return TrialOutcomes.of_classes(
        example=zeros,
        group=zeros,
        label=zeros + 1,
        clean=np.repeat(once, draws),
        perturbed=perturbed,
        clean_repeated=again,
    )


def test_a_steady_model_keeps_clopper_and_pearsons_interval_on_one_text(tmp_path: Path) -> None:
    """Its flips are reason to ask the clean text once a draw; that it is steady then is known."""
    source = FakeSource()
    result = execute_plan(make_plan(TEXT, [source], [parse_attack("qwerty")], trials=100), tmp_path)
    (row,), (found,) = result.rows, result.retests
    assert row.flips > 0
    assert found.each_draw
    assert not found.is_noisy
    assert found.texts > 100
    assert row.on_changed.noise is None
    assert row.clean_accuracy
    assert not row.clean_accuracy.has_interval


def test_one_that_gives_labels_alone_may_be_noisy_all_the_same(tmp_path: Path) -> None:
    class Labels(LetterCounter):
        def predict(self, texts: Sequence[str]) -> NDArray[np.int64]:
            return super().predict(texts).argmax(axis=1)

    def drop(make: Callable[[], Classifier], folder: Path) -> Estimate:
        made = make_plan(TEXT, [FakeSource(make=make)], [parse_attack("qwerty")], trials=100)
        (row,) = execute_plan(made, folder).rows
        assert row.on_changed.noise is None
        assert row.drop
        return row.drop

    sure, unsure = drop(LetterCounter, tmp_path / "sure"), drop(Labels, tmp_path / "unsure")
    assert sure.value == unsure.value
    assert unsure.low < sure.low < sure.high <= unsure.high  # type: ignore[operator]


def test_a_run_that_is_until_decided_keeps_its_decisions(tmp_path: Path) -> None:
    sequential_test = SequentialTest(max_drop=0.05)
    made = make_plan(
        load("tiny"), [FakeSource(make=Halves)], ATTACKS, trials=260, sequential_test=sequential_test
    )
    first = execute_plan(made, tmp_path)
    again = FakeSource(make=Halves)
    second = execute_plan(
        make_plan(load("tiny"), [again], ATTACKS, trials=260, sequential_test=sequential_test), tmp_path
    )
    assert again.loaded == []
    assert first.decisions == second.decisions
    assert first.rows == second.rows
    assert first.retests == second.retests


class GivesUp(Halves):
    """A noisy model that raises once it was asked so many texts."""

    left = 0

    def __init__(self) -> None:
        super().__init__()
        self.tosses = np.random.default_rng(1)

    def predict(self, texts: Sequence[str]) -> NDArray[np.int64]:
        type(self).left -= len(texts)
        if type(self).left < 0:
            raise RuntimeError("killed")
        return super().predict(texts)


def test_asking_again_stops_and_goes_on_as_a_run_does(tmp_path: Path) -> None:
    GivesUp.left = 10_000
    whole = execute_plan(plan(GivesUp), tmp_path / "whole")
    GivesUp.left = 10_000 - GivesUp.left - 100
    events: list[Event] = []
    with pytest.raises(ModelError, match=r"raised RuntimeError: killed; the text was of example"):
        execute_plan(plan(GivesUp), tmp_path / "killed", listener=events.append)
    assert NoiseCheckStarted("fake") in events
    assert not (tmp_path / "killed" / "result.json").exists()
    GivesUp.left = 260  # a clean text for each draw, and none of the rest again
    again = execute_plan(plan(GivesUp), tmp_path / "killed")
    assert GivesUp.left == 0
    assert again.retests[0].texts == whole.retests[0].texts


def test_processes_beside_this_one_ask_again_too(tmp_path: Path) -> None:
    with closing(WorkerProcesses(2)) as workers:
        (found,) = execute_plan(plan(Dice, trials=520), tmp_path, executor=workers).retests
    assert found.each_draw
    assert stored(tmp_path)["clean_repeat_prediction"].null_count == 0


def test_a_clean_text_that_has_no_answer_the_next_time_contradicts_nothing(tmp_path: Path) -> None:
    class Once(Halves):
        def predict(self, texts: Sequence[str]) -> NDArray[np.int64]:
            before = {text for batch in self.asked for text in batch}
            if any("k" in text and text in before for text in texts):
                raise RuntimeError("not twice")
            return super().predict(texts)

    result = execute_plan(plan(Once, error_policy=ErrorPolicy(on_error="skip")), tmp_path)
    trials = stored(tmp_path).to_pylist()
    assert all(row.skipped == 0 for row in result.rows)
    assert all((trial["clean_repeat_prediction"] is None) == ("k" in trial["clean_text"]) for trial in trials)
    asked = [trial for trial in trials if "k" not in trial["clean_text"]]
    contradicted = [trial["clean_repeat_prediction"] != trial["clean_prediction"] for trial in asked]
    assert result.retests[0].noise
    assert result.retests[0].noise.value == pytest.approx(np.mean(contradicted))
