import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from fakes import FakeSource, LetterCounter
from robustaudit.attacks import REPORT_ATTACKS, parse_attack
from robustaudit.core.edits import apply
from robustaudit.core.errors import ModelError
from robustaudit.core.records import Edit
from robustaudit.datasets import load, single
from robustaudit.engine import Event, Measures, ModelLoaded, Plan, RunStarted, UnitDone, audit, make_plan
from robustaudit.engine.plan import Unit


def plan(*, trials: int = 60, seed: int = 0, source: FakeSource | None = None, **options: int) -> Plan:
    attacks = [parse_attack(attack) for attack in (*REPORT_ATTACKS, "homoglyph,qwerty")]
    return make_plan(load("tiny"), [source or FakeSource()], attacks, trials=trials, seed=seed, **options)


def stored(folder: Path) -> pa.Table:
    shards = sorted((folder / "trials").glob("*.parquet"))
    return pa.concat_tables(pq.read_table(shard) for shard in shards)


def rows_of(folder: Path) -> list[dict[str, object]]:
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))["rows"]


def test_the_rows_are_what_the_trials_say(tmp_path: Path) -> None:
    """Every figure again from the shards, with plain Python."""
    audit(plan(trials=200, examples=50), tmp_path)
    trials = stored(tmp_path).to_pylist()
    for row in rows_of(tmp_path):
        cell = [trial for trial in trials if trial["attack"] == row["attack"]]
        changed = [trial for trial in cell if trial["clean_text"] != trial["perturbed_text"]]
        assert (row["trials"], row["trials_changed"]) == (200, len(changed))
        assert row["changed_share"] == pytest.approx(len(changed) / 200)
        assert row["examples_changed"] == len({trial["example"] for trial in changed})
        measures, over_all = row["changed"], row["all"]
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


def mean_of_means(trials: list[dict[str, object]], when: str) -> float:
    right: dict[object, list[bool]] = {}
    for trial in trials:
        right.setdefault(trial["example"], []).append(trial[f"{when}_prediction"] == trial["label"])
    return float(np.mean([np.mean(answers) for answers in right.values()]))


def test_a_trial_can_be_redone_from_its_edits(tmp_path: Path) -> None:
    audit(plan(), tmp_path)
    for trial in stored(tmp_path).to_pylist():
        edits = [Edit(**edit) for edit in trial["edits"]]
        assert apply(trial["clean_text"], edits) == trial["perturbed_text"]
        assert trial["changed"] == bool(edits)
        assert 0 <= trial["edit_share"] <= 1
        assert (trial["edit_share"] > 0) == trial["changed"]
        text = trial["clean_text"]
        for part in trial["rounds"]:
            text = apply(text, [Edit(**edit) for edit in part])
        assert text == trial["perturbed_text"]


def test_nothing_changed_is_never_survival(tmp_path: Path) -> None:
    review = single("I loved the food and the service was great!", 1)
    result = audit(make_plan(review, [FakeSource()], [parse_attack("contract")], trials=100), tmp_path)
    (row,) = result.rows
    assert (row.trials, row.trials_changed, row.changed_share) == (100, 0, 0)
    assert row.changed == Measures()
    assert row.all.clean_accuracy
    assert row.all.drop
    assert (row.all.clean_accuracy.value, row.all.drop.value) == (1.0, 0.0)
    assert row.shown is None


def test_clean_texts_duplicates_and_no_ops_are_asked_once_in_all(tmp_path: Path) -> None:
    source = FakeSource()
    audit(plan(trials=40, examples=1, source=source), tmp_path)
    (model,) = source.loaded
    assert isinstance(model, LetterCounter)
    asked = [text for batch in model.asked for text in batch]
    trials = stored(tmp_path)
    wanted = {*trials["clean_text"].to_pylist(), *trials["perturbed_text"].to_pylist()}
    assert len(asked) == len(set(asked)) == len(wanted) < len(trials)


