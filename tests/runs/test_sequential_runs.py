"""Runs until decided, on models that are wrong in known ways."""

import json
import shutil
from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from fakes import Backwards, FakeSource, LetterCounter
from kept import forge
from robustaudit.attacks import parse_attack
from robustaudit.core.errors import ModelError, UserError
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset, load
from robustaudit.runs.events import Decided, Event, RunStarted, UnitDone
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.plan import Plan, make_plan
from robustaudit.runs.result import Result
from robustaudit.runs.stored_run import open_run, read_result
from robustaudit.statistics.sequential import (
    GroupDrops,
    SequentialResult,
    SequentialTest,
    cell_alpha,
    decide,
    fewest_groups,
)

TINY = load("tiny")
RULES = SequentialTest(max_drop=0.05)


class ByHeart(LetterCounter):
    """Right on the texts of `tiny`, and says 1 wherever one has changed: it loses half of what it had."""

    answers = {example.text: example.label for example in TINY.examples}  # noqa: RUF012

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        self.asked.append(list(texts))
        return np.array([(0.9, 0.1) if self.answers.get(text) == 0 else (0.1, 0.9) for text in texts])


class Constant(LetterCounter):
    """Says 1 whatever it is asked, so that no perturbation changes its mind."""

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        self.asked.append(list(texts))
        return np.array([(0.1, 0.9)] * len(texts))


def sources() -> list[FakeSource]:
    return [FakeSource("heart", make=ByHeart), FakeSource("letters"), FakeSource("same", make=Constant)]


def plan(models: Sequence[FakeSource] | None = None, **changes: object) -> Plan:
    attacks = [parse_attack(attack) for attack in ("qwerty", "delete", "contract")]
    given = {"trials": 520, "examples": 260, "sequential_test": RULES} | changes
    return make_plan(TINY, models or sources(), attacks, **given)  # type: ignore[arg-type]


def decisions_of(result: Result) -> dict[tuple[str, str], SequentialResult]:
    return {(decision.model, decision.attack): decision for decision in result.decisions}


def stored(folder: Path) -> dict[str, Any]:
    """A result, but for the order of models, and what depends on the batch: time, and texts that share it."""
    content = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    content["plan"]["models"].sort(key=itemgetter("name"))
    for rows in content.values():
        if isinstance(rows, list):
            rows.sort(key=itemgetter("model"))
    for found in content["retests"]:
        del found["batch_dependence"], found["batch_difference"], found["calls"]
    return {key: value for key, value in content.items() if key != "seconds"}


def asked(source: FakeSource) -> int:
    (model,) = source.loaded
    assert isinstance(model, LetterCounter)
    return sum(len(batch) for batch in model.asked)


def test_what_is_clear_is_decided_early_and_what_is_not_is_said_to_be_inconclusive(tmp_path: Path) -> None:
    found = decisions_of(execute_plan(plan(), tmp_path))
    heart, same = found["heart", "qwerty"], found["same", "qwerty"]
    assert (heart.outcome, same.outcome) == ("failed", "passed")
    assert heart.drop_low > 0.05 > same.drop_high
    fewest = fewest_groups(0.05, alpha=cell_alpha(0.05, models=3, attacks=3))
    assert fewest is not None
    assert same.groups == min(look for look in RULES.looks(260) if look >= fewest)
    assert heart.groups < same.groups
    open_ = found["letters", "contract"]
    assert (open_.outcome, open_.groups, open_.trials) == ("inconclusive", 260, 520)
    assert open_.drop_low < 0.05 < open_.drop_high


def test_decided_attacks_ask_no_more(tmp_path: Path) -> None:
    source = FakeSource("heart", make=ByHeart)
    attacks = [parse_attack("qwerty"), parse_attack("delete")]
    planned = make_plan(TINY, [source], attacks, trials=260, sequential_test=RULES, minimal="none")
    result = execute_plan(planned, tmp_path)
    decisions = decisions_of(result)
    assert {decision.outcome for decision in decisions.values()} == {"failed"}
    last = max(decision.examples for decision in decisions.values())
    trials = pa.concat_tables(pq.read_table(path) for path in (tmp_path / "trials").iterdir())
    assert len(trials) == sum(decision.trials for decision in decisions.values()) < 2 * 260
    # Each clean text once, though both attacks use it, and each changed one.
    once = asked(source) - result.retests[0].calls
    assert once == last + pa.compute.sum(trials["changed"]).as_py()
    assert sum(d.model_calls - d.examples for d in decisions.values()) == once - last


