from dataclasses import replace
from itertools import product
from typing import Any

import pyarrow as pa
import pytest

from gates import NO_TRIALS, by_interval, result, row, shards, trial
from robustaudit.core.errors import UserError
from robustaudit.gate.evaluation import evaluate
from robustaudit.gate.rules import Rule, Selection
from robustaudit.gate.verdict import Check, Verdict, parse_verdict
from robustaudit.reports.gate_text import reason, replay_command, verdict_as_json
from robustaudit.runs.result import Result, Slice
from robustaudit.runs.slices import MEMBERSHIPS
from robustaudit.statistics.measures import Estimate

BELOW, ACROSS, ABOVE = Estimate(0.2, 0.15, 0.25), Estimate(0.3, 0.25, 0.35), Estimate(0.4, 0.35, 0.45)


def judged(rules: Rule | list[Rule], rows: Any, **options: Any) -> Verdict:
    found = rows if isinstance(rows, Result) else result(rows)
    return evaluate(
        found, NO_TRIALS, rules if isinstance(rules, list) else [rules], evidence=by_interval, **options
    )


def check(rule: Rule, estimate: Estimate | None, **changes: Any) -> Check:
    (found,) = judged(rule, [row(estimate, **changes)]).checks
    return found


MOST = ["max_drop", "max_flip_rate", "max_relative_drop"]
LEAST = ["min_accuracy", "min_worst_of_k"]
# Of a rule that allows 0.29 at most, or at least: bound, below it, across it with the figure above, above it.
AT_MOST = [
    ("interval", "passed", "inconclusive", "failed"),
    ("point", "passed", "failed", "failed"),
    ("lower", "passed", "passed", "failed"),
    ("upper", "passed", "failed", "failed"),
]
AT_LEAST = [
    ("interval", "failed", "inconclusive", "passed"),
    ("point", "failed", "passed", "passed"),
    ("lower", "failed", "failed", "passed"),
    ("upper", "failed", "passed", "passed"),
]


@pytest.mark.parametrize(
    ("measure", "bound", "below", "across", "above"),
    [(measure, *verdicts) for measure in MOST for verdicts in AT_MOST]
    + [(measure, *verdicts) for measure in LEAST for verdicts in AT_LEAST],
)
def test_rule_by_interval_gives_the_verdict(
    measure: Any, bound: Any, below: str, across: str, above: str
) -> None:
    rule = Rule(measure=measure, threshold=0.29, bound=bound, k=5 if measure == "min_worst_of_k" else None)
    assert [check(rule, each).outcome for each in (BELOW, ACROSS, ABOVE)] == [below, across, above]


QUOTIENTS = [
    ("max_relative_drop", 0.3, 1 - 28 / 40),
    ("max_drop", 0.1, 0.8 - 0.7),
    ("max_drop", 0.3, 0.1 + 0.2),
    ("max_flip_rate", 0.07, sum([0.01] * 7)),
    ("min_accuracy", 0.7, 1 - 0.1 * 3),
    ("min_worst_of_k", 0.9, 1 - (0.4 - 0.3)),
    ("max_drop", 1 / 3, 0.333333),
]


@pytest.mark.parametrize(("measure", "threshold", "figure"), QUOTIENTS)
def test_a_figure_on_the_threshold_is_within_it_whatever_floating_point_makes_of_it(
    measure: Any, threshold: float, figure: float
) -> None:
    k = 5 if measure == "min_worst_of_k" else None
    for bound in ("point", "lower", "upper"):
        rule = Rule(measure=measure, threshold=threshold, bound=bound, k=k)
        ends = {"point": (0.0, 1.0), "lower": (figure, 1.0), "upper": (0.0, figure)}[bound]
        found = check(rule, Estimate(figure, *ends))
        assert found.outcome == "passed", reason(found)
        worse = figure - 2e-6 if rule.is_least else figure + 2e-6
        ends = {"point": (0.0, 1.0), "lower": (worse, 1.0), "upper": (0.0, worse)}[bound]
        assert check(rule, Estimate(worse, *ends)).outcome == "failed"


