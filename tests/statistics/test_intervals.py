import numpy as np
import pytest

from robustaudit.statistics.intervals import (
    AdjustedMean,
    GroupSums,
    combined,
    grouped,
    holm,
    linearised,
    with_pseudo_groups,
)


def test_a_difference_over_the_same_groups_is_paired() -> None:
    """The difference of two means over the same groups has the error of the mean of the differences."""
    generator = np.random.default_rng(0)
    first = generator.random(40)
    second = first + generator.normal(0, 0.01, 40)
    each = np.arange(40)
    apart = combined([grouped(first, each), grouped(second, each)], [1.0, -1.0])
    together = combined([grouped(first - second, each)], [1.0])
    assert float(apart.error) == pytest.approx(float(together.error))
    assert float(apart.mean) == pytest.approx(float(together.mean))


def test_a_difference_over_other_groups_has_the_variances_added() -> None:
    generator = np.random.default_rng(0)
    parts = [
        grouped(generator.random(50), np.arange(50), groups=100),
        grouped(generator.random(50), np.arange(50, 100)),
    ]
    apart = [float(combined([part], [1.0]).error) ** 2 for part in parts]
    both = float(combined(parts, [1.0, -1.0]).error) ** 2
    assert both == pytest.approx(sum(apart), rel=0.02)  # but for the n − 1 of 100 groups or of 50
    assert int(combined(parts, [1.0, -1.0]).degrees_of_freedom) == 49


def test_a_difference_over_the_same_groups_is_that_of_the_mean_of_differences() -> None:
    """Linearised, two means over the same examples are one mean of what each example differs by."""
    first, second = np.random.default_rng(0).random((2, 40))
    group = np.arange(40) % 15
    found = linearised([grouped(first, group), grouped(second, group)], [1.0, -1.0])
    wanted = grouped(first - second, group)
    assert found.sums == pytest.approx(wanted.sums)
    assert found.sizes == pytest.approx(wanted.sizes)


def test_a_linearised_sum_has_the_value_and_the_error_of_the_sum() -> None:
    generator = np.random.default_rng(1)
    parts = [grouped(generator.random(60), generator.integers(0, 20, 60), groups=20) for _ in range(3)]
    weights = [0.5, 0.3, 0.2]
    found = linearised(parts, weights)
    assert found.mean == pytest.approx(sum(w * part.mean for w, part in zip(weights, parts, strict=True)))
    assert float(combined([found], [1.0]).error) == pytest.approx(float(combined(parts, weights).error))


def test_added_groups_are_as_large_as_that_of_a_usual_example() -> None:
    # Two examples are in a group of 2, six in one of 6: (2 · 2 + 6 · 6) / 8.
    part = with_pseudo_groups(GroupSums(np.array([1.0, 2.0]), np.array([2.0, 6.0])), (1.0, -1.0))
    assert part.sums.tolist() == [1, 2, 5, -5]
    assert part.sizes.tolist() == [2, 6, 5, 5]


def test_holms_adjustment_by_hand() -> None:
    # 4 · 0.01, then 3 · 0.02, then 2 · 0.03 and 0.04, never falling.
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([[0.9, 0.8], [0.01, 0.02]]).tolist() == [[1.0, 1.0], [0.02, 0.02]]
    assert holm([]).tolist() == []


def test_an_interval_of_few_groups_reaches_as_far_as_students_t() -> None:
    found = AdjustedMean(mean=np.zeros(2), error=np.array([0.1, 1.0]), degrees_of_freedom=np.array([4, 30]))
    assert found.reach() == pytest.approx(np.array([0.1 * 2.77645, 2.04227]), rel=1e-5)  # of its tables
