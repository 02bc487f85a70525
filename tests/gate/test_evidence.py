import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gates import audited, result, row, shards, trial
from robustaudit.gate.baseline import make_baseline
from robustaudit.gate.evaluation import evaluate
from robustaudit.gate.evidence import trials_evidence, trials_needed
from robustaudit.gate.rules import Measure, Rule
from robustaudit.runs.slices import MEMBERSHIPS
from robustaudit.statistics.bounds import interval, mean_between
from robustaudit.statistics.intervals import LEVEL, grouped
from robustaudit.statistics.measures import Estimate
from robustaudit.statistics.power import examples_needed, group_types_of
from robustaudit.statistics.sample_size import PowerTarget, pilot_from_assumptions

NO_SLICES = MEMBERSHIPS.empty_table()
RIGHT, WRONG = 1, 0


def trials_of(drops: np.ndarray, model: str = "1") -> list[dict]:
    """Trials of as many examples: −1 was wrong and became right, 1 the other way, 0 stayed right."""
    answers = {1: (RIGHT, WRONG), 0: (RIGHT, RIGHT), -1: (WRONG, RIGHT)}
    return [
        trial(
            number,
            model=model,
            clean_prediction=answers[int(drop)][0],
            perturbed_prediction=answers[int(drop)][1],
        )
        for number, drop in enumerate(drops)
    ]


def estimate_of(drops: np.ndarray) -> Estimate:
    bounds = mean_between(grouped(drops, np.arange(len(drops))), -1.0, 1.0)
    return Estimate(float(drops.mean()), *interval(bounds))


MEASURES: list[tuple[Measure, str]] = [
    ("max_drop", "drop"),
    ("min_accuracy", "perturbed_accuracy"),
    ("max_flip_rate", "flip_rate"),
    ("max_relative_drop", "relative_drop"),
]


@pytest.mark.parametrize(("measure", "figure"), MEASURES)
def test_p_values_and_the_interval_of_the_table_never_disagree(
    measure: Measure, figure: str, tmp_path: Path
) -> None:
    run = audited(tmp_path, worse=True, examples=60)
    assert run.result is not None
    (found,) = run.result.rows
    estimate = getattr(found.on_changed, figure)
    p_values = trials_evidence(run.result, run.shards, NO_SLICES)
    for threshold in np.linspace(0.01, 0.99, 40).tolist():
        above, below = p_values(Rule(measure=measure, threshold=threshold), found) or (1.0, 1.0)
        assert (above < LEVEL) == (estimate.low > threshold)
        assert (below < LEVEL) == (estimate.high < threshold)


def test_the_worst_of_k_and_slices_are_read_as_they_are_shown(tmp_path: Path) -> None:
    run = audited(tmp_path, worse=True, examples=60)
    assert run.result is not None
    (found,) = run.result.rows
    worst = found.worst_of_k[1].accuracy
    label = next(each for each in run.result.slices if each.slice and each.slice.column == "true label")
    assert worst.low is not None
    assert label.drop is not None
    assert label.drop.low is not None
    at_worst = Rule(measure="min_worst_of_k", k=2, threshold=worst.low)
    of_label = Rule(measure="max_drop", threshold=max(label.drop.low, 0.0))
    p_values = trials_evidence(run.result, run.shards, run.slices())
    for rule, each in ((at_worst, found), (of_label, label)):
        given_p = p_values(rule, each)
        assert given_p is not None
        assert given_p[0] == pytest.approx(LEVEL, rel=0.01) or rule.threshold == 0


def test_one_text_lost_of_two_hundred_does_not_pass_at_0_022() -> None:
    """So few are lost in 6.4 % of audits whose true drop is 0.022, not in 2.5."""
    drops = np.eye(1, 200)[0]
    rule = Rule(measure="max_drop", threshold=0.022)
    verdict = evaluate(result([row(estimate_of(drops), examples=200)]), shards(trials_of(drops)), [rule])
    assert verdict.outcome == "inconclusive"
    wider = Rule(measure="max_drop", threshold=0.03)
    verdict = evaluate(result([row(estimate_of(drops), examples=200)]), shards(trials_of(drops)), [wider])
    assert verdict.outcome == "passed"


@given(st.floats(0.01, 0.2), st.floats(0.03, 0.3))
def test_with_so_many_more_trials_the_interval_leaves_the_threshold_out(gap: float, reach: float) -> None:
    assume(gap < reach)
    further = trials_needed(Estimate(0.3, 0.3 - reach, 0.3 + reach), 0.3 - gap, trials=100, level=LEVEL)
    assert further is not None
    narrowed = reach / math.sqrt((100 + further) / 100)
    assert narrowed <= gap * (1 + 1e-9)
    assert reach / math.sqrt((100 + 0.9 * (further - 1)) / 100) > gap or further == 1


def test_on_the_threshold_no_number_would_help() -> None:
    estimate = Estimate(0.1, 0.0, 0.2)
    for threshold in (0.1, 0.1 + 1e-9):
        assert trials_needed(estimate, threshold, trials=100, level=LEVEL) is None


def test_a_gate_whose_rules_are_just_kept_fails_seldom() -> None:
    """The true drop is the threshold everywhere: a failure, of any check, is a false alarm."""
    random = np.random.default_rng(0)
    rule = Rule(measure="max_drop", threshold=0.1)
    failed, runs = 0, 100
    for _ in range(runs):
        drops = random.choice([-1, 0, 1], (5, 100), p=[0.05, 0.8, 0.15])
        rows = [row(estimate_of(each), examples=100, model=str(model)) for model, each in enumerate(drops)]
        trials = [each for model, of in enumerate(drops) for each in trials_of(of, str(model))]
        failed += evaluate(result(rows), shards(trials), [rule]).outcome == "failed"
    assert failed / runs < LEVEL + 3 * math.sqrt(LEVEL * (1 - LEVEL) / runs)


def test_a_gate_passes_as_often_as_the_plan_promised() -> None:
    """2,000 gates of as many texts as `plan` asks for, each right at first and lost with a chance of 0.02."""
    question = PowerTarget(max_drop=0.05, true_drop=0.02)
    examples, _ = examples_needed(question, group_types_of(pilot_from_assumptions(0.02, 1.0), 0.02, 1), 1.0)
    numbers, gates = np.unique(np.random.default_rng(0).binomial(examples, 0.02, 2000), return_counts=True)
    passed = 0
    for lost, often in zip(numbers, gates, strict=True):
        drops = (np.arange(examples) < lost).astype(float)
        rule = Rule(measure="max_drop", threshold=question.max_drop)
        rows = result([row(estimate_of(drops), examples=examples)])
        passed += often * (evaluate(rows, shards(trials_of(drops)), [rule]).outcome == "passed")
    assert passed / 2000 > 0.78


def test_into_which_shards_a_run_is_cut_changes_nothing(tmp_path: Path) -> None:
    run = audited(tmp_path, worse=True, examples=60)
    assert run.result is not None
    whole = run.trials()

    def cut() -> list[pa.Table]:
        return [whole.slice(start, 7) for start in range(0, len(whole), 7)]

    rules = [Rule(measure="max_drop", threshold=0.1), Rule(measure="min_accuracy", threshold=0.95)]
    verdict = evaluate(run.result, run.shards, rules)
    assert len(verdict.checks[1].counterexamples) == 3
    assert evaluate(run.result, cut, rules) == verdict
    assert make_baseline(run.result, cut) == make_baseline(run.result, run.shards)
