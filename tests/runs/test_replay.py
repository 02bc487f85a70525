from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from fakes import FakeSource, LetterCounter
from kept import forge
from robustaudit.attacks import parse_attack
from robustaudit.core.edits import apply
from robustaudit.core.errors import ModelError, UserError
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset, load
from robustaudit.models import Classifier
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.plan import make_plan
from robustaudit.runs.replay import changes_since, predict_again, redraw_trial
from robustaudit.runs.result import RepeatCheck
from robustaudit.runs.stored_run import StoredRun, open_run
from unsteady import Dice, Padded

SKIP = ErrorPolicy(on_error="skip")
ATTACKS = ("qwerty", "homoglyph, qwerty", "report-mix", "2*delete | insert@0.5", "contract@severity5")


def audited(folder: Path, dataset: Dataset | None = None) -> StoredRun:
    sources = [FakeSource("a"), FakeSource("b")]
    attacks = [parse_attack(attack) for attack in ATTACKS]
    execute_plan(make_plan(dataset or load("tiny"), sources, attacks, trials=60, examples=20, seed=3), folder)
    return open_run(folder)


def change(run: StoredRun, column: str, value: object) -> StoredRun:
    """The run with another value in one column of every trial."""

    def changed(table: pa.Table) -> pa.Table:
        place = table.column_names.index(column)
        kind = table.schema.field(column).type
        return table.set_column(place, column, pa.array([value] * len(table), kind))

    forge(run.folder, trials=changed)
    return open_run(run.folder)


def test_every_trial_is_redone_as_it_is_stored(tmp_path: Path) -> None:
    run = audited(tmp_path)
    stored = run.trials().to_pylist()
    for trial in (0, 19, 20, 59):
        found = redraw_trial(run, trial)
        assert [each.attack for each in found] == list(ATTACKS)
        for each in found:
            rows = [row for row in stored if (row["trial"], row["attack"]) == (trial, each.attack)]
            assert {row["perturbed_text"] for row in rows} == {each.drawn.text}
            assert apply(rows[0]["clean_text"], each.drawn.edits) == each.drawn.text
            assert (each.example, each.draw) == (rows[0]["example"], trial // 20)
            assert [pair.model for pair in each.predictions] == ["a", "b"]
            assert each.same


def test_a_model_and_an_attack_narrow_what_is_redone(tmp_path: Path) -> None:
    (found,) = redraw_trial(audited(tmp_path), 7, model="b", attack="homoglyph, qwerty")
    assert (found.attack, found.expression) == ("homoglyph, qwerty", "homoglyph@0.3, qwerty@0.3")
    assert [pair.model for pair in found.predictions] == ["b"]
    assert len(found.drawn.edits_by_step) == 2


def test_models_asked_again_say_what_they_said(tmp_path: Path) -> None:
    for found in redraw_trial(audited(tmp_path), 5):
        again = predict_again(found, [FakeSource("a"), FakeSource("b")])
        assert again.same
        assert [pair.same for pair in again.predictions] == [True, True]
        assert [pair.repeated for pair in again.predictions] == [pair.stored for pair in again.predictions]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("perturbed_text", "something else"),
        ("edits", [{"start": 0, "stop": 1, "replacement": "x"}]),
        ("edits_by_step", [[{"start": 0, "stop": 1, "replacement": "x"}]]),
    ],
)
def test_a_text_that_is_not_the_one_that_is_drawn_is_found(
    column: str, value: object, tmp_path: Path
) -> None:
    run = audited(tmp_path)
    run = change(run, column, value)
    (found,) = redraw_trial(run, 0, attack="qwerty")
    assert not found.same_text
    assert not found.same


@pytest.mark.parametrize(
    ("column", "value"),
    [("perturbed_prediction", 7), ("clean_probabilities", [0.4, 0.6]), ("clean_probabilities", [1.0])],
)
def test_an_answer_that_is_not_the_one_that_is_given_is_found(
    column: str, value: object, tmp_path: Path
) -> None:
    run = audited(tmp_path)
    run = change(run, column, value)
    (found,) = redraw_trial(run, 0, attack="qwerty", model="a")
    assert found.same_text
    assert not predict_again(found, [FakeSource("a")]).same


def test_digits_that_depend_on_the_batch_are_the_same(tmp_path: Path) -> None:
    run = audited(tmp_path)
    (found,) = redraw_trial(run, 0, attack="qwerty", model="a")
    run = change(run, "clean_probabilities", [p + 5e-6 for p in found.predictions[0].stored[0].probabilities])
    (found,) = redraw_trial(run, 0, attack="qwerty", model="a")
    assert predict_again(found, [FakeSource("a")]).same


class Fails(LetterCounter):
    """Answers no text with an x."""

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        if "x" in "".join(texts):
            raise RuntimeError("an x")
        return super().predict(texts)