@pytest.mark.parametrize("batch_size", [1, 256])
def test_the_batch_size_changes_neither_texts_nor_rows(tmp_path: Path, batch_size: int) -> None:
    audit(plan(), tmp_path / "a")
    audit(plan(), tmp_path / "b", batch_size=batch_size)
    assert stored(tmp_path / "a").equals(stored(tmp_path / "b"))
    assert rows_of(tmp_path / "a") == rows_of(tmp_path / "b")


def test_all_models_see_the_same_texts_in_whatever_order_they_come(tmp_path: Path) -> None:
    sources = [FakeSource("a"), FakeSource("b")]
    attacks = [parse_attack("report-mix")]
    for name, order in (("ab", sources), ("ba", sources[::-1])):
        audit(make_plan(load("tiny"), order, attacks, trials=50), tmp_path / name)
    assert rows_of(tmp_path / "ab") == rows_of(tmp_path / "ba")
    trials = stored(tmp_path / "ab")
    texts = [trials.filter(pa.compute.equal(trials["model"], model))["perturbed_text"] for model in "ab"]
    assert texts[0].equals(texts[1])


def test_another_seed_gives_other_texts(tmp_path: Path) -> None:
    audit(plan(), tmp_path / "0")
    audit(plan(seed=1), tmp_path / "1")
    first, second = (stored(tmp_path / seed).select(["perturbed_text"]) for seed in "01")
    assert not first.equals(second)


class FailsAfter(LetterCounter):
    """A model whose machine gives up in the middle of a run."""

    left = 3

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        type(self).left -= 1
        if type(self).left < 0:
            raise RuntimeError("killed")
        return super().predict(texts)


def test_a_run_that_broke_goes_on_where_it_was_and_ends_alike(tmp_path: Path) -> None:
    events: list[Event] = []
    with pytest.raises(ModelError, match="killed"):
        audit(plan(trials=200, source=FakeSource(make=FailsAfter)), tmp_path / "a", batch_size=512)
    kept = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "a" / "trials").iterdir()}
    assert kept
    assert not (tmp_path / "a" / "result.json").exists()
    audit(plan(trials=200), tmp_path / "a", listener=events.append)
    audit(plan(trials=200), tmp_path / "b")
    again = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "a" / "trials").iterdir()}
    assert kept.items() <= again.items()
    assert rows_of(tmp_path / "a") == rows_of(tmp_path / "b")
    assert isinstance(events[0], RunStarted)
    assert 0 < events[0].done < events[0].total == 200 * 10


def test_a_finished_run_asks_no_model(tmp_path: Path) -> None:
    audit(plan(), tmp_path)
    again = FakeSource()
    first = rows_of(tmp_path)
    audit(plan(source=again), tmp_path)
    assert again.loaded == []
    assert rows_of(tmp_path) == first


def test_the_events_add_up(tmp_path: Path) -> None:
    events: list[Event] = []
    audit(plan(trials=200), tmp_path, listener=events.append)
    assert [event for event in events if isinstance(event, ModelLoaded)] == [
        ModelLoaded("fake", "counts letters")
    ]
    assert sum(event.trials for event in events if isinstance(event, UnitDone)) == 200 * 10


class Backwards:
    """An executor that finishes the last unit first."""

    def run(self, units: Iterable[Unit], work: Callable[[Unit], pa.Table]) -> Iterator[tuple[Unit, pa.Table]]:
        for unit in reversed(list(units)):
            yield unit, work(unit)


def test_units_may_finish_in_any_order(tmp_path: Path) -> None:
    audit(plan(trials=200), tmp_path / "a")
    audit(plan(trials=200), tmp_path / "b", executor=Backwards())
    assert rows_of(tmp_path / "a") == rows_of(tmp_path / "b")


def test_the_shown_trial_is_one_that_the_model_lost_where_there_is_one(tmp_path: Path) -> None:
    for row in audit(plan(trials=200), tmp_path).rows:
        if row.shown and row.flips and row.drop and row.drop.value > 0:
            assert row.shown.clean_prediction == row.shown.label != row.shown.perturbed_prediction
            assert apply(row.shown.clean_text, row.shown.edits) == row.shown.perturbed_text
