"""How many trials an audit makes whose user names no number."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from robustaudit import audit
from robustaudit.core.arrays import Integers
from robustaudit.core.errors import ModelError
from robustaudit.core.records import Example
from robustaudit.models import ExternalModel
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.trial_choice import TrialChoice, choose_trials

TEXTS = [(f"a {'good' if place % 2 else 'bad'} film, number {place}", place % 2) for place in range(500)]


class Clock:
    """A clock that only a model moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(time, "perf_counter", made)
    return made


class Model:
    """A model that takes so many seconds for a text, and counts the texts."""

    labels = ("negative", "positive")

    def __init__(self, clock: Clock, seconds: float) -> None:
        self.asked = 0
        self._clock, self._seconds = clock, seconds

    def predict(self, texts: Sequence[str]) -> Integers:
        self.asked += len(texts)
        self._clock.now += self._seconds * len(texts)
        return np.array(["good" in text for text in texts], dtype=np.int64)


class Remote(Model):
    """A model that is queried over a network, as it caches its predictions."""

    def predict_anew(self, texts: Sequence[str], *, asking: str) -> Integers:  # noqa: ARG002
        return self.predict(texts)


class Failing:
    """A model that has no predictions."""

    labels = Model.labels

    def __init__(self, predict: Callable[[Sequence[str]], Integers]) -> None:
        self.predict = predict


def trials_of(model: Any, **given: Any) -> int:
    found: int = audit(model, TEXTS, attacks="delete", **given).result.plan["trials"]
    return found


@pytest.mark.parametrize(("seconds", "trials"), [(0.0001, 500), (0.06, 200), (0.1, 100), (2.0, 100)])
def test_a_run_makes_as_many_trials_as_take_half_a_minute_within_the_data(
    clock: Clock, seconds: float, trials: int
) -> None:
    assert trials_of(Model(clock, seconds)) == trials


def test_beyond_the_ladder_the_number_is_not_called_all_examples(clock: Clock) -> None:
    texts = [(f"{text}, again {part}", label) for part in range(4) for text, label in TEXTS]
    found = audit(Model(clock, 0.0001), texts, attacks="delete")
    (said,) = (note for note in found.notes if "trials per model" in note)
    assert said.startswith("1,600 trials per model and attack, the most that are made if you give no number")


def test_a_model_over_a_network_is_asked_nothing_and_has_the_smallest_number(clock: Clock) -> None:
    model = Remote(clock, 0.0)
    source = ExternalModel(name="m", title="", labels=Model.labels, digest="", make=lambda: model)
    examples = [Example(str(place), text, label, str(place)) for place, (text, label) in enumerate(TEXTS)]
    chosen = choose_trials([source], examples, attacks=1, batch_size=64, error_policy=ErrorPolicy())
    assert (chosen, model.asked) == (TrialChoice(100, "as a model is queried over a network"), 0)


@pytest.mark.parametrize(
    ("given", "trials"), [({"trials": 30}, 30), ({"examples": 50}, 100), ({"max_calls": 10_000}, 100)]
)
def test_numbers_that_are_given_are_kept(clock: Clock, given: dict[str, int], trials: int) -> None:
    model = Model(clock, 0.0001)
    assert trials_of(model, **given) == trials


@pytest.mark.usefixtures("clock")
def test_the_number_is_said_with_how_to_set_it_and_a_second_start_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = audit("tfidf", TEXTS, attacks="delete", output=tmp_path / "run")
    said = [note for note in found.notes if "trials per model" in note]
    why = "one for each example of the data"
    assert said == [f"500 trials per model and attack, {why}; trials= sets another number"]
    monkeypatch.setattr("robustaudit.api.auditing.choose_trials", lambda *_, **__: TrialChoice(100, ""))
    again = audit("tfidf", TEXTS, attacks="delete", output=tmp_path / "run")
    assert again.result.plan["trials"] == 500


@pytest.mark.parametrize(
    ("seconds", "why"),
    [
        (0.0001, "one for each example of the data"),
        (0.06, "as many as take about half a minute here"),
        (2.0, "as more would take longer than half a minute here"),
    ],
)
def test_the_reason_that_is_said_is_the_one_that_applies(clock: Clock, seconds: float, why: str) -> None:
    notes = audit(Model(clock, seconds), TEXTS, attacks="delete").notes
    (said,) = (note for note in notes if "trials per model" in note)
    assert said.endswith(f" trials per model and attack, {why}; trials= sets another number")


def test_a_model_that_fails_when_it_is_timed_has_that_as_its_reason() -> None:
    def fails(texts: Sequence[str]) -> Integers:  # noqa: ARG001
        raise ModelError("no")

    source = ExternalModel(name="m", title="", labels=Model.labels, digest="", make=lambda: Failing(fails))
    examples = [Example(str(place), text, label, str(place)) for place, (text, label) in enumerate(TEXTS)]
    chosen = choose_trials([source], examples, attacks=1, batch_size=64, error_policy=ErrorPolicy())
    assert chosen == TrialChoice(100, "as a model failed when it was timed")


def test_a_model_that_fails_is_reported_by_the_run() -> None:
    def fails(texts: Sequence[str]) -> Integers:  # noqa: ARG001
        raise ValueError("no")

    judge: Callable[[Sequence[str]], Integers] = fails
    with pytest.raises(Exception, match="raised ValueError: no; the text was of example"):
        trials_of(judge)