def test_a_decision_is_what_the_trials_say(tmp_path: Path) -> None:
    """Every verdict again from the shards, with plain Python, at the first look that settles it."""
    made = plan()
    result = execute_plan(made, tmp_path)
    trials = pa.concat_tables(pq.read_table(path) for path in (tmp_path / "trials").iterdir()).to_pylist()
    order = [example.id for example in made.examples]
    for (model, attack), decision in decisions_of(result).items():
        cell = [trial for trial in trials if (trial["model"], trial["attack"]) == (model, attack)]
        drops: dict[str, list[int]] = {example: [] for example in order}
        for trial in cell:
            right = [trial[f"{when}_prediction"] == trial["label"] for when in ("clean", "perturbed")]
            drops[trial["example"]] += [right[0] - right[1]] if trial["changed"] else []
        means = [float(np.mean(drops[each])) if drops[each] else 0.0 for each in order]
        seen = GroupDrops(np.array(means), np.array([float(bool(drops[each])) for each in order]))
        verdicts = {
            look: decide(GroupDrops(seen.drop[:look], seen.changed[:look]), 0.05, alpha=0.05 / 9)
            for look in RULES.looks(260)
            if look <= decision.groups
        }
        assert verdicts.popitem() == (decision.groups, decision.outcome)
        assert set(verdicts.values()) <= {"inconclusive"}
        assert len(cell) == decision.trials == 2 * decision.examples


@pytest.mark.parametrize("how", ["batches of one", "backwards", "models in another order"])
def test_who_finishes_first_changes_nothing(how: str, tmp_path: Path) -> None:
    execute_plan(plan(), tmp_path / "a")
    match how:
        case "batches of one":
            execute_plan(plan(), tmp_path / "b", batch_size=1)
        case "backwards":
            execute_plan(plan(), tmp_path / "b", executor=Backwards())
        case _:
            execute_plan(plan(sources()[::-1]), tmp_path / "b")
    assert stored(tmp_path / "a") == stored(tmp_path / "b")
    names = [sorted(path.name for path in (tmp_path / run / "trials").iterdir()) for run in "ab"]
    assert names[0] == names[1]


class Breaks(LetterCounter):
    """A model whose machine gives up in the middle of a run."""

    left = 5

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        type(self).left -= 1
        if type(self).left < 0:
            raise RuntimeError("killed")
        return super().predict(texts)


def test_a_run_that_broke_goes_on_where_it_was_and_decides_alike(tmp_path: Path) -> None:
    made = [sources()[0], FakeSource("letters", make=Breaks)]
    with pytest.raises(ModelError, match="killed"):
        execute_plan(plan(made), tmp_path / "a", batch_size=256)
    kept = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "a" / "trials").iterdir()}
    events: list[Event] = []
    again = sources()[:2]
    execute_plan(plan(again), tmp_path / "a", listener=events.append)
    execute_plan(plan(sources()[:2]), tmp_path / "b")
    assert stored(tmp_path / "a") == stored(tmp_path / "b")
    assert again[0].loaded == []
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "a" / "trials").iterdir()}
    assert kept.items() < after.items()
    assert isinstance(events[0], RunStarted)
    assert events[0].done > 0


def test_what_was_done_and_what_was_spared_add_up(tmp_path: Path) -> None:
    events: list[Event] = []
    execute_plan(plan(), tmp_path, listener=events.append)
    done = sum(event.trials for event in events if isinstance(event, UnitDone))
    spared = sum(event.spared for event in events if isinstance(event, Decided))
    (started,) = (event for event in events if isinstance(event, RunStarted))
    assert done + spared == started.total == 9 * 520


def test_rows_of_a_run_that_chose_its_own_size_have_no_interval_of_a_fixed_one(tmp_path: Path) -> None:
    result = execute_plan(plan(), tmp_path)
    assert all(row.interval_unit is None and row.p_value is None for row in result.rows)
    assert all(row.drop is None or not row.drop.has_interval for row in (*result.rows, *result.slices))
    assert any(row.drop is not None for row in result.rows)


