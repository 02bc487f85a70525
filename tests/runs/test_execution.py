import json
import pickle
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from fakes import Backwards, FakeSource, LetterCounter
from robustaudit.attacks import REPORT_ATTACKS, parse_attack
from robustaudit.core.edits import apply
from robustaudit.core.errors import ModelError
from robustaudit.core.records import Edit
from robustaudit.datasets import load, single
from robustaudit.models import MissingPredictions
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.events import Event, ModelLoaded, RunStarted, UnitDone
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.plan import Plan, make_plan
from robustaudit.runs.result import Truncation
from robustaudit.runs.trial import TRIALS
from robustaudit.statistics.measures import Measures


def plan(
    *,
    trials: int = 60,
    seed: int = 0,
    source: FakeSource | None = None,
    error_policy: ErrorPolicy | None = None,
    **options: Any,
) -> Plan:
    attacks = [parse_attack(attack) for attack in (*REPORT_ATTACKS, "homoglyph,qwerty")]
    return make_plan(
        load("tiny"),
        [source or FakeSource()],
        attacks,
        trials=trials,
        seed=seed,
        error_policy=error_policy,
        **options,
    )


def stored(folder: Path) -> pa.Table:
    shards = sorted((folder / "trials").glob("*.parquet"))
    return pa.concat_tables(pq.read_table(shard) for shard in shards)


def rows_of(folder: Path) -> list[dict[str, Any]]:
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))["rows"]


def test_the_rows_are_what_the_trials_say(tmp_path: Path) -> None:
    """Every figure again from the shards, with plain Python."""
    execute_plan(plan(trials=200, examples=50), tmp_path)
    trials = stored(tmp_path).to_pylist()
    for row in rows_of(tmp_path):
        cell = [trial for trial in trials if trial["attack"] == row["attack"]]
        changed = [trial for trial in cell if trial["clean_text"] != trial["perturbed_text"]]
        assert (row["trials"], row["trials_changed"]) == (200, len(changed))
        assert row["changed_share"] == pytest.approx(len(changed) / 200)
        assert row["examples_changed"] == len({trial["example"] for trial in changed})
        measures, over_all = row["on_changed"], row["on_all"]
        clean, perturbed, drop = (
            measures[name]["value"] for name in ("clean_accuracy", "perturbed_accuracy", "drop")
        )
        assert clean == pytest.approx(mean_of_means(changed, "clean"))
        assert perturbed == pytest.approx(mean_of_means(changed, "perturbed"))
        assert drop == pytest.approx(clean - perturbed)
        assert over_all["clean_accuracy"]["value"] == pytest.approx(mean_of_means(cell, "clean"))
        assert over_all["drop"]["value"] == pytest.approx(
            mean_of_means(cell, "clean") - mean_of_means(cell, "perturbed")
        )
        assert row["flips"] == sum(t["clean_prediction"] != t["perturbed_prediction"] for t in changed)
        assert measures["drop"]["low"] <= drop <= measures["drop"]["high"]


def mean_of_means(trials: list[dict[str, Any]], when: str) -> float:
    right: dict[object, list[bool]] = {}
    for trial in trials:
        right.setdefault(trial["example"], []).append(trial[f"{when}_prediction"] == trial["label"])
    return float(np.mean([np.mean(answers) for answers in right.values()]))


def test_a_trial_can_be_redone_from_its_edits(tmp_path: Path) -> None:
    execute_plan(plan(), tmp_path)
    for trial in stored(tmp_path).to_pylist():
        edits = [Edit(**edit) for edit in trial["edits"]]
        assert apply(trial["clean_text"], edits) == trial["perturbed_text"]
        assert trial["changed"] == bool(edits)
        assert 0 <= trial["edit_share"] <= 1
        assert (trial["edit_share"] > 0) == trial["changed"]
        changed = sum(max(edit.stop - edit.start, len(edit.replacement)) for edit in edits)
        assert trial["character_share"] == pytest.approx(changed / len(trial["clean_text"]))
        text = trial["clean_text"]
        for part in trial["edits_by_step"]:
            text = apply(text, [Edit(**edit) for edit in part])
        assert text == trial["perturbed_text"]


