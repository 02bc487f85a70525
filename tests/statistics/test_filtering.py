"""What a filter catches: thresholds, figures by hand, and what their intervals hold."""

import numpy as np
import pytest
from numpy.typing import ArrayLike
from scipy import stats

from robustaudit.statistics.filtering import FilterTrials, TextScores, filter_figures, threshold_of
from robustaudit.statistics.measures import Estimate


def scores(values: ArrayLike, *, first: int = 0, groups: ArrayLike | None = None) -> TextScores:
    each = np.asarray(values, dtype=np.float64)
    group = first + np.arange(len(each)) if groups is None else np.asarray(groups)
    return TextScores(each, group, np.ones(len(each)))


def trials(positives: ArrayLike, after: ArrayLike, negatives: ArrayLike, harmless: ArrayLike) -> FilterTrials:
    first = len(np.asarray(positives))
    return FilterTrials(
        scores(positives), scores(after), scores(negatives, first=first), scores(harmless, first=first)
    )


@pytest.mark.parametrize(
    ("alarms", "threshold"),
    [(0.0, 0.9), (0.19, 0.9), (0.2, 0.8), (0.4, 0.3), (0.6, 0.3), (0.8, 0.1), (1.0, -np.inf)],
)
def test_a_threshold_is_exceeded_by_that_share_of_negatives_at_most(alarms: float, threshold: float) -> None:
    negatives = scores([0.1, 0.3, 0.3, 0.8, 0.9])
    assert threshold_of(negatives, alarms) == threshold
    assert negatives.above(threshold) <= alarms + 1e-12


def test_the_figures_are_those_counted_by_hand() -> None:
    made = trials([0.9, 0.8, 0.6, 0.2], [0.9, 0.3, 0.7, 0.6], [0.1, 0.5, 0.4, 0.3], [0.6, 0.5, 0.1, 0.7])
    figures = filter_figures(made, made.clean_negatives, 0.0)  # above 0.5
    assert figures.caught.value == 0.75
    assert figures.caught_after.value == 0.75
    assert figures.evasion is not None
    assert figures.evasion.value == pytest.approx(1 / 3)  # of the three that were caught, the second
    assert (figures.alarms.value, figures.alarms_after.value) == (0.0, 0.5)
    assert figures.area.value == pytest.approx(13 / 16)
    assert figures.area_after.value == pytest.approx(11 / 16)  # two ties count half
    assert figures.roc[-1] == (0.5, 0.75, 0.75)


def test_the_areas_are_the_chances_of_mann_and_whitney() -> None:
    generator = np.random.default_rng(3)
    positives, negatives = generator.integers(0, 9, 40) / 9, generator.integers(0, 7, 30) / 9
    made = trials(positives, positives, negatives, negatives)
    won = stats.mannwhitneyu(positives, negatives).statistic
    assert filter_figures(made, made.clean_negatives, 0.1).area.value == pytest.approx(won / 1200)


def test_intervals_of_decisions_are_those_of_clopper_and_pearson() -> None:
    caught = np.repeat([1.0, 0.0], [30, 10])
    made = trials(caught, caught[::-1], np.zeros(20), np.repeat([1.0, 0.0], [2, 18]))
    figures = filter_figures(made, made.clean_negatives, None)
    for found, hits, texts in (
        (figures.caught, 30, 40),
        (figures.alarms_after, 2, 20),
        (figures.alarms, 0, 20),
    ):
        exact = stats.binomtest(hits, texts).proportion_ci(method="exact")
        assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=0.03)
    assert figures.roc == ()


def test_a_threshold_that_few_negatives_leave_open_is_open_in_the_interval() -> None:
    generator = np.random.default_rng(1)
    positives = generator.normal(2, 1, 300)
    few, many = (generator.normal(0, 1, size) for size in (40, 4000))
    caught = [
        filter_figures(
            trials(positives, positives, negatives, negatives), scores(negatives, first=300), 0.02
        ).caught
        for negatives in (few, many)
    ]
    assert _width(caught[0]) > 2 * _width(caught[1])
    assert caught[0].low == 0.0  # of 40 texts, the next might lie above all: then nothing is caught at 2 %


def test_an_attack_that_changes_no_score_evades_nothing() -> None:
    same = np.linspace(0.4, 0.9, 50)
    made = trials(same, same, np.linspace(0.1, 0.6, 50), np.linspace(0.1, 0.6, 50))
    figures = filter_figures(made, made.clean_negatives, 0.1)
    assert figures.evasion is not None
    assert (figures.evasion.value, figures.evasion.low) == (0.0, 0.0)
    assert figures.caught == figures.caught_after


def test_texts_of_one_group_count_as_one() -> None:
    caught = np.tile([1.0, 0.0], 30)
    apart, together = (
        FilterTrials(of, of, scores(np.zeros(9), first=60), scores(np.zeros(9), first=60))
        for of in (scores(caught), scores(caught, groups=np.repeat(np.arange(6), 10)))
    )
    alone, shared = (filter_figures(each, each.clean_negatives, None).caught for each in (apart, together))
    assert _width(shared) > _width(alone)  # though groups of both kinds have the same mean


def test_nothing_is_said_of_evasion_where_nothing_is_caught() -> None:
    made = trials([0.1, 0.2], [0.1, 0.2], [0.5, 0.6], [0.5, 0.6])
    assert filter_figures(made, made.clean_negatives, 0.0).evasion is None


def _width(found: Estimate) -> float:
    assert found.low is not None
    assert found.high is not None
    return found.high - found.low