def test_decisions_are_read_back(tmp_path: Path) -> None:
    result = execute_plan(plan(), tmp_path)
    assert read_result(tmp_path).decisions == result.decisions


def test_an_attack_that_changes_nothing_is_inconclusive(tmp_path: Path) -> None:
    dataset = Dataset("plain", tuple(Example(str(i), f"good {i}", 1, str(i)) for i in range(200)))
    made = make_plan(dataset, [FakeSource()], [parse_attack("contract")], trials=200, sequential_test=RULES)
    (decision,) = execute_plan(made, tmp_path).decisions
    assert (decision.outcome, decision.drop, decision.groups) == ("inconclusive", None, 200)
    assert (decision.drop_low, decision.drop_high) == (-1, 1)


REVIEWS = Dataset(
    "reviews of one to five sentences",
    tuple(
        Example(f"{review}-{place}", f"Sentence {place} of {review} was fine.", 1, f"review {review}")
        for review in range(100)
        for place in range(1 + review % 5)
    ),
)


def test_groups_are_taken_whole_and_rounds_end_between_them(tmp_path: Path) -> None:
    made = make_plan(
        REVIEWS, [FakeSource()], [parse_attack("delete")], trials=400, examples=200, sequential_test=RULES
    )
    taken = [example.group for example in made.examples]
    sizes = {group: taken.count(group) for group in taken}
    assert all(size == 1 + int(group.split()[1]) % 5 for group, size in sizes.items())
    assert 195 < len(taken) <= 200
    assert made.trials == 2 * len(taken)
    (decision,) = execute_plan(made, tmp_path).decisions
    assert decision.groups in RULES.looks(len(sizes))
    assert decision.examples == sum(list(sizes.values())[: decision.groups])


def test_more_examples_continue_the_same_groups() -> None:
    few, many = (
        make_plan(REVIEWS, [FakeSource()], [parse_attack("delete")], trials=number, sequential_test=RULES)
        for number in (100, 250)
    )
    assert many.examples[: len(few.examples)] == few.examples


def test_every_example_has_as_many_draws_as_any_other() -> None:
    made = plan(trials=799)
    assert made.trials == 3 * 260
    assert {len(made.draws(example)) for example in range(260)} == {3}


@pytest.mark.parametrize(
    "rules",
    [SequentialTest(max_drop=0.06), SequentialTest(max_drop=0.05, alpha=0.1), None],
    ids=["drop", "alpha", "none"],
)
def test_the_rules_are_part_of_the_plan(rules: SequentialTest | None) -> None:
    assert plan(sequential_test=rules).digest != plan().digest


def test_groups_without_room_are_refused_in_one_line() -> None:
    fives = Dataset("fives", tuple(example for example in REVIEWS.examples if example.group[-1] in "49"))
    with pytest.raises(UserError, match=r"^examples must be at least 5, the size of the first group, got 3$"):
        make_plan(fives, [FakeSource()], [parse_attack("delete")], trials=3, sequential_test=RULES)


def test_one_text_alone_is_no_ground_for_a_decision_on_others() -> None:
    with pytest.raises(UserError, match="needs two groups of examples or more, got 1"):
        plan(trials=1, examples=1)


def test_the_end_of_a_run_names_the_units_that_it_took(tmp_path: Path) -> None:
    first = execute_plan(plan(), tmp_path)
    whole = open_run(tmp_path).trials()
    shard, *_, other = sorted((tmp_path / "trials").iterdir())
    shard.unlink()
    with pytest.raises(UserError, match=rf"{shard.name} is missing: run the command that made the run again"):
        open_run(tmp_path)
    told: list[str] = []
    assert execute_plan(plan(), tmp_path, tell=told.append).decisions == first.decisions
    shutil.copy(shard, other)
    assert execute_plan(plan(), tmp_path, tell=told.append).decisions == first.decisions
    assert [line.split()[0] for line in told] == [f"trials/{shard.name}", f"trials/{other.name}"]
    assert open_run(tmp_path).trials().equals(whole)


def test_a_manifest_that_leaves_out_a_unit_of_the_end_is_damaged(tmp_path: Path) -> None:
    execute_plan(plan(), tmp_path)
    shard = next((tmp_path / "trials").iterdir())
    shard.unlink()
    forge(tmp_path)  # as if it had never been there
    with pytest.raises(UserError, match=rf"{shard.name} is missing"):
        open_run(tmp_path)
