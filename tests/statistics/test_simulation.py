"""Simulated audits until decided, against audits looked at one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustaudit.statistics.power import (
    Design,
    examples_needed,
    group_types_of,
    sequential_cost,
    simulate,
    weighted,
)
from robustaudit.statistics.sample_size import PowerTarget, pilot_from_assumptions
from robustaudit.statistics.sequential import GroupDrops, SequentialTest, decide

RULES = SequentialTest(max_drop=0.05)


@pytest.mark.parametrize(
    ("drop", "verdict", "sign"), [(1.0, "failed", 1), (0.0, "passed", -1), (0.05, "inconclusive", 0)]
)
def test_groups_that_are_all_alike_are_decided_at_the_first_look_that_settles_it(
    drop: float, verdict: str, sign: int
) -> None:
    verdicts, used = simulate(
        GroupDrops(np.array([drop]), np.ones(1)), [1.0], RULES, alpha=0.01, most=300, runs=3, seed=0
    )
    seen = [GroupDrops(np.full(look, drop), np.ones(look)) for look in RULES.looks(300)]
    settled = [len(groups.drop) for groups in seen if decide(groups, 0.05, alpha=0.01) == verdict]
    assert verdicts.tolist() == [sign] * 3
    assert set(used.tolist()) == {settled[-1] if verdict == "inconclusive" else settled[0]}


@given(
    rows=st.lists(
        st.tuples(st.sampled_from([-1, -0.4, 0, 0.6, 1]), st.sampled_from([0.5, 1])), min_size=1, max_size=30
    ),
    drop=st.floats(-0.5, 0.9),
)
def test_groups_are_weighted_to_the_drop_asked_for(rows: list[tuple[float, float]], drop: float) -> None:
    shown, changed = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    kinds, chances = weighted(GroupDrops(shown * changed, changed), drop)
    assert chances.sum() == pytest.approx(1)
    assert (chances @ kinds.drop) / (chances @ kinds.changed) == pytest.approx(drop, abs=1e-6)


def test_groups_that_have_that_drop_keep_their_shares() -> None:
    even = GroupDrops(np.array([1.0, 0, 0, 0, -1, 0]), np.ones(6))
    kinds, chances = weighted(even, 0.0)
    # With one group added that drops and one that rises.
    assert dict(zip(kinds.drop.tolist(), chances.tolist(), strict=True)) == pytest.approx(
        {-1: 0.25, 0: 0.5, 1: 0.25}
    )


def test_a_large_drop_takes_a_third_of_the_calls_of_a_fixed_size_or_less() -> None:
    question = PowerTarget(max_drop=0.05, true_drop=0.07)
    one, _ = examples_needed(question, group_types_of(pilot_from_assumptions(0.07), 0.07, 1), 1.0)
    fixed = Design.of(question, one, draws=1)
    found = sequential_cost(question, pilot_from_assumptions(0.07), true_drop=0.15, most=fixed.examples)
    assert found.model_calls is not None
    assert found.model_calls <= fixed.model_calls / 3
    assert found.failed > 0.99


def test_what_is_not_decided_in_half_of_the_audits_has_no_median() -> None:
    found = sequential_cost(
        PowerTarget(max_drop=0.05, true_drop=0.02), pilot_from_assumptions(0.02), true_drop=0.05, most=2000
    )
    assert (found.examples, found.examples_90, found.model_calls) == (None, None, None)
    assert found.passed + found.failed < 0.1