@pytest.mark.parametrize("measure", [*MOST, *LEAST])
def test_an_interval_that_just_ends_at_the_threshold_decides_nothing(measure: Any) -> None:
    for examples, value in product(range(20, 60), (0.31, 0.9, 0.951)):
        threshold, ends = (1.0, (0.3, 1.0)) if measure in LEAST else (0.3, (0.3, 1.0))
        rule = Rule(measure=measure, threshold=threshold, k=5 if measure == "min_worst_of_k" else None)
        assert check(rule, Estimate(value, *ends), examples=examples).outcome == "inconclusive"


def test_trials_that_make_few_examples_enough_are_counted_exactly() -> None:
    few = check(Rule(measure="max_drop", threshold=0.29), ABOVE, examples=3, trials=30)
    assert few.trials_needed == 170


@pytest.mark.parametrize("bound", ["interval", "point", "lower", "upper"])
def test_with_under_twenty_changed_examples_nothing_is_decided(bound: Any) -> None:
    rule = Rule(measure="max_drop", threshold=0.29, bound=bound)
    few = check(rule, ABOVE, examples=19, trials=100)
    assert few.outcome == "inconclusive"
    assert "19 changed examples: too few to conclude (fewer than 20 changed examples)" in reason(few)
    assert few.trials_needed == 6
    assert check(rule, ABOVE, examples=20).outcome == "failed"


def test_where_nothing_changed_nothing_is_decided() -> None:
    found = check(Rule(measure="max_drop", threshold=0.29), None, examples=0)
    assert (found.outcome, found.trials_needed) == ("inconclusive", None)
    assert "no trial changed its text" in reason(found)


@pytest.mark.parametrize("bound", ["interval", "point", "lower", "upper"])
def test_without_an_interval_nothing_is_decided(bound: Any) -> None:
    found = check(Rule(measure="max_drop", threshold=0.29, bound=bound), Estimate(0.4))
    assert (found.outcome, reason(found)) == ("inconclusive", "drop 40.0 pp: no confidence interval")


def test_what_one_check_would_show_many_may_not() -> None:
    """0.38 [0.30, 0.46] lies above 0.29, but among forty checks that is bound to happen now and then."""
    rule, barely, kept = Rule(measure="max_drop", threshold=0.29), Estimate(0.38, 0.30, 0.46), BELOW
    assert check(rule, barely).outcome == "failed"
    verdict = judged(rule, [row(barely, model="0"), *(row(kept, model=str(n)) for n in range(1, 40))])
    assert verdict.outcome == "inconclusive"
    (inconclusive,) = verdict.of("inconclusive")
    assert "not significant among 40 checks" in reason(inconclusive)
    assert inconclusive.trials_needed
    surely = judged(rule, [row(ABOVE, model="0"), *(row(kept, model=str(n)) for n in range(1, 40))])
    assert surely.outcome == "failed"


def test_that_all_is_kept_needs_no_correction() -> None:
    """A gate passes where every check does, so that one that should not is enough to stop it."""
    verdict = judged(Rule(measure="max_drop", threshold=0.26), [row(BELOW, model=str(n)) for n in range(40)])
    assert verdict.outcome == "passed"


@pytest.mark.parametrize(
    ("rows", "policy", "outcome", "code"),
    [
        ([BELOW], "warn", "passed", 0),
        ([BELOW, ABOVE], "warn", "failed", 1),
        ([BELOW, ACROSS], "warn", "inconclusive", 0),
        ([BELOW, ACROSS], "fail", "inconclusive", 4),
        ([BELOW, ACROSS], "pass", "passed", 0),
        ([ABOVE, ACROSS], "fail", "failed", 1),
        ([ABOVE, ACROSS], "pass", "failed", 1),
    ],
)
def test_checks_come_to_an_outcome_and_an_exit_code(
    rows: list[Estimate], policy: Any, outcome: str, code: int
) -> None:
    found = [row(each, model=str(number)) for number, each in enumerate(rows)]
    verdict = judged(Rule(measure="max_drop", threshold=0.29), found, on_inconclusive=policy)
    assert (verdict.outcome, verdict.exit_code) == (outcome, code)