def test_what_was_not_answered_is_asked_again_too(tmp_path: Path) -> None:
    source = FakeSource("a", make=Fails)
    examples = tuple(Example(str(n), text, 1, str(n)) for n, text in enumerate(["ax be", "see the bees"]))
    plan = make_plan(
        Dataset("mine", examples), [source], [parse_attack("delete")], trials=2, error_policy=SKIP
    )
    execute_plan(plan, tmp_path)
    run = open_run(tmp_path)
    trial = next(row["trial"] for row in run.trials().to_pylist() if row["error"])
    (found,) = redraw_trial(run, trial)
    assert predict_again(found, [source]).same
    (again,) = predict_again(found, [FakeSource("a")]).predictions
    assert not again.same
    (answered,) = redraw_trial(run, 1 - trial)
    with pytest.raises(ModelError, match="raised RuntimeError: an x"):
        predict_again(replace(answered, stored_text="x"), [source])


@pytest.mark.parametrize(
    ("make", "noise"),
    [
        (Dice, "the model gives different predictions for the same text"),
        (Padded, "its predictions depend on the batch"),
    ],
)
def test_another_answer_of_a_model_that_is_not_steady_is_noise(
    make: Callable[[], Classifier], noise: str, tmp_path: Path
) -> None:
    source = FakeSource(make=make)
    made = make_plan(load("tiny"), [source], [parse_attack("qwerty")], trials=260)
    retests = execute_plan(made, tmp_path).retests
    run = open_run(tmp_path)
    asked = [predict_again(redraw_trial(run, trial)[0], [source], retests=retests) for trial in range(40)]
    others = [each for each in asked if each.predictions[0].same is False]
    assert others
    assert {each.predictions[0].noise for each in others} == {noise}
    assert all(each.same for each in asked)
    assert not replace(others[0], same_text=False).same


def test_a_model_that_contradicts_itself_is_known_without_a_retest(tmp_path: Path) -> None:
    class Coin(LetterCounter):
        tosses = iter([0, 1, 1] * 1000)

        def predict(self, texts: Sequence[str]) -> NDArray[np.int64]:
            return np.array([next(self.tosses) for _ in texts])

    run = audited(tmp_path)
    found = change(run, "clean_prediction", 5)
    (asked,) = predict_again(
        redraw_trial(found, 0, model="a", attack="qwerty")[0], [FakeSource("a", make=Coin)]
    ).predictions
    assert asked.noise == "the model gives different predictions for the same text"
    (asked,) = predict_again(
        redraw_trial(found, 0, model="a", attack="qwerty")[0], [FakeSource("a")]
    ).predictions
    assert (asked.same, asked.noise) == (False, None)


def test_probabilities_as_far_apart_as_the_run_found_them_are_the_same(tmp_path: Path) -> None:
    run = change(audited(tmp_path), "clean_probabilities", [0.104, 0.896])
    (found,) = (each for each in redraw_trial(run, 0, model="a", attack="qwerty"))
    source = FakeSource("a", make=Certain)
    close, far = (
        predict_again(
            found, [source], retests=[RepeatCheck(model="a", texts=9, difference=difference)]
        ).predictions[0]
        for difference in (0.005, 0.001)
    )
    assert close.repeated is not None
    assert close.stored[0].agrees(close.repeated[0], close.within)
    assert not far.stored[0].agrees(far.repeated[0], far.within)


class Certain(LetterCounter):
    """A model that gives each text the same probabilities."""

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        return np.array([[0.1, 0.9]] * len(texts))


def test_another_version_other_weights_and_other_data_are_said(tmp_path: Path) -> None:
    run = audited(tmp_path)
    found = redraw_trial(run, 0, attack="qwerty")
    assert changes_since(run, found, [FakeSource("a"), FakeSource("b")]) == []
    forge(tmp_path, lambda plan: plan.update(robustaudit="0.0.1"))
    run = open_run(tmp_path)
    run = change(run, "clean_text", "another text")
    version, weights, data = changes_since(
        run, redraw_trial(run, 0, attack="qwerty"), [FakeSource("b", digest="d2")]
    )
    assert version.startswith("the run is of robustaudit 0.0.1, this is ")
    assert weights == "model b has other weights than in the run"
    assert data == f"example {found[0].example!r} of data 'tiny' is another text now, or gone"


@pytest.mark.parametrize(
    ("name", "reading"), [("theirs.csv", {}), ("mine.csv", {"text_column": "title"})], ids=str
)
def test_data_that_is_not_at_hand_or_was_read_by_options_is_no_change(
    name: str, reading: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.csv").write_text("id,text,title,label\n1,text,title,1\n", encoding="utf-8")
    run = audited(tmp_path / "run", Dataset(name, load("tiny").examples, reading=reading))
    assert changes_since(run, redraw_trial(run, 0), []) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"trial": 60}, "trial must be at most 59, got 60"),
        ({"trial": -1}, "trial must be at least 0, got -1"),
        ({"trial": 0, "model": "c"}, "unknown model 'c': the run has a, b"),
        ({"trial": 0, "attack": "qwert"}, "unknown attack 'qwert': did you mean 'qwerty'?"),
    ],
)
def test_what_the_plan_does_not_have_is_refused(
    options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError) as caught:
        redraw_trial(audited(tmp_path), **options)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_a_trial_that_is_not_finished_is_refused(tmp_path: Path) -> None:
    run = audited(tmp_path)
    for shard in (tmp_path / "trials").iterdir():
        shard.unlink()
    with pytest.raises(UserError, match=r"trial 3 of run '.*' is not finished: start the run again"):
        redraw_trial(run, 3)
