import json
import os
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gates import audited, partly_changed, result, row, shards, trial
from robustaudit import audit
from robustaudit.core.errors import UserError
from robustaudit.datasets import load
from robustaudit.gate.baseline import MOST_BYTES, encode_baseline, make_baseline, read_baseline
from robustaudit.gate.evaluation import evaluate
from robustaudit.gate.evidence import is_significant
from robustaudit.gate.rules import Rule
from robustaudit.gate.verdict import Verdict
from robustaudit.reports.gate_text import reason
from robustaudit.runs.stored_run import StoredRun, open_run
from robustaudit.statistics.bounds import Bounds, mean_between
from robustaudit.statistics.intervals import GroupSums
from robustaudit.statistics.measures import Estimate

SKIPPED = 5  # trials, of those that a worse model has wrong
RULE = Rule(measure="max_regression", threshold=0.1)


def changed_of(run: StoredRun) -> dict[tuple[str, int], dict[str, Any]]:
    """The changed trials that were answered, by example and draw."""
    trials = (each for each in run.trials().to_pylist() if each["changed"] and not each["error"])
    return {(each["example"], each["draw"]): each for each in trials}


def fall(before: StoredRun, after: StoredRun) -> float:
    """The fall in perturbed accuracy over the trials that both have, by hand."""
    trials = changed_of(before), changed_of(after)
    shared = sorted(trials[0].keys() & trials[1].keys())
    means = []
    for _, of_one in groupby(shared, key=lambda key: key[0]):
        right = [
            [each[key]["perturbed_prediction"] == each[key]["label"] for each in trials] for key in of_one
        ]
        means.append(np.mean(right, axis=0))
    first, second = np.mean(means, axis=0)
    return float(first - second)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, StoredRun]:
    folder = tmp_path_factory.mktemp("runs")
    worse = audited(folder / "worse", worse=True)
    lost = (each for each in changed_of(worse).values() if each["perturbed_prediction"] != each["label"])
    silent = [each["perturbed_text"] for each in lost][:SKIPPED]
    return {
        "first": audited(folder / "first"),
        "silent": audited(folder / "silent", silent=silent),
        "worse and silent": audited(folder / "worse-silent", worse=True, silent=silent),
        "worse": worse,
        "reseeded": audited(folder / "reseeded", seed=1),
    }


def saved(run: StoredRun, path: Path) -> Path:
    (path / "b.json").write_bytes(encode_baseline(make_baseline(run.result, run.shards)))
    return path / "b.json"


def held(run: StoredRun, baseline: Path) -> Verdict:
    return evaluate(run.result, run.shards, [RULE], baseline=read_baseline(baseline))


def test_a_baseline_is_read_back_as_it_was_made(runs: dict[str, StoredRun], tmp_path: Path) -> None:
    made = make_baseline(runs["first"].result, runs["first"].shards)
    size = (tmp_path / "b.json").write_bytes(encode_baseline(made))
    assert size == (tmp_path / "b.json").stat().st_size < 5_000
    assert read_baseline(tmp_path / "b.json") == made


def test_the_baseline_of_the_demonstration_can_be_read() -> None:
    made = read_baseline(Path(__file__).parents[2] / "examples" / "gate" / "robustaudit-baseline.json")
    assert (made.examples, made.trials) == (1305, 5220)


def test_a_run_has_not_fallen_from_itself(runs: dict[str, StoredRun], tmp_path: Path) -> None:
    (check,) = held(runs["first"], saved(runs["first"], tmp_path)).checks
    assert check.estimate.value == 0
    assert check.outcome == "passed"
    assert "paired: the trials are the baseline's" in reason(check)


@pytest.mark.parametrize("bound", ["interval", "upper"])
@pytest.mark.parametrize("threshold", [0.0, 0.001])
@pytest.mark.parametrize("examples", [8, 200])
def test_a_model_passes_against_its_own_baseline(
    examples: int, threshold: float, bound: Any, tmp_path: Path
) -> None:
    rule, run = replace(RULE, threshold=threshold, bound=bound), audited(tmp_path / "run", examples=examples)
    own = make_baseline(run.result, run.shards)
    (check,) = evaluate(run.result, run.shards, [rule], baseline=own).checks
    assert check.outcome == "passed"
    assert reason(check).endswith(
        ": the digest of the model is the baseline's, and it is as correct in every trial that both have"
    )


