"""Sizes of audits, against the gate's own p-values and against simulated audits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from robustaudit.runs.forecast import Pilot, forecast
from robustaudit.statistics.bounds import mean_between
from robustaudit.statistics.intervals import GroupSums
from robustaudit.statistics.power import (
    GroupTypes,
    chance_of_significance,
    examples_for_significance,
    examples_needed,
    group_types_of,
    is_conclusive,
    power,
    smallest_sample,
)
from robustaudit.statistics.sample_size import (
    PilotSample,
    PowerTarget,
    TrialDrops,
    pilot_from_assumptions,
    variance_components,
)

KEPT = PowerTarget(max_drop=0.05, true_drop=0.02)
FAR_BELOW = PowerTarget(max_drop=0.02, true_drop=0.005)


def texts(true_drop: float, *, accuracy: float, draws: int = 1, mended: float = 0.05) -> GroupTypes:
    """Texts that are groups of their own; each draw of one flips its answer by itself."""
    lost = (true_drop + (1 - accuracy) * mended) / accuracy
    steps = np.arange(draws + 1)
    right, wrong = (stats.binom.pmf(steps, draws, chance) for chance in (lost, mended))
    drops = np.concatenate([steps, -steps]) / draws
    return GroupTypes(drops, np.ones(len(drops)), np.concatenate([accuracy * right, (1 - accuracy) * wrong]))


def pilot(*drops: float) -> PilotSample:
    """A run of one draw of each example."""
    places = np.arange(len(drops))
    losses = TrialDrops(places, places, np.ones(len(drops), bool), np.array(drops, dtype=float))
    spread = variance_components(losses)
    assert spread is not None
    return PilotSample(spread=spread, groups=losses.groups(), examples=len(drops), draws=1, losses=losses)


def test_the_examples_that_make_a_drop_significant_do_so_about_as_often_as_said() -> None:
    """Of 100 texts 15 are lost and 5 won, in one of nine rows; the gate at a threshold of 0 is the test."""
    seen = np.repeat([1.0, -1.0, 0.0], [15, 5, 80])
    p_value = mean_between(GroupSums(seen, np.ones(100)), -1, 1).p_above(0)
    needed = examples_for_significance(p_value, examples=100, tests=9)
    assert needed is not None
    kinds = GroupTypes(np.array([1.0, -1.0, 0.0]), np.ones(3), np.array([0.15, 0.05, 0.8]))
    question = PowerTarget(max_drop=0, true_drop=0.1, attacks=9)
    assert power(kinds, question, 100) < 0.5
    assert 0.75 < power(kinds, question, needed) < 0.95
    assert examples_for_significance(0.6, examples=100, tests=9) is None
    assert examples_for_significance(None, examples=100, tests=9) is None


@pytest.mark.parametrize("tests", [1, 4, 9])
@pytest.mark.parametrize("examples", [60, 100, 190, 300])
def test_the_chance_of_significance_is_that_of_simulated_runs(tests: int, examples: int) -> None:
    """Of 100 texts 15 are lost and 5 won, in one of so many rows, whose drop stays as it is."""
    seen = np.repeat([1.0, -1.0, 0.0], [15, 5, 80])
    p_value = mean_between(GroupSums(seen, np.ones(100)), -1, 1).p_above(0)
    kinds = GroupTypes(np.array([1.0, -1.0, 0.0]), np.ones(3), np.array([0.15, 0.05, 0.8]))
    simulated = power(kinds, PowerTarget(max_drop=0, true_drop=0.1, attacks=tests), examples)
    told = chance_of_significance(p_value, times=examples / 100, tests=tests)
    assert told == pytest.approx(simulated, abs=0.12)


@pytest.mark.parametrize(
    ("question", "often"),
    [
        (PowerTarget(max_drop=0.2, true_drop=0.1), (50, 20, 5, 3, 1, 1)),
        (PowerTarget(max_drop=0.05, true_drop=0.2, attacks=3), (30, 15, 10, 20, 2, 3)),
    ],
)
def test_what_decides_is_the_p_value_of_the_gate(question: PowerTarget, often: tuple[int, ...]) -> None:
    """Of audits with groups of several sizes."""
    chances = np.array(often) / sum(often)
    kinds = GroupTypes(np.array([0, 0, 0.5, 1, -1, 3]), np.array([1, 4, 4, 1, 1, 3.0]), chances)
    counts = np.random.default_rng(0).multinomial(60, chances, size=150)
    expected = []
    for row in counts:
        bounds = mean_between(GroupSums(np.repeat(kinds.drops, row), np.repeat(kinds.changed, row)), -1, 1)
        p_value = (bounds.p_below if question.passes else bounds.p_above)(question.max_drop)
        expected.append(p_value < question.level)
    assert is_conclusive(kinds, question, counts).tolist() == expected
    assert 10 < sum(expected) < 140


@pytest.mark.parametrize(
    ("question", "accuracy", "draws", "old"),
    [
        (KEPT, 1.0, 1, 135),
        (KEPT, 0.85, 5, 53),
        (FAR_BELOW, 0.99, 1, 165),
        (FAR_BELOW, 1.0, 5, 28),
        (PowerTarget(max_drop=0.05, true_drop=0.08), 1.0, 5, 80),
        (PowerTarget(max_drop=0.05, true_drop=0.02, attacks=9), 1.0, 1, 135),
    ],
)
def test_the_power_that_is_promised_is_reached(
    question: PowerTarget, accuracy: float, draws: int, old: int
) -> None:
    """Audits of the size that the normal approximation gives, as was planned before, are right less often."""
    kinds = texts(question.true_drop, accuracy=accuracy, draws=draws)
    one, every = examples_needed(question, kinds, 1.0)
    for examples, checks in ((one, 1), (every, question.checks)):
        assert power(kinds, question, old, seed=1) ** checks < 0.7
        for larger in (examples, math.ceil(1.1 * examples)):
            assert power(kinds, question, larger, seed=1) ** checks > 0.785
        assert power(kinds, question, math.floor(0.7 * examples), seed=1) ** checks < 0.78


@pytest.mark.parametrize("true_drop", [0.005, 0.002])
def test_no_audit_that_is_a_little_larger_has_less_power(true_drop: float) -> None:
    """Exact: where each text is right at first, the gate's bound is Clopper and Pearson's."""
    question = PowerTarget(max_drop=0.02, true_drop=true_drop)
    found = smallest_sample(texts(true_drop, accuracy=1.0), question, 0.8)
    sizes = np.arange(found, math.floor(1.3 * found))
    lost = np.arange(40)
    is_conclusive = stats.binom.cdf(lost, sizes[:, None], 0.02) < 0.025
    powers = np.sum(stats.binom.pmf(lost, sizes[:, None], true_drop) * is_conclusive, axis=1)
    assert powers.min() > 0.78
    assert (powers[1:] < powers[:-1]).any()


def test_a_check_among_others_fails_at_the_first_step_of_holms_method() -> None:
    kinds = texts(0.07, accuracy=0.95)
    alone, among_nine = (PowerTarget(max_drop=0.05, true_drop=0.07, attacks=number) for number in (1, 9))
    assert among_nine.level == pytest.approx(0.025 / 9)
    assert examples_needed(alone, kinds, 1.0)[0] < examples_needed(among_nine, kinds, 1.0)[0]
    kept = PowerTarget(max_drop=0.05, true_drop=0.02, attacks=9)
    assert kept.level == pytest.approx(0.025)


def test_without_a_pilot_as_many_texts_flip_as_is_said() -> None:
    kinds = group_types_of(pilot_from_assumptions(0.02), 0.02, 5)
    assert dict(zip(kinds.drops.tolist(), kinds.chances.tolist(), strict=True)) == pytest.approx(
        {1.0: 0.16, -1.0: 0.14, 0.0: 0.7}
    )


def test_a_pilot_without_a_flip_promises_no_audit_of_nothing() -> None:
    """71 texts without a flip leave a drop of 5 points possible: 0.95^71 is above 0.025."""
    still = pilot(*[0.0] * 1000)
    kinds = group_types_of(still, 0.0, 1)
    assert smallest_sample(kinds, PowerTarget(max_drop=0.05, true_drop=0.0), 0.8) >= 72


def test_a_small_pilot_with_few_flips_is_taken_for_one_of_more() -> None:
    small, large = ([0.0] * 49 + [1.0], [0.0] * 980 + [1.0] * 20)
    sizes = [smallest_sample(group_types_of(pilot(*drops), 0.02, 1), KEPT, 0.8) for drops in (small, large)]
    assert sizes[0] > 1.2 * sizes[1]


def test_a_pilot_is_taken_for_one_that_saw_few_flips_by_luck() -> None:
    """Of 100 flips the standard error is 10: in one pilot of five they are 8.4 fewer than usual."""
    kinds = group_types_of(pilot(*[1.0] * 50, *[-1.0] * 50, *[0.0] * 300), 0.0, 1)
    assert kinds.chances[kinds.drops != 0].sum() == pytest.approx(108.4 / 408.4, abs=1e-3)


@given(
    drops=st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]), min_size=5, max_size=40),
    true_drop=st.floats(-0.3, 0.6),
)
def test_groups_of_a_pilot_come_with_the_drop_asked_for(drops: list[float], true_drop: float) -> None:
    kinds = group_types_of(pilot(*drops), true_drop, 1)
    assert kinds.chances @ kinds.drops / (kinds.chances @ kinds.changed) == pytest.approx(true_drop, abs=1e-6)


def test_fewer_draws_than_the_pilots_take_more_examples() -> None:
    generator = np.random.default_rng(0)
    example = np.repeat(np.arange(200), 5)
    drop = (generator.random(1000) < 0.1) * np.where(generator.random(1000) < 0.8, 1.0, -1.0)
    losses = TrialDrops(example, example, np.ones(1000, bool), drop)
    spread = variance_components(losses)
    assert spread is not None
    sample = PilotSample(spread=spread, groups=losses.groups(), examples=200, draws=5, losses=losses)
    one, two, five = (smallest_sample(group_types_of(sample, 0.02, draws), KEPT, 0.8) for draws in (1, 2, 5))
    assert one > 1.2 * two > 1.2 * five


def test_a_gap_that_is_easily_seen_still_takes_as_many_examples_as_a_row_rests_on() -> None:
    question = PowerTarget(max_drop=0.05, true_drop=0.9)
    assert examples_needed(question, group_types_of(pilot_from_assumptions(0.9), 0.9, 1), 1.0) == (20, 20)


def test_a_gap_that_no_audit_will_ever_see_is_answered_at_once() -> None:
    question = PowerTarget(max_drop=0.05, true_drop=0.05 - 1e-9)
    needed = (special.ndtri(0.975) + special.ndtri(0.8)) ** 2 * 0.2975 / 1e-18
    assert smallest_sample(
        group_types_of(pilot_from_assumptions(question.true_drop), question.true_drop, 1), question, 0.8
    ) == (pytest.approx(needed, rel=1e-3))


def test_fewer_draws_never_take_fewer_examples() -> None:
    """Where draws of a text agree but for some, sizes are alike but for the luck of simulation."""
    generator = np.random.default_rng(2)
    group = np.repeat(np.arange(40), 1 + np.arange(40) % 6)
    flips = (generator.random(40) < 0.2)[group] * (generator.random(len(group)) < 0.7)
    drop = np.repeat(flips, 5) * (generator.random(5 * len(group)) < 0.97)
    example = np.repeat(np.arange(len(group)), 5)
    losses = TrialDrops(np.repeat(group, 5), example, np.ones(len(example), bool), drop.astype(float))
    spread = variance_components(losses)
    assert spread is not None
    sample = PilotSample(spread=spread, groups=losses.groups(), examples=len(group), draws=5, losses=losses)
    pilot = Pilot(run="pilot", model="1", attack="delete", cells=1, at_hand=100, rows=(), sample=sample)
    found = forecast(PowerTarget(max_drop=0.3, true_drop=0.1), pilot)
    examples = [each.examples for each in found.fixed]
    assert examples == sorted(examples, reverse=True)