def test_nothing_changed_is_never_survival(tmp_path: Path) -> None:
    review = single("I loved the food and the service was great!", "1")
    result = execute_plan(make_plan(review, [FakeSource()], [parse_attack("contract")], trials=100), tmp_path)
    (row,) = result.rows
    assert (row.trials, row.trials_changed, row.changed_share) == (100, 0, 0)
    assert row.on_changed == Measures()
    assert row.on_all.clean_accuracy
    assert row.on_all.drop
    assert (row.on_all.clean_accuracy.value, row.on_all.drop.value) == (1.0, 0.0)
    assert row.example_trial is None


def test_clean_texts_duplicates_and_no_ops_are_asked_once_in_all(tmp_path: Path) -> None:
    source = FakeSource()
    result = execute_plan(plan(trials=40, examples=1, source=source), tmp_path)
    (model,) = source.loaded
    assert isinstance(model, LetterCounter)
    asked = [text for batch in model.asked for text in batch]
    trials = stored(tmp_path)
    wanted = {*trials["clean_text"].to_pylist(), *trials["perturbed_text"].to_pylist()}
    assert len(asked) - result.retests[0].calls == len(set(asked)) == len(wanted) < len(trials)


@pytest.mark.parametrize("batch_size", [1, 256])
def test_the_batch_size_changes_neither_texts_nor_rows(tmp_path: Path, batch_size: int) -> None:
    execute_plan(plan(), tmp_path / "a")
    execute_plan(plan(), tmp_path / "b", batch_size=batch_size)
    assert stored(tmp_path / "a").equals(stored(tmp_path / "b"))
    assert rows_of(tmp_path / "a") == rows_of(tmp_path / "b")


def test_all_models_see_the_same_texts_in_whatever_order_they_come(tmp_path: Path) -> None:
    sources = [FakeSource("a"), FakeSource("b")]
    attacks = [parse_attack("report-mix")]
    for name, order in (("ab", sources), ("ba", sources[::-1])):
        execute_plan(make_plan(load("tiny"), order, attacks, trials=50), tmp_path / name)
    found = {name: sorted(rows_of(tmp_path / name), key=lambda row: row["model"]) for name in ("ab", "ba")}
    assert found["ab"] == found["ba"]
    assert [row["model"] for row in rows_of(tmp_path / "ba")] == ["b", "a"]
    trials = stored(tmp_path / "ab")
    texts = [
        trials.filter(pa.compute.equal(trials["model"], pa.scalar(model)))["perturbed_text"] for model in "ab"
    ]
    assert texts[0].equals(texts[1])


def test_another_seed_gives_other_texts(tmp_path: Path) -> None:
    execute_plan(plan(), tmp_path / "0")
    execute_plan(plan(seed=1), tmp_path / "1")
    first, second = (stored(tmp_path / seed).select(["perturbed_text"]) for seed in "01")
    assert not first.equals(second)


class FailsAfter(LetterCounter):
    """A model whose machine gives up in the middle of a run."""

    left = 12

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        type(self).left -= 1
        if type(self).left < 0:
            raise RuntimeError("killed")
        return super().predict(texts)


def test_a_run_that_broke_goes_on_where_it_was_and_ends_alike(tmp_path: Path) -> None:
    events: list[Event] = []
    broken = plan(trials=200, source=FakeSource(make=FailsAfter), minimal="none")
    with pytest.raises(ModelError, match="killed"):
        execute_plan(broken, tmp_path / "a", batch_size=512)
    kept = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "a" / "trials").iterdir()}
    assert kept
    assert not (tmp_path / "a" / "result.json").exists()
    whole = plan(trials=200, minimal="none")
    execute_plan(whole, tmp_path / "a", listener=events.append)
    execute_plan(whole, tmp_path / "b")
    again = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "a" / "trials").iterdir()}
    assert kept.items() <= again.items()
    assert rows_of(tmp_path / "a") == rows_of(tmp_path / "b")
    assert isinstance(events[0], RunStarted)
    assert 0 < events[0].done < events[0].total == 200 * 10


class ReadsBeginnings(LetterCounter):
    """A model that reads 60 characters of a text, and says so."""

    max_tokens = 60

    def count_truncated(self, texts: Sequence[str]) -> int:
        return sum(len(text) > self.max_tokens for text in texts)


class BreaksOff(ReadsBeginnings, FailsAfter):
    """One whose machine gives up in the middle."""