def test_another_model_as_correct_passes_where_the_data_bound_what_it_may_have_lost(
    runs: dict[str, StoredRun],
) -> None:
    """That of n groups none changed bounds the regression by 1 − 0.025^(1/n): the rule of three, for 95%."""
    run = runs["first"]
    made = make_baseline(run.result, run.shards)
    others = replace(made, rows=tuple(replace(each, digest="another") for each in made.rows))
    most = 1 - 0.025 ** (1 / run.result.rows[0].groups_changed)
    for threshold, outcome in ((most * 1.01, "passed"), (most * 0.99, "inconclusive"), (0, "passed")):
        rule = replace(RULE, threshold=threshold)
        (check,) = evaluate(run.result, run.shards, [rule], baseline=others).checks
        assert (check.outcome, "none with another outcome" in reason(check)) == (outcome, True)
    assert "no significant regression" in reason(check)
    (check,) = evaluate(run.result, run.shards, [replace(RULE, threshold=most / 4)], baseline=others).checks
    assert check.trials_needed == pytest.approx(3 * run.result.rows[0].trials, rel=0.1)


def test_a_digest_stands_for_no_model_whose_outcomes_differ(runs: dict[str, StoredRun]) -> None:
    made = make_baseline(runs["first"].result, runs["first"].shards)
    claimed = replace(made, rows=tuple(replace(each, digest="dTrue") for each in made.rows))
    run = runs["worse"]
    assert run.result.plan["models"][0]["digest"] == "dTrue"
    (check,) = evaluate(run.result, run.shards, [RULE], baseline=claimed).checks
    assert check.outcome == "failed"


def test_a_digest_stands_for_no_model_behind_an_address() -> None:
    for model, outcome in (("mine", "passed"), ("http://localhost/predict", "inconclusive")):
        found = result([row(Estimate(0.5), model=model)])
        trials = shards([trial(number, model=model) for number in range(100)])
        rule, own = replace(RULE, threshold=0.01), make_baseline(found, trials)
        (check,) = evaluate(found, trials, [rule], baseline=own).checks
        assert check.outcome == outcome


def test_regressions_are_judged_wrongly_as_seldom_as_promised() -> None:
    """Of 300 paired audits, 16 are more than 2.5% by chance allow.

    Without a regression a threshold of 0 fails, and all that does not fail passes; a regression just on its
    threshold passes; and a large one is found.
    """
    rng = np.random.default_rng(3)

    def share(lost: float, judged: Callable[[Bounds], float]) -> int:
        moved = rng.choice([-1.0, 0.0, 1.0], (300, 60), p=[0.1, 0.8 - lost, 0.1 + lost])
        bounds = (mean_between(GroupSums(each, np.ones(60)), -1.0, 1.0) for each in moved)
        return sum(is_significant(judged(each)) for each in bounds)

    assert share(0, lambda bounds: bounds.p_above(0)) < 16
    assert share(0.2, lambda bounds: bounds.p_below(0.2)) < 16
    assert share(0.3, lambda bounds: bounds.p_above(0)) > 240


def test_trials_are_the_same_whatever_the_order_of_the_classes(tmp_path: Path) -> None:
    class Judge:
        digest = "one"

        def __init__(self, *labels: str) -> None:
            self.labels = labels

        def predict(self, texts: list[str]) -> list[str]:
            return ["good" if "o" in text else "bad" for text in texts]

    data = [(f"{word} {i}", label) for i in range(12) for word, label in (("food", "good"), ("sea", "bad"))]
    before, after = (
        audit({"m": Judge(*labels)}, data, attacks="qwerty", trials=24, output=tmp_path / labels[0])
        for labels in (("good", "bad"), ("bad", "good"))
    )
    runs = [open_run(tmp_path / name) for name in ("good", "bad")]
    assert before.result.rows[0].drop == after.result.rows[0].drop
    (check,) = held(runs[1], saved(runs[0], tmp_path)).checks
    assert check.estimate is not None
    assert check.estimate.value == 0
    assert "paired: the trials are the baseline's" in reason(check)


