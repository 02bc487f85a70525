import math

import numpy as np
import pytest
from scipy import stats

from robustaudit.engine.statistics import drop_interval, per_example


def fold(rows: list[tuple[int, int, bool, bool]]) -> object:
    """Rows of (example, group, clean right, perturbed right)."""
    example, group, clean, perturbed = (np.array(column) for column in zip(*rows, strict=True))
    return per_example(example, group, clean=clean, perturbed=perturbed, flipped=clean != perturbed)


def test_six_trials_by_hand() -> None:
    # Example 0 is right and then once wrong, example 1 right and then wrong, example 2 wrong and then right.
    rows = [(0, 0, True, True), (0, 0, True, False), (1, 1, True, False), (1, 1, True, False)]
    rows += [(2, 2, False, True), (2, 2, False, True)]
    examples = fold(rows)
    assert examples.clean.tolist() == [1.0, 1.0, 0.0]
    assert examples.perturbed.tolist() == [0.5, 0.0, 1.0]
    assert examples.flipped.tolist() == [0.5, 1.0, 1.0]
    assert examples.drop.mean() == pytest.approx(1 / 6)


def test_an_example_with_many_draws_weighs_as_much_as_one_with_few() -> None:
    often = [(0, 0, True, False)] * 99
    assert fold([*often, (1, 1, True, True)]).drop.mean() == pytest.approx(0.5)


def test_single_draws_of_groups_of_one_give_bonett_and_prices_interval() -> None:
    rows = [(i, i, True, i >= 12) for i in range(90)] + [(90 + i, 90 + i, False, i < 4) for i in range(10)]
    n, lost, won = 100, 12, 4
    p_lost, p_won = (lost + 1) / (n + 2), (won + 1) / (n + 2)
    mean = p_lost - p_won
    # The paper's variance divides by n + 2; ours, being that of a sample of groups, by n + 1, with t for z.
    error = math.sqrt((p_lost + p_won - mean**2) / (n + 1))
    reach = stats.t.ppf(0.975, n + 1) * error
    assert drop_interval(fold(rows)) == pytest.approx((mean - reach, mean + reach))


def test_the_group_and_not_the_example_is_the_unit() -> None:
    def interval(groups: int) -> tuple[float, float]:
        # 100 examples, of which a tenth drops; those of one group all do the same.
        return drop_interval(fold([(i, i % groups, True, i % groups >= groups // 10) for i in range(100)]))

    width = {groups: high - low for groups in (10, 50, 100) for low, high in [interval(groups)]}
    assert width[10] > width[50] > width[100]


def test_draws_of_one_example_do_not_pass_for_many_examples() -> None:
    once = [(i, i, True, i % 5 > 0) for i in range(20)]
    repeated = [row for row in once for _ in range(50)]
    assert drop_interval(fold(repeated)) == pytest.approx(drop_interval(fold(once)))


def test_agreement_of_all_groups_still_leaves_doubt() -> None:
    low, high = drop_interval(fold([(i, i, True, True) for i in range(30)]))
    assert low < 0 < high
    assert high < 0.15


@pytest.mark.parametrize("right", [True, False])
def test_the_interval_stays_within_what_a_drop_can_be(right: bool) -> None:
    low, high = drop_interval(fold([(i, i, right, not right) for i in range(3)]))
    assert -1 <= low < high <= 1


def test_one_example_alone_gets_wilsons_interval_of_its_draws() -> None:
    rows = [(0, 0, True, i >= 29) for i in range(100)]
    # Wilson's interval for 71 of 100, from the closed formula with z = 1.96.
    assert drop_interval(fold(rows), unit="draw") == pytest.approx((1 - 0.7898, 1 - 0.6146), abs=1e-4)


def test_one_changed_example_of_many_gets_no_interval() -> None:
    assert drop_interval(fold([(0, 0, True, True)] * 50)) is None


def test_one_group_of_several_examples_gets_no_interval() -> None:
    assert drop_interval(fold([(0, 0, True, True), (1, 0, True, False)])) is None


def test_the_interval_covers_the_truth_where_naive_ones_do_not() -> None:
    """All draws of an example agree, which is as correlated as draws can be."""
    generator = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        lost = generator.random(50) < 0.2
        covered += _covers(
            drop_interval(fold([(i, i, True, not lost[i]) for i in range(50) for _ in range(4)])), 0.2
        )
    assert covered >= 0.92 * 400


def _covers(interval: tuple[float, float], truth: float) -> bool:
    low, high = interval
    return low <= truth <= high