def test_the_trials_that_would_decide_all_are_those_of_the_widest() -> None:
    rule = Rule(measure="max_drop", threshold=0.29)
    wide = Estimate(0.3, 0.2, 0.4)
    both = judged(rule, [row(ACROSS, model="1"), row(wide, model="2")])
    assert both.trials_needed == max(each.trials_needed or 0 for each in both.checks)
    assert judged(rule, [row(BELOW)]).trials_needed is None


def test_the_worst_of_a_k_that_no_row_has_is_inconclusive() -> None:
    found = check(Rule(measure="min_worst_of_k", threshold=0.5, k=9), BELOW)
    assert found.outcome == "inconclusive"
    assert "no example has 9 changed draws" in reason(found)


def test_a_slice_is_judged_by_its_own_figures() -> None:
    whole, part = row(BELOW), row(ABOVE, slice=Slice("true label", "1"))
    rule = Rule(measure="max_drop", threshold=0.29, selection=Selection(slices=("true label",)))
    trials = shards([trial(0), trial(1, label=0, clean_prediction=0, perturbed_prediction=1)])
    (found,) = evaluate(result([whole], [part]), trials, [rule], evidence=by_interval).checks
    assert (found.slice, found.outcome) == (part.slice, "failed")
    assert [each.trial for each in found.counterexamples] == [0]


def test_a_rule_for_everything_leaves_out_what_changed_no_text() -> None:
    """One that names the attack does not; neither does one with nothing else left, or a model that failed."""
    everything = Rule(measure="max_drop", threshold=0.29)
    by_name = replace(everything, selection=Selection(attacks=("contract",)))
    kept = row(BELOW, attack="qwerty")
    nothing = row(None, attack="contract", examples=0, trials_changed=0)
    verdict = judged(everything, [kept, nothing], on_inconclusive="fail")
    assert (verdict.outcome, verdict.exit_code, len(verdict.checks)) == ("passed", 0, 1)
    assert [(each.attack, each.rule) for each in verdict.not_applicable] == [("contract", everything)]
    assert parse_verdict(verdict_as_json(verdict), where="gate.json") == verdict
    for rule, rows in (
        (by_name, [kept, nothing]),
        (everything, [nothing]),
        (everything, [kept, replace(nothing, skipped=3)]),
    ):
        verdict = judged(rule, rows, on_inconclusive="fail")
        assert (verdict.exit_code, verdict.not_applicable) == (4, ())


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (Slice("language", "de"), [1]),
        (Slice("characters", "1–11"), [0]),
        (Slice("words", "3–3"), [0, 1]),
        (Slice("words", "4–9"), []),
    ],
    ids=str,
)
def test_the_trials_that_break_a_rule_for_a_slice_are_of_that_slice(part: Slice, told: list[int]) -> None:
    rule = Rule(measure="max_drop", threshold=0.29, selection=Selection(slices=(part.column,)))
    trials = [trial(0, clean_text="a good film"), trial(1)]
    members = pa.Table.from_pylist(
        [
            {"example": trials[0]["example"], "column": "language", "value": "en"},
            {"example": trials[1]["example"], "column": "language", "value": "de"},
        ],
        schema=MEMBERSHIPS,
    )
    found = result([row(BELOW)], [row(ABOVE, slice=part)])
    (check,) = evaluate(found, shards(trials), [rule], members=members, evidence=by_interval).checks
    assert [each.trial for each in check.counterexamples] == told