def test_texts_that_a_model_does_not_read_to_their_end_are_counted_once_each(tmp_path: Path) -> None:
    """Whatever the draws of each and the order of units, and in a run that resumed."""
    source = FakeSource(make=ReadsBeginnings)
    for folder, trials, executor in (("a", 60, None), ("b", 1500, Backwards())):
        found = plan(trials=trials, source=source)
        longer = sum(len(example.text) > 60 for example in found.examples)
        (check,) = execute_plan(found, tmp_path / folder, executor=executor).retests
        assert check.truncation == Truncation(len(found.examples), longer, 60)
        assert 0 < longer < len(found.examples)
    BreaksOff.left = 12
    with pytest.raises(ModelError, match="killed"):
        execute_plan(plan(trials=1500, source=FakeSource(make=BreaksOff)), tmp_path / "c")
    assert execute_plan(found, tmp_path / "c").retests == execute_plan(found, tmp_path / "b").retests
    assert execute_plan(plan(), tmp_path / "d").retests[0].truncation is None


def test_a_finished_run_asks_no_model(tmp_path: Path) -> None:
    execute_plan(plan(), tmp_path)
    again = FakeSource()
    first = rows_of(tmp_path)
    execute_plan(plan(source=again), tmp_path)
    assert again.loaded == []
    assert rows_of(tmp_path) == first


def test_the_events_add_up(tmp_path: Path) -> None:
    events: list[Event] = []
    execute_plan(plan(trials=200), tmp_path, listener=events.append)
    assert [event for event in events if isinstance(event, ModelLoaded)] == [
        ModelLoaded("fake", "counts letters")
    ]
    assert sum(event.trials for event in events if isinstance(event, UnitDone)) == 200 * 10


def test_units_may_finish_in_any_order(tmp_path: Path) -> None:
    execute_plan(plan(trials=200), tmp_path / "a")
    execute_plan(plan(trials=200), tmp_path / "b", executor=Backwards())
    assert rows_of(tmp_path / "a") == rows_of(tmp_path / "b")


def test_the_shown_trial_is_one_that_the_model_lost_where_there_is_one(tmp_path: Path) -> None:
    for row in execute_plan(plan(trials=200), tmp_path).rows:
        if row.example_trial and row.flips and row.drop and row.drop.value > 0:
            assert (
                row.example_trial.clean_prediction
                == row.example_trial.label
                != row.example_trial.perturbed_prediction
            )
            assert (
                apply(row.example_trial.clean_text, row.example_trial.edits)
                == row.example_trial.perturbed_text
            )


class FailsOn(LetterCounter):
    """A model that fails on texts with a `q`."""

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        if any("q" in text for text in texts):
            raise RuntimeError("no q")
        return super().predict(texts)


SKIP = ErrorPolicy(on_error="skip")


def test_trials_without_an_answer_are_kept_counted_and_left_out_of_all_else(tmp_path: Path) -> None:
    made = plan(trials=200, source=FakeSource(make=FailsOn), error_policy=SKIP)
    result = execute_plan(made, tmp_path / "skipping")
    trials = stored(tmp_path / "skipping").to_pylist()
    assert len(trials) == 200 * 10
    for row in result.rows:
        cell = [trial for trial in trials if trial["attack"] == row.attack]
        answered = [trial for trial in cell if trial["error"] is None]
        assert (row.trials, row.skipped) == (200, 200 - len(answered))
        assert row.trials_changed == sum(trial["changed"] for trial in answered)
        assert row.on_all.clean_accuracy.value == pytest.approx(mean_of_means(answered, "clean"))
    assert sum(row.skipped for row in result.rows) > 0
    for trial in trials:
        for when in ("clean", "perturbed"):
            asked = "q" not in trial[f"{when}_text"]
            values = [trial[f"{when}_{what}"] for what in ("prediction", "probability", "probabilities")]
            assert [value is not None for value in values] == [asked] * 3
        failed = "q" in trial["clean_text"] or "q" in trial["perturbed_text"]
        assert trial["error"] == ("raised RuntimeError: no q" if failed else None)


class Refuses(LetterCounter):
    """A model that replies to texts with a `q` without an answer, and to those with a `j` not at all."""

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        reasons = {row: "I can't" for row, text in enumerate(texts) if "q" in text or "j" in text}
        if reasons:
            failed = [row for row in reasons if "j" in texts[row]]
            raise MissingPredictions(super().predict(texts), reasons, failed)
        return super().predict(texts)


