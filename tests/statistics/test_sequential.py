"""The mathematics of deciding by bets, against brute force."""

import math
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from robustaudit.core.errors import UserError
from robustaudit.statistics.power import simulate
from robustaudit.statistics.sequential import (
    BETS,
    GroupDrops,
    SequentialTest,
    Side,
    bounds,
    cell_alpha,
    decide,
    evidence,
    fewest_groups,
)

SIDES: tuple[Side, ...] = ("above", "below")


def groups(*rows: tuple[float, float]) -> GroupDrops:
    """Rows of (mean drop, share of examples changed)."""
    drop, changed = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    return GroupDrops(drop, changed)


@st.composite
def some_groups(draw: st.DrawFn) -> GroupDrops:
    number = draw(st.integers(1, 30))
    rows = []
    for _ in range(number):
        changed = draw(st.sampled_from([0.0, 0.25, 0.5, 1.0]))
        rows.append((changed * draw(st.sampled_from([-1.0, -0.4, 0.0, 0.2, 1.0])), changed))
    return groups(*rows)


def capital_by_hand(seen: GroupDrops, threshold: float, side: Side) -> float:
    """Eleven gamblers, each with a capital of 1 at first, one group after another."""
    capitals = [1.0] * len(BETS)
    for drop, changed in zip(seen.drop.tolist(), seen.changed.tolist(), strict=True):
        excess = drop - threshold * changed
        stake = excess / (1 + threshold) if side == "above" else -excess / (1 - threshold)
        capitals = [capital * (1 + bet * stake) for capital, bet in zip(capitals, BETS.tolist(), strict=True)]
    return sum(capitals) / len(capitals)


def test_one_text_that_was_lost_by_hand() -> None:
    # The gamblers bet 99 %, 70 %, 49.5 % … 3.1 % of what they have, 30.05 % on average, and win 0.95 / 1.05.
    won = evidence(groups((1, 1)), 0.05, "above")
    assert math.exp(won) == pytest.approx(1 + 0.3005 * 0.95 / 1.05, abs=1e-4)
    assert BETS.mean() == pytest.approx(0.3005, abs=1e-4)


@given(seen=some_groups(), threshold=st.floats(0, 0.9))
@pytest.mark.parametrize("side", SIDES)
def test_evidence_is_what_the_gamblers_have_on_average(
    seen: GroupDrops, threshold: float, side: Side
) -> None:
    assert math.exp(evidence(seen, threshold, side)) == pytest.approx(
        capital_by_hand(seen, threshold, side), rel=1e-9
    )


KINDS = {
    (1.0, 1.0): 0.2,
    (-1.0, 1.0): 0.1,
    (0.5, 0.5): 0.1,
    (0.0, 0.5): 0.2,
    (0.0, 1.0): 0.3,
    (0.0, 0.0): 0.1,
}
"""Groups by what they show, with their chances: the drop, each group weighing alike, is 0.15 / 0.75 = 0.2."""


@pytest.mark.parametrize("number", [1, 2, 4])
@pytest.mark.parametrize(
    ("threshold", "side", "fair"),
    [(0.2, "above", True), (0.2, "below", True), (0.3, "above", False), (0.1, "below", False)],
)
def test_evidence_for_what_is_not_so_is_1_at_most_on_average(
    threshold: float, side: Side, number: int, *, fair: bool
) -> None:
    """Over every sequence of groups, each with its chance; exactly 1 at the threshold."""
    mean = sum(
        math.prod(KINDS[row] for row in rows) * math.exp(evidence(groups(*rows), threshold, side))
        for rows in product(KINDS, repeat=number)
    )
    assert mean == pytest.approx(1) if fair else mean < 1 - 1e-3


@given(seen=some_groups(), threshold=st.floats(0, 0.8), further=st.floats(0.01, 0.19))
def test_evidence_falls_as_the_claim_grows(seen: GroupDrops, threshold: float, further: float) -> None:
    assert evidence(seen, threshold + further, "above") <= evidence(seen, threshold, "above") + 1e-9
    assert evidence(seen, threshold + further, "below") >= evidence(seen, threshold, "below") - 1e-9


@given(seen=some_groups(), order=st.randoms())
def test_the_order_of_groups_within_a_round_does_not_matter(seen: GroupDrops, order: object) -> None:
    places = list(range(len(seen.drop)))
    order.shuffle(places)  # type: ignore[attr-defined]
    shuffled = GroupDrops(seen.drop[places], seen.changed[places])
    for side in SIDES:
        assert evidence(shuffled, 0.05, side) == pytest.approx(evidence(seen, 0.05, side), abs=1e-9)