def test_a_slice_grows_with_the_trials_of_the_run_that_it_is_a_part_of() -> None:
    whole = row(ACROSS, trials=100)
    few = row(ACROSS, slice=Slice("true label", "1"), examples=10, trials=25)
    rule = Rule(measure="max_drop", threshold=0.29, selection=Selection(slices=("true label",)))
    (found,) = evaluate(result([whole], [few]), NO_TRIALS, [rule], evidence=by_interval).checks
    assert found.trials_needed == 100


def test_a_baseline_must_be_there_where_a_rule_needs_one() -> None:
    rule = Rule(measure="max_regression", threshold=0.1, where="[gate]")
    with pytest.raises(UserError, match=r"max_regression in \[gate\] needs a baseline"):
        judged(rule, [row(BELOW)])


def test_the_verdict_is_json_that_tells_all() -> None:
    rule = Rule(measure="max_drop", threshold=0.29, selection=Selection(models=("1",)))
    trials = shards([trial(3)])
    verdict = evaluate(
        result([row(ABOVE)]), trials, [rule], run="reports/x", config="robustaudit.toml", evidence=by_interval
    )
    content = verdict_as_json(verdict)
    assert (content["outcome"], content["exit_code"]) == ("failed", 1)
    (found,) = content["checks"]
    assert found["rule"]["selection"]["models"] == ("1",)
    assert found["estimate"] == {"value": 0.4, "low": 0.35, "high": 0.45}
    assert found["counterexamples"][0]["replay"] == "robustaudit replay reports/x 3 --model 1 --attack qwerty"


def replayed(trials: list[dict[str, Any]], **rule: Any) -> list[int]:
    asked = Rule(**({"measure": "max_drop", "threshold": 0.29} | rule))
    bad = BELOW if asked.is_least else ABOVE
    (found,) = evaluate(result([row(bad)]), shards(trials), [asked], evidence=by_interval).checks
    assert found.outcome == "failed"
    return [each.trial for each in found.counterexamples]


SURE, UNSURE = {"perturbed_probabilities": [0.9, 0.1]}, {"perturbed_probabilities": [0.6, 0.4]}
THREE_EDITS = {"edits": [{"start": n, "stop": n + 1, "replacement": "s"} for n in range(3)]}


def test_a_trial_whose_clean_text_had_another_answer_the_next_time_tells_least() -> None:
    trials = [trial(0, clean_repeat_prediction=0), trial(1, clean_repeat_prediction=1), trial(2)]
    assert replayed(trials) == [1, 2, 0]


def test_the_most_telling_are_confidently_wrong_with_the_fewest_edits() -> None:
    found = replayed(
        [trial(0, **UNSURE), trial(1, **SURE, **THREE_EDITS), trial(2, **SURE), trial(3, **UNSURE)]
    )
    assert found == [2, 1, 0]


def test_an_example_is_shown_once() -> None:
    same = {"example": "movie-1", "group": "movie-1"}
    assert replayed([trial(0, **same), trial(1, **same), trial(2)]) == [0, 2]


def test_trials_that_break_nothing_are_not_shown() -> None:
    kept = trial(0, perturbed_prediction=1)
    unchanged = trial(1, changed=False)
    of_another = trial(2, model="7")
    wrong_before = trial(3, clean_prediction=0)
    assert replayed([kept, unchanged, of_another, wrong_before]) == []


def test_what_was_wrong_before_counts_against_an_accuracy_behind_what_was_right() -> None:
    trials = [trial(0, clean_prediction=0), trial(1)]
    assert replayed(trials, measure="min_accuracy", threshold=0.29) == [1, 0]


def test_a_flip_counts_in_either_direction() -> None:
    mended = trial(0, clean_prediction=0, perturbed_prediction=1)
    assert replayed([mended, trial(1)], measure="max_flip_rate") == [1, 0]


