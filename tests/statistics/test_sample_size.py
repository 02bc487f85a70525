"""What is known before an audit: variances by hand and of simulated data, draws of a pilot, assumptions."""

import math

import numpy as np
import pytest

from robustaudit.core.errors import UserError
from robustaudit.statistics.sample_size import (
    PowerTarget,
    TrialDrops,
    VarianceComponents,
    pilot_from_assumptions,
    variance_components,
)


def losses(*rows: tuple[int, int, bool, float]) -> TrialDrops:
    """Rows of (group, example, changed, drop)."""
    group, example, changed, drop = zip(*rows, strict=True)
    return TrialDrops(np.array(group), np.array(example), np.array(changed), np.array(drop, dtype=float))


def test_components_of_variance_by_hand() -> None:
    # Two groups of two examples with two draws each: means 1, 0.5 and 0, 0.5; draws of the halves differ.
    rows = [(0, 0, 1), (0, 0, 1), (0, 1, 1), (0, 1, 0), (1, 2, 0), (1, 2, 0), (1, 3, 0), (1, 3, 1)]
    spread = variance_components(losses(*((group, example, True, drop) for group, example, drop in rows)))
    # Draws: sums of squares 0 + 0.5 + 0 + 0.5 over 4 repeats. Inside groups: 4 · 0.25² / 2 = 0.125, which is
    # what draws explain, 0.25 / 2. Between: 2 · 2 · 0.25² / 1 = 0.25; 0.125 of it is from inside, 2 a group.
    assert spread == VarianceComponents(groups=0.0625, examples=0.0, draws=0.25, group_size=2.0, changed=1.0)


def test_what_did_not_change_says_nothing_but_how_much_did() -> None:
    rows = [(0, 0, True, 1.0), (1, 1, True, 0.0), (2, 2, False, 0.0), (3, 3, False, 0.0)]
    spread = variance_components(losses(*rows))
    assert spread == VarianceComponents(groups=0.0, examples=0.5, draws=None, group_size=1.0, changed=0.5)


def test_one_changed_group_says_nothing_of_others() -> None:
    assert variance_components(losses((0, 0, True, 1.0), (1, 1, False, 0.0))) is None


def test_known_components_are_found_again() -> None:
    """Normal effects of 400 groups of one to five examples with one to four draws."""
    generator = np.random.default_rng(0)
    rows = []
    example = 0
    for group in range(400):
        of_group = generator.normal(0, 0.3)
        for _ in range(1 + group % 5):
            of_example = of_group + generator.normal(0, 0.4)
            rows += [
                (group, example, True, of_example + generator.normal(0, 0.5)) for _ in range(1 + example % 4)
            ]
            example += 1
    spread = variance_components(losses(*rows))
    assert spread is not None
    assert spread.groups == pytest.approx(0.09, abs=0.03)
    assert spread.examples == pytest.approx(0.16, abs=0.03)
    assert spread.draws == pytest.approx(0.25, abs=0.03)


def test_groups_are_summed_over_what_changed() -> None:
    # Two draws each: group 0 has examples that lose one of two, and nothing; of group 1 no text changed.
    rows = [(0, 0, True, 1), (0, 0, True, 0), (0, 1, True, 0), (0, 1, False, 0), (1, 2, False, 0)]
    sums = losses(*rows).sums()
    assert (sums.sums.tolist(), sums.sizes.tolist()) == ([0.5, 0], [2, 0])


def test_of_several_draws_each_serves_as_often() -> None:
    rows = [(0, 0, True, drop) for drop in (1, 0, 0)] + [(1, 1, True, drop) for drop in (0, -1, 1)]
    some = losses(*rows)
    assert [part.drop.tolist() for part in some.with_draws(2)] == [[1, 0, 0, -1], [0, 0, -1, 1], [1, 0, 0, 1]]
    assert [part.drop.tolist() for part in some.with_draws(1)] == [[1, 0], [0, -1], [0, 1]]
    assert some.with_draws(3) == some.with_draws(5) == [some]


def test_examples_that_lack_draws_keep_those_they_have() -> None:
    some = losses((0, 0, True, 1), (0, 0, True, 0), (0, 0, True, 0), (1, 1, True, 1))
    assert [part.drop.tolist() for part in some.with_draws(2)] == [[1, 0, 1], [0, 0, 1], [1, 0, 1]]


@pytest.mark.parametrize(
    ("true_drop", "clean_accuracy", "flips"),
    [
        (0.02, None, 0.3),
        (0.6, None, 0.6),
        (0.02, 0.5, 0.3),  # at most 0.98 flip, which is no news
        (0.02, 0.95, 0.12),  # all of 0.05 wrong answers are mended, and 0.07 right ones lost
        (0.02, 1.0, 0.02),
        (-0.02, 0.95, 0.08),
        (0.2, 0.2, 0.2),
    ],
)
def test_a_clean_accuracy_says_how_many_texts_flip_at_the_most(
    true_drop: float, clean_accuracy: float | None, flips: float
) -> None:
    sample = pilot_from_assumptions(true_drop, clean_accuracy)
    assert sample.flips == pytest.approx(flips)
    assert sample.spread.examples == pytest.approx(flips - true_drop**2)


@pytest.mark.parametrize(
    ("true_drop", "clean_accuracy", "message"),
    [
        (0.5, 0.4, "true_drop 0.5 cannot be of a clean accuracy of 0.4: give a drop from -0.6 to 0.4"),
        (-0.5, 0.9, "true_drop -0.5 cannot be of a clean accuracy of 0.9: give a drop from -0.1 to 0.9"),
        (0.5, 95, "clean_accuracy must be above 0 and at most 1, got 95"),
    ],
)
def test_a_drop_that_no_such_model_can_have_is_refused(
    true_drop: float, clean_accuracy: float, message: str
) -> None:
    with pytest.raises(UserError) as caught:
        pilot_from_assumptions(true_drop, clean_accuracy)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"true_drop": 0.05}, "true_drop must differ from max_drop 0.05"),
        ({"true_drop": 2}, "true_drop must be a share between -1 and 1, such as 0.02, got 2"),
        ({"true_drop": math.nan}, "true_drop must be a share between -1 and 1, such as 0.02, got nan"),
        ({"max_drop": 5}, "max_drop must be a share from 0 to below 1, such as 0.05, got 5"),
        ({"power": 1.0}, "power must be above alpha 0.05 and at most 0.999, got 1"),
        ({"power": 0.04}, "power must be above alpha 0.05 and at most 0.999, got 0.04"),
        ({"models": 0}, "number of models must be at least 1, got 0"),
        ({"attacks": 0}, "number of attacks must be at least 1, got 0"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(changes: dict[str, float], message: str) -> None:
    with pytest.raises(UserError) as caught:
        PowerTarget(**({"max_drop": 0.05, "true_drop": 0.02} | changes))  # type: ignore[arg-type]
    assert str(caught.value) == message