def test_a_worse_model_on_the_same_trials_is_stopped(runs: dict[str, StoredRun], tmp_path: Path) -> None:
    first, worse = (runs[name].result.rows[0].perturbed_accuracy.value for name in ("first", "worse"))
    (check,) = held(runs["worse"], saved(runs["first"], tmp_path)).checks
    assert check.estimate.value == pytest.approx(first - worse, abs=1e-6)
    assert (check.outcome, len(check.counterexamples)) == ("failed", 3)


def test_only_what_the_baseline_had_right_is_shown(runs: dict[str, StoredRun], tmp_path: Path) -> None:
    (check,) = held(runs["worse"], saved(runs["first"], tmp_path)).checks
    trials = runs["first"].trials().to_pylist()
    for shown in check.counterexamples:
        mine = [each for each in trials if each["example"] == shown.example]
        assert any(each["perturbed_prediction"] == each["label"] for each in mine)


def test_other_trials_are_not_paired_and_that_is_said(runs: dict[str, StoredRun], tmp_path: Path) -> None:
    baseline = saved(runs["first"], tmp_path)
    (paired,) = held(runs["first"], baseline).checks
    (unpaired,) = held(runs["reseeded"], baseline).checks
    assert "not paired: of the trials, 400 in the baseline and 400 here, both have only 1" in reason(unpaired)
    widths = [check.estimate.high - check.estimate.low for check in (paired, unpaired)]
    assert widths[1] > widths[0]
    first, again = (runs[name].result.rows[0].perturbed_accuracy.value for name in ("first", "reseeded"))
    assert unpaired.estimate.value == pytest.approx(first - again, abs=1e-6)


@pytest.mark.parametrize(("before", "after"), [("first", "worse and silent"), ("silent", "worse")])
def test_skipped_trials_on_either_side_unpair_no_others(
    before: str, after: str, runs: dict[str, StoredRun], tmp_path: Path
) -> None:
    baseline = saved(runs[before], tmp_path)
    (check,) = held(runs[after], baseline).checks
    there, here = len(changed_of(runs[before])), len(changed_of(runs[after]))
    shared = min(there, here)
    assert max(there, here) - shared == SKIPPED
    assert (
        f"paired on the {shared:,} trials that both have, of {there:,} in the baseline and {here:,} here"
    ) in reason(check)
    assert check.estimate.value == pytest.approx(fall(runs[before], runs[after]))
    assert check.estimate.value != pytest.approx(fall(runs["first"], runs["worse"]))
    (whole,) = held(runs["worse"], saved(runs["first"], tmp_path)).checks
    widths = [each.estimate.high - each.estimate.low for each in (check, whole)]
    assert widths[0] == pytest.approx(widths[1], rel=0.05)
    assert (check.outcome, len(check.counterexamples)) == ("failed", 3)


def test_an_example_taken_from_the_data_unpairs_no_others(runs: dict[str, StoredRun], tmp_path: Path) -> None:
    some = load("tiny")
    asked = {key[0] for key in changed_of(runs["first"])}
    first = next(each for each in some.examples if each.id in asked)
    less = replace(some, examples=tuple(each for each in some.examples if each != first))
    (check,) = held(audited(tmp_path / "less", data=less), saved(runs["first"], tmp_path)).checks
    assert check.estimate.value == 0
    assert "paired on the " in reason(check)


def test_the_draws_that_both_have_are_paired(runs: dict[str, StoredRun], tmp_path: Path) -> None:
    more = audited(tmp_path / "more", worse=True, draws=5)
    for before, after, fell in (("first", more, 1), (more, "first", -1)):
        sides = [runs[side] if isinstance(side, str) else side for side in (before, after)]
        (check,) = held(sides[1], saved(sides[0], tmp_path)).checks
        there, here = (len(changed_of(side)) for side in sides)
        assert check.estimate.value == pytest.approx(fell * fall(runs["first"], runs["worse"]))
        assert (
            f"paired on the 400 trials that both have, of {there:,} in the baseline and {here:,} h"
            in reason(check)
        )