def test_a_model_that_gives_no_probabilities_can_be_told_of() -> None:
    bare = trial(0, perturbed_probabilities=None)
    (found,) = evaluate(
        result([row(ABOVE)]), shards([bare]), [Rule(measure="max_drop", threshold=0.29)], evidence=by_interval
    ).checks
    assert [each.confidence for each in found.counterexamples] == [None]


def test_a_trial_that_the_model_did_not_answer_is_not_told_of() -> None:
    unanswered = trial(0, error="TimeoutError", perturbed_prediction=None, perturbed_probabilities=None)
    assert replayed([unanswered, trial(1)]) == [1]


def test_a_command_to_replay_names_the_folder_of_the_models() -> None:
    rule = Rule(measure="max_drop", threshold=0.29)
    verdict = evaluate(
        result([row(ABOVE)]),
        shards([trial(0)]),
        [rule],
        run="out",
        models_dir="my models",
        evidence=by_interval,
    )
    assert replay_command(verdict, verdict.checks[0].counterexamples[0]) == (
        "robustaudit replay out 0 --model 1 --attack qwerty --models-dir 'my models'"
    )


def test_a_command_to_replay_is_quoted() -> None:
    attack = "homoglyph & keep('a'); rm -rf /"
    rows = [replace(row(ABOVE), attack=attack)]
    verdict = evaluate(
        result(rows),
        shards([trial(0, attack=attack)]),
        [Rule(measure="max_drop", threshold=0.29)],
        evidence=by_interval,
    )
    command = replay_command(verdict, verdict.checks[0].counterexamples[0])
    assert command.endswith("""--attack 'homoglyph & keep('"'"'a'"'"'); rm -rf /'""")


def flips(rate: Estimate, noise: Estimate, beyond: Estimate) -> Result:
    """A row of a model that contradicts itself."""
    noisy = row(rate)
    return result(
        [replace(noisy, on_changed=replace(noisy.on_changed, noise=noise, flip_rate_beyond_noise=beyond))]
    )


NOISE = Estimate(0.1, 0.07, 0.13)


@pytest.mark.parametrize("bound", ["interval", "point", "lower", "upper"])
def test_flips_that_noise_explains_fail_no_rule_and_pass_none(bound: Any) -> None:
    rule = Rule(measure="max_flip_rate", threshold=0.05, bound=bound)
    explained = flips(Estimate(0.11, 0.08, 0.14), NOISE, Estimate(0.01, -0.02, 0.04))
    (found,) = judged(rule, explained).checks
    assert (found.outcome, found.trials_needed) == ("inconclusive", None)
    assert reason(found) == (
        "flip rate 11.0% [8.0, 14.0] (noise 10.0%: the model gives different predictions for the same text), "
        "flip rate less noise 1.0% [-2.0, 4.0]: above the threshold of 5%, but not beyond noise"
    )
    real = flips(Estimate(0.3, 0.25, 0.35), NOISE, Estimate(0.2, 0.15, 0.25))
    (found,) = judged(rule, real).checks
    assert found.outcome == "failed"
    assert reason(found).startswith("flip rate 30.0% [25.0, 35.0] (noise 10.0%: ")
    few = flips(Estimate(0.02, 0.01, 0.03), Estimate(0.01, 0.0, 0.02), Estimate(0.01, -0.01, 0.03))
    assert judged(rule, few).checks[0].outcome == "passed"


def test_noise_changes_no_other_rule_but_is_said() -> None:
    noisy = row(ABOVE)
    noisy = replace(noisy, on_changed=replace(noisy.on_changed, noise=NOISE, flip_rate_beyond_noise=BELOW))
    rules = [Rule(measure="max_drop", threshold=0.29), Rule(measure="max_relative_drop", threshold=0.29)]
    for rule in rules:
        (found,) = judged(rule, [noisy]).checks
        assert found.outcome == "failed"
        assert "(noise 10.0%: " in reason(found)
