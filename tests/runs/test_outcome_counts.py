"""Trials are counted unit by unit: the same result in whatever order units finish, in memory that stays."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import median

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from fakes import FakeSource, LetterCounter
from robustaudit.attacks import parse_attack
from robustaudit.datasets import load
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.events import Event, Listener, UnitDone
from robustaudit.runs.execution import execute_plan, in_order
from robustaudit.runs.plan import Plan, make_plan
from robustaudit.runs.plan_record import WorkUnit
from robustaudit.runs.result import Result
from robustaudit.runs.store import Store
from robustaudit.runs.work_units import Finished, InProcess, Work
from runs import Refuses
from unsteady import Dice


def plan(
    *sources: FakeSource, draws: int = 40, attacks: Sequence[str] = ("qwerty", "homoglyph@0.5", "contract")
) -> Plan:
    return make_plan(
        load("tiny"),
        sources or [FakeSource()],
        [parse_attack(attack) for attack in attacks],
        trials=30 * draws,
        examples=30,
        error_policy=ErrorPolicy(on_error="skip"),
        baseline_model=sources[0].name if len(sources) > 1 else None,
    )


class Shuffled(InProcess):
    """Finishes units in an order that nothing determines."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def run(self, units: Sequence[WorkUnit], work: Work, listener: Listener) -> Finished:
        yield from super().run(self._random.sample(units, len(units)), work, listener)


def found(made: Plan, folder: Path, **options: InProcess) -> Result:
    return replace(execute_plan(made, folder, **options), seconds=0.0)


@pytest.mark.parametrize(("seed", "early"), [(0, 0), (1, 64)])
def test_the_order_in_which_units_finish_changes_no_bit(
    tmp_path: Path, seed: int, early: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("robustaudit.runs.execution._MOST_EARLY", early)
    made = plan(FakeSource("first"), FakeSource("second", make=Refuses))
    assert len(made.units()) > 10
    in_turn = found(made, tmp_path / "in turn")
    assert found(made, tmp_path / "shuffled", executor=Shuffled(seed)) == in_turn
    assert found(made, tmp_path / "shuffled") == in_turn  # read from its shards


def test_how_often_rows_are_joined_changes_no_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = plan(FakeSource("first"), FakeSource("second", make=Dice))
    seldom = found(made, tmp_path)
    monkeypatch.setattr("robustaudit.runs.outcome_counts._MOST_WAITING", 0)
    assert found(made, tmp_path) == seldom


def test_nothing_is_read_that_was_just_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Store, "read", None)
    assert execute_plan(plan(), tmp_path).rows


class Steady(LetterCounter):
    """Predicts the same for every text."""

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        return np.tile([0.75, 0.25], (len(texts), 1))


def test_memory_does_not_grow_with_the_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Arrow holds after each unit, of a run and of one with ten times its units."""
    monkeypatch.setattr("robustaudit.runs.outcome_counts._MOST_WAITING", 1000)

    def usual(draws: int) -> float:
        held: list[int] = []

        def listener(event: Event) -> None:
            if isinstance(event, UnitDone):
                held.append(pa.total_allocated_bytes() - before)

        before = pa.total_allocated_bytes()
        execute_plan(
            plan(FakeSource(make=Steady), draws=draws, attacks=("qwerty",)),
            tmp_path / str(draws),
            listener=listener,
        )
        return median(held)

    few, many = usual(100), usual(1000)
    assert many < 1.5 * few


def test_units_are_given_in_their_order_and_few_wait_for_their_turn() -> None:
    units = [WorkUnit("m", n, n + 1, 0, 1, ("a",)) for n in range(200)]
    table = pa.table({"n": [0]})
    read: list[WorkUnit] = []

    def reading(unit: WorkUnit) -> pa.Table:
        read.append(unit)
        return table

    last_first = iter([(unit, table) for unit in reversed(units[1:])])
    assert [unit for unit, _ in in_order(units, last_first, coming=set(units[1:]), read=reading)] == units
    assert read[0] == units[0]  # which was there before
    assert len(read) == 1 + len(units[1:]) - 16 - 1
