"""Sizes of audits: variances by hand and against simulated data, power against simulated audits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from robustaudit.core.errors import UserError
from robustaudit.engine.losses import Losses
from robustaudit.engine.planning import Question, Spread, assumed, design, spread_of


def losses(*rows: tuple[int, int, bool, float]) -> Losses:
    """Rows of (group, example, changed, drop)."""
    group, example, changed, drop = zip(*rows, strict=True)
    return Losses(np.array(group), np.array(example), np.array(changed), np.array(drop, dtype=float))


def test_components_of_variance_by_hand() -> None:
    # Two groups of two examples with two draws each: means 1, 0.5 and 0, 0.5; draws of the halves differ.
    rows = [(0, 0, 1), (0, 0, 1), (0, 1, 1), (0, 1, 0), (1, 2, 0), (1, 2, 0), (1, 3, 0), (1, 3, 1)]
    spread = spread_of(losses(*((group, example, True, drop) for group, example, drop in rows)))
    # Draws: sums of squares 0 + 0.5 + 0 + 0.5 over 4 repeats. Inside groups: 4 · 0.25² / 2 = 0.125, which is
    # what draws explain, 0.25 / 2. Between: 2 · 2 · 0.25² / 1 = 0.25; 0.125 of it is from inside, 2 a group.
    assert spread == Spread(groups=0.0625, examples=0.0, draws=0.25, group_size=2.0, changed=1.0)


def test_what_did_not_change_says_nothing_but_how_much_did() -> None:
    rows = [(0, 0, True, 1.0), (1, 1, True, 0.0), (2, 2, False, 0.0), (3, 3, False, 0.0)]
    spread = spread_of(losses(*rows))
    assert spread == Spread(groups=0.0, examples=0.5, draws=None, group_size=1.0, changed=0.5)


def test_one_changed_group_says_nothing_of_others() -> None:
    assert spread_of(losses((0, 0, True, 1.0), (1, 1, False, 0.0))) is None


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
    spread = spread_of(losses(*rows))
    assert spread is not None
    assert spread.groups == pytest.approx(0.09, abs=0.03)
    assert spread.examples == pytest.approx(0.16, abs=0.03)
    assert spread.draws == pytest.approx(0.25, abs=0.03)


def test_a_fixed_size_by_hand() -> None:
    question = Question(max_drop=0.05, true_drop=0.02, models=2, attacks=3, alpha=0.06)
    spread = Spread(groups=0.01, examples=0.1, draws=0.08, group_size=3.0, changed=0.5)
    # (z(0.99) + z(0.8))² = 3.1680²; 3 · 0.01 + 0.1 + 0.08 / 4 = 0.15; over 0.03², for half of the examples.
    examples = math.ceil(3.16797**2 * 0.15 / 0.03**2 / 0.5)
    found = design(question, spread, draws=4)
    assert (found.examples, found.trials) == (examples, 4 * examples)
    assert found.model_calls == 2 * examples * (1 + 3 * 4)


@given(
    draws=st.lists(st.integers(1, 50), min_size=2, max_size=2, unique=True),
    between=st.floats(0.001, 0.5),
    within=st.floats(0, 0.25),
)
def test_more_draws_never_need_more_examples_nor_fewer_trials(
    draws: list[int], between: float, within: float
) -> None:
    few, many = (
        design(
            Question(max_drop=0.05, true_drop=0.02),
            Spread(groups=0, examples=between, draws=within),
            draws=number,
        )
        for number in sorted(draws)
    )
    assert many.examples <= few.examples
    assert many.trials >= few.trials - max(draws)  # a part of an example is a whole one


def test_draws_that_all_agree_bring_nothing() -> None:
    sample = assumed(0.02)
    question = Question(max_drop=0.05, true_drop=0.02)
    assert (
        design(question, sample.spread, draws=1).examples
        == design(question, sample.spread, draws=20).examples
    )


def test_an_audit_of_that_size_tells_the_two_apart_as_often_as_asked() -> None:
    """4,000 audits of 30 % flips with a drop of 0.02, each by a one-sided z test against 0.05."""
    question = Question(max_drop=0.05, true_drop=0.02, power=0.8)
    examples = design(question, assumed(0.02).spread, draws=1).examples
    counts = np.random.default_rng(0).multinomial(examples, [0.16, 0.14, 0.7], size=4000)
    mean = (counts[:, 0] - counts[:, 1]) / examples
    variance = (counts[:, 0] + counts[:, 1]) / examples - mean**2
    told = int((mean + stats.norm.ppf(0.95) * np.sqrt(variance / examples) < 0.05).sum())
    assert stats.binom.ppf(0.001, 4000, 0.79) <= told <= stats.binom.ppf(0.999, 4000, 0.82)


def test_a_pilot_without_a_flip_does_not_promise_an_audit_of_nothing() -> None:
    still = spread_of(losses(*((i, i, True, 0.0) for i in range(30))))
    assert still is not None
    assert still.of_an_example(1) == 0
    assert still.at_least(0.0475).of_an_example(1) == pytest.approx(0.0475)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"true_drop": 0.05}, "true drop must differ from max drop 0.05: give --true-drop another value"),
        ({"true_drop": 2}, "true drop must be a share between -1 and 1, such as 0.02, got 2"),
        ({"true_drop": math.nan}, "true drop must be a share between -1 and 1, such as 0.02, got nan"),
        ({"max_drop": 5}, "max drop must be a share from 0 to below 1, such as 0.05, got 5"),
        ({"power": 1.0}, "power must be above alpha 0.05 and below 1, got 1"),
        ({"power": 0.04}, "power must be above alpha 0.05 and below 1, got 0.04"),
        ({"models": 0}, "models must be at least 1, got 0"),
        ({"attacks": 0}, "attacks must be at least 1, got 0"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(changes: dict[str, float], message: str) -> None:
    with pytest.raises(UserError) as caught:
        Question(**({"max_drop": 0.05, "true_drop": 0.02} | changes))  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_a_gap_that_is_easily_seen_still_takes_as_many_examples_as_a_row_rests_on() -> None:
    question = Question(max_drop=0.05, true_drop=0.9)
    assert design(question, assumed(0.9).spread, draws=1).examples == 20