@pytest.mark.parametrize(
    ("shared", "told"), [(50, "paired on the 50 trials"), (49, "not paired: of the trials, 100")]
)
def test_runs_are_paired_where_half_of_the_trials_are_shared(shared: int, told: str) -> None:
    """Of the baseline's, all were right; of the run's, those that it shares are wrong, and no others."""
    found = result([row(Estimate(0.5))])
    before = [trial(number, perturbed_prediction=1) for number in range(100)]
    others = [trial(number, perturbed_prediction=1, clean_text="another") for number in range(shared, 200)]
    after = [trial(number) for number in range(shared)] + others
    baseline = make_baseline(found, shards(before))
    (check,) = evaluate(found, shards(after), [RULE], baseline=baseline).checks
    assert check.estimate is not None
    assert check.estimate.value == pytest.approx(1.0 if told.startswith("paired") else shared / 200)
    assert told in reason(check)


def test_a_fall_does_not_hang_on_the_number_of_draws() -> None:
    """The model is the same; with ten draws, examples count that one draw seldom changes."""
    few, many = partly_changed(1), partly_changed(10)
    for (before, then), (after, now) in ((few, many), (many, few)):
        (check,) = evaluate(after, shards(now), [RULE], baseline=make_baseline(before, shards(then))).checks
        assert check.estimate is not None
        assert check.estimate.value == pytest.approx(0)
        assert "draws, each example is weighted by the share of them that changed it" in reason(check)


def test_nothing_is_weighed_where_all_draws_changed_the_text_or_are_as_many() -> None:
    whole = partly_changed(1, all_changed=True), partly_changed(10, all_changed=True)
    for (before, then), (after, now) in (whole, (partly_changed(10), partly_changed(10))):
        (check,) = evaluate(after, shards(now), [RULE], baseline=make_baseline(before, shards(then))).checks
        assert check.estimate is not None
        assert check.estimate.value == pytest.approx(0)
        assert "weighted" not in reason(check)


def test_what_the_baseline_has_not_is_inconclusive(runs: dict[str, StoredRun], tmp_path: Path) -> None:
    made = make_baseline(runs["first"].result, runs["first"].shards)
    of_another = replace(made, rows=tuple(replace(each, model="other") for each in made.rows))
    (tmp_path / "b.json").write_bytes(encode_baseline(of_another))
    (check,) = held(runs["first"], tmp_path / "b.json").checks
    assert check.outcome == "inconclusive"
    told = reason(check)
    assert "the baseline has no such model and attack: save it again, or let a new version" in told
    assert told.endswith('have the name of the old one by models="OLD=NEW"')


def test_a_run_that_chose_its_own_size_is_inconclusive(runs: dict[str, StoredRun], tmp_path: Path) -> None:
    baseline, run = read_baseline(saved(runs["first"], tmp_path)), runs["worse"]
    sequential_test = replace(run.result, plan={**run.result.plan, "until_decided": {"max_drop": 0.1}})
    (check,) = evaluate(sequential_test, run.shards, [RULE], baseline=baseline).checks
    assert (check.outcome, check.estimate.low) == ("inconclusive", None)


@pytest.mark.parametrize("bound", ["interval", "point"])
def test_a_baseline_of_few_examples_decides_nothing(
    bound: Any, runs: dict[str, StoredRun], tmp_path: Path
) -> None:
    small, run = audited(tmp_path / "small", examples=8), runs["worse"]
    baseline = make_baseline(small.result, small.shards)
    (check,) = evaluate(run.result, run.shards, [replace(RULE, bound=bound)], baseline=baseline).checks
    assert (check.outcome, check.examples, check.trials_needed) == ("inconclusive", 8, None)
    assert "8 changed examples: too few to conclude (fewer than 20 changed examples)" in reason(check)


def test_a_baseline_has_no_slices() -> None:
    with pytest.raises(UserError, match="max_regression in gate must be without slices: a baseline has none"):
        replace(RULE, selection=replace(RULE.selection, slices=("true label",)))