def test_no_answer_is_an_outcome_of_its_own_and_counted_where_the_perturbation_took_it(
    tmp_path: Path,
) -> None:
    result = execute_plan(plan(trials=200, source=FakeSource(make=Refuses), error_policy=SKIP), tmp_path)

    def outcome(text: str) -> str:
        return "failed" if "j" in text else "no answer" if "q" in text else "answered"

    trials = stored(tmp_path).to_pylist()
    for trial in trials:
        clean, perturbed = outcome(trial["clean_text"]), outcome(trial["perturbed_text"])
        assert trial["outcome"] == (perturbed if clean == "answered" else clean)
    for row in result.rows:
        cell = [trial for trial in trials if trial["attack"] == row.attack]
        lost = [trial for trial in cell if outcome(trial["clean_text"]) == "answered"]
        assert row.no_prediction == sum(outcome(trial["perturbed_text"]) == "no answer" for trial in lost)
        assert row.skipped == sum(trial["outcome"] != "answered" for trial in cell)
    assert 0 < sum(row.no_prediction for row in result.rows) < sum(row.skipped for row in result.rows)
    by_label = [row for row in result.slices if row.slice and row.slice.column == "true label"]
    assert sum(row.no_prediction for row in by_label) == sum(row.no_prediction for row in result.rows)


def test_trials_that_were_skipped_change_no_other(tmp_path: Path) -> None:
    failing = FakeSource(make=FailsOn)
    execute_plan(plan(trials=200, source=failing, error_policy=SKIP, minimal="none"), tmp_path / "skipping")
    execute_plan(plan(trials=200, minimal="none"), tmp_path / "whole")
    skipping, whole = stored(tmp_path / "skipping"), stored(tmp_path / "whole")
    answered = pa.compute.is_null(skipping["error"])
    assert skipping.filter(answered).equals(whole.filter(answered))


def test_the_message_of_a_run_that_stops_names_the_example(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        execute_plan(plan(trials=200, source=FakeSource(make=FailsOn)), tmp_path)
    pattern = r"model 'fake' raised RuntimeError: no q; the text was of example '([\w-]+)'.*: (['\"]).*q.*\2"
    found = re.fullmatch(pattern, str(caught.value))
    assert found
    assert found[1] in {example.id for example in load("tiny").examples}
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # as from another process


def test_a_row_of_which_all_is_skipped_says_nothing(tmp_path: Path) -> None:
    review = single("quite", "1")
    made = make_plan(
        review, [FakeSource(make=FailsOn)], [parse_attack("add_mark")], trials=1, error_policy=SKIP
    )
    (row,) = execute_plan(made, tmp_path, batch_size=1).rows
    assert (row.trials, row.skipped, row.trials_changed, row.changed_share) == (1, 1, 0, 0)
    assert (row.on_changed, row.on_all, row.example_trial) == (Measures(), Measures(), None)


def test_a_model_of_labels_alone_loses_the_probabilities_and_nothing_else(tmp_path: Path) -> None:
    class Labels(LetterCounter):
        def predict(self, texts: Sequence[str]) -> NDArray[np.int64]:
            return super().predict(texts).argmax(axis=1)

    rows = execute_plan(plan(), tmp_path / "probabilities").rows
    unknown = (
        "probability_change",
        "clean_squared_calibration_error",
        "perturbed_squared_calibration_error",
        "squared_calibration_error_change",
        "brier_change",
    )
    without = {which: dict.fromkeys(unknown) for which in ("on_changed", "on_all")}
    bare = dict.fromkeys(name for name in TRIALS.names if "probabilit" in name)
    expected = [
        replace(
            row,
            **{which: replace(getattr(row, which), **nothing) for which, nothing in without.items()},
            example_trial=replace(row.example_trial, **bare) if row.example_trial else None,
        )
        for row in rows
    ]
    assert list(execute_plan(plan(source=FakeSource(make=Labels)), tmp_path / "labels").rows) == expected
    trials = stored(tmp_path / "labels")
    for name in trials.column_names:
        lacking = "probabilit" in name or name in ("error", "clean_repeat_prediction")
        assert trials[name].null_count == (len(trials) if lacking else 0) or "smallest" in name


def test_any_name_of_a_model_makes_files(tmp_path: Path) -> None:
    names = ["../up", "a/b", "A/b", "x" * 300, "hf:ü?labels=a,b", "con", ""]
    made = make_plan(
        load("tiny"), [FakeSource(name) for name in names], [parse_attack("qwerty")], trials=1, examples=1
    )
    assert [row.model for row in execute_plan(made, tmp_path / "out").rows] == names
    assert len(list((tmp_path / "out/trials").iterdir())) == len(names)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