@given(seen=some_groups(), threshold=st.sampled_from([0.0, 0.05, 0.3]), alpha=st.sampled_from([0.3, 0.05]))
def test_a_verdict_says_on_which_side_of_the_threshold_the_bounds_lie(
    seen: GroupDrops, threshold: float, alpha: float
) -> None:
    low, high = bounds(seen, alpha=alpha)
    assert -1 <= low < high <= 1
    verdict = decide(seen, threshold, alpha=alpha)
    assert (verdict == "failed") == (low >= threshold)
    assert (verdict == "passed") == (high <= threshold)


def test_groups_in_which_nothing_changed_say_nothing() -> None:
    nothing = groups(*[(0, 0)] * 500)
    assert decide(nothing, 0.05, alpha=0.5) == "inconclusive"
    assert bounds(nothing, alpha=0.05) == (-1, 1)
    assert nothing.mean is None


def test_a_tie_of_gains_and_losses_is_a_drop_of_0() -> None:
    even = groups(*[(1, 1), (-1, 1)] * 400)
    assert even.mean == 0
    low, high = bounds(even, alpha=0.05)
    assert -0.2 < low < 0 < high < 0.2


@pytest.mark.parametrize(("threshold", "alpha"), [(0.05, 0.05), (0.05, 0.05 / 27), (0.5, 0.3), (0.001, 0.05)])
def test_the_fewest_groups_without_a_drop_that_suffice(threshold: float, alpha: float) -> None:
    number = fewest_groups(threshold, alpha=alpha)
    assert number is not None
    assert decide(groups(*[(0, 1)] * number), threshold, alpha=alpha) == "passed"
    assert decide(groups(*[(0, 1)] * (number - 1)), threshold, alpha=alpha) == "inconclusive"


def test_no_number_of_groups_without_a_drop_shows_that_there_never_is_one() -> None:
    assert fewest_groups(0, alpha=0.05) is None


def test_looks_go_on_to_the_last_group() -> None:
    looks = SequentialTest(max_drop=0.05).looks(1000)
    assert looks[0] == 20
    assert looks[-1] == 1000
    assert looks == sorted(set(looks))
    assert all(later <= math.ceil(1.2 * earlier) for earlier, later in pairwise(looks))
    assert SequentialTest(max_drop=0.05).looks(7) == [7]


def test_the_error_of_an_audit_is_shared_by_its_cells() -> None:
    assert cell_alpha(0.05, models=3, attacks=9) == pytest.approx(0.05 / 27)


CHANCES = {
    "at the threshold": (0.125, 0.075, 0.8),
    "just above": (0.126, 0.075, 0.799),
    "below": (0.1, 0.07, 0.83),
}


@pytest.mark.parametrize("case", CHANCES)
def test_at_most_the_promised_share_of_audits_is_ever_wrong(case: str) -> None:
    """4,000 simulated audits with some 25 looks each, by the bound that 99.9 % of honest methods pass."""
    chances = CHANCES[case]
    kinds = groups((1, 1), (-1, 1), (0, 1))
    verdicts, _ = simulate(
        kinds, chances, SequentialTest(max_drop=0.05), alpha=0.05, most=3000, runs=4000, seed=1
    )
    wrong = int((verdicts == (-1 if chances[0] - chances[1] > 0.05 else 1)).sum())
    assert wrong <= stats.binom.ppf(0.999, 4000, 0.05)


def test_a_test_that_is_repeated_at_every_look_is_wrong_too_often() -> None:
    """The bound above is one that a method can fail: the z test at 5 % does, at the same looks."""
    generator = np.random.default_rng(1)
    drops = generator.choice([1.0, -1.0, 0.0], p=CHANCES["at the threshold"], size=(1000, 3000)) - 0.05
    sums, squares = drops.cumsum(axis=1), (drops**2).cumsum(axis=1)
    looks = np.array(SequentialTest(max_drop=0.05).looks(3000)[5:])
    z = sums[:, looks - 1] / np.sqrt(squares[:, looks - 1] - sums[:, looks - 1] ** 2 / looks)
    wrong = int((z > stats.norm.isf(0.05)).any(axis=1).sum())
    assert wrong > stats.binom.ppf(0.999, 1000, 0.05)


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({"max_drop": 5}, "max_drop must be a share from 0 to below 1, such as 0.05, got 5"),
        ({"max_drop": -0.1}, "max_drop must be a share from 0 to below 1, such as 0.05, got -0.1"),
        ({"max_drop": math.nan}, "got nan"),
        ({"max_drop": 0.05, "alpha": 0}, "alpha must be above 0 and at most 0.5, got 0"),
        ({"max_drop": 0.05, "alpha": 0.9}, "alpha must be above 0 and at most 0.5, got 0.9"),
    ],
)
def test_rules_that_cannot_be_followed_are_refused(given_: dict[str, float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        SequentialTest(**given_)