def test_one_too_large_to_commit_is_refused(tmp_path: Path) -> None:
    group = "g" * 5_000_000
    found = result([row(Estimate(0.5, 0.4, 0.6), attack=group)])
    made = make_baseline(found, shards([trial(0, attack=group)]))
    with pytest.raises(UserError, match=r"at most 5,000,000 bytes, this one has 15,\d\d\d,\d\d\d"):
        (tmp_path / "b.json").write_bytes(encode_baseline(made))
    assert not (tmp_path / "b.json").exists()


def changed(**changes: Any) -> Any:
    return lambda content: content | changes


def damaged(name: str, **changes: Any) -> Any:
    return lambda content: content | {name: [content[name][0] | changes]}


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            changed(schema_version=1),
            "must have schema version 5, got 1: `robustaudit baseline save RUN` creates it again",
        ),
        (lambda _: [], "cannot be read: it is not a JSON object"),
        (changed(rows=3), ".rows must be a list, got 3"),
        (changed(rowz=[]), "unknown key in baseline"),
        (lambda content: {key: value for key, value in content.items() if key != "seed"}, "lacks seed"),
        (
            damaged("rows", draws="11"),
            "was edited or damaged since it was saved: `robustaudit baseline save",
        ),
        (changed(seed=7), "was edited or damaged"),
        (changed(digest="0" * 64), "was edited or damaged"),
        (changed(digest=None), "was edited or damaged"),
        (damaged("rows", draws=[1]), ".draws must be a string, got [1]"),
        (damaged("rows", perturbed_accuracy=10**400), ".perturbed_accuracy must be a number below 1e308"),
    ],
)
def test_a_damaged_baseline_is_one_clear_line(
    damage: Any, message: str, runs: dict[str, StoredRun], tmp_path: Path
) -> None:
    path = saved(runs["first"], tmp_path)
    path.write_text(json.dumps(damage(json.loads(path.read_text("utf-8")))), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_baseline(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"{", b"[" * 100_000, b"1" * 5000, b'{"a": ' * 50_000, b" " * (MOST_BYTES + 2)],
)
def test_what_is_no_baseline_is_one_clear_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "b.json").write_bytes(content)
    with pytest.raises(UserError, match="baseline"):
        read_baseline(tmp_path / "b.json")


@pytest.mark.parametrize(
    "changes",
    [
        lambda row: replace(row, draws="11"),
        lambda row: replace(row, draws=""),
        lambda row: replace(row, draws=row.draws.replace("1", "2")),
        lambda row: replace(row, draws=row.draws.replace(" ", "/")),
        lambda row: replace(row, draws=row.draws.replace("1", "-").replace("0", ".")),
        lambda row: replace(row, draws=row.draws.replace(" ", "\n")),
        lambda row: replace(row, attack="delete"),
    ],
)
def test_what_no_run_can_have_found_is_refused_even_where_the_digest_agrees(
    changes: Any, runs: dict[str, StoredRun], tmp_path: Path
) -> None:
    made = make_baseline(runs["first"].result, runs["first"].shards)
    (tmp_path / "b.json").write_bytes(encode_baseline(replace(made, rows=(changes(made.rows[0]),))))
    with pytest.raises(UserError, match="is damaged at model 'fake'"):
        read_baseline(tmp_path / "b.json")


def test_a_baseline_that_a_tool_laid_out_anew_is_the_same(runs: dict[str, StoredRun], tmp_path: Path) -> None:
    path = saved(runs["first"], tmp_path)
    made = read_baseline(path)
    path.write_text(
        json.dumps(json.loads(path.read_bytes()), indent=4).replace("\n", "\r\n"), encoding="utf-8"
    )
    assert read_baseline(path) == made


def test_a_pipe_in_place_of_a_baseline_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "b.json")
    with pytest.raises(UserError, match="must be a file, not a folder, a pipe or a device"):
        read_baseline(tmp_path / "b.json")


def test_one_that_is_not_there_says_what_writes_it(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist: `robustaudit baseline save RUN` writes one"):
        read_baseline(tmp_path / "b.json")
