import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gates import by_interval, result, row, shards, trial
from printed import printed
from results import FINDINGS, NOTHING
from robustaudit.gate.evaluation import evaluate
from robustaudit.gate.rules import Rule, Selection
from robustaudit.gate.verdict import Verdict
from robustaudit.reports.gate_report import markdown_verdict, render_verdict
from robustaudit.reports.page.document import inline_verdict
from robustaudit.reports.text import code
from robustaudit.runs.findings import Finding
from robustaudit.runs.result import Slice
from robustaudit.statistics.measures import Estimate

GOLDEN = Path(__file__).parents[1] / "golden"

LONG = "phone-typing & keep(stop_words) & protect(urls, emails)"
HOSTILE = "\x1b[2J<img src=x onerror=alert(1)>|`x`\u202etxt\n::error::[a](b)"


def verdict(**options: Any) -> Verdict:
    """A rule that is not kept, one that is inconclusive, and one that is kept."""
    rows = [
        row(Estimate(0.182, 0.131, 0.233), attack="qwerty"),
        row(Estimate(0.084, 0.058, 0.108), attack=LONG),
        row(Estimate(0.05, -0.1, 0.2), attack="contract", examples=12),
    ]
    part = row(Estimate(0.3, 0.25, 0.35), attack="qwerty", slice=Slice("true label", "1"))
    rules = [
        Rule(measure="max_drop", threshold=0.1, where="robustaudit.toml, [gate]"),
        Rule(
            measure="min_accuracy",
            threshold=0.2,
            selection=Selection(slices=("true label=1",)),
            where="robustaudit.toml, [[gate.rule]] 1",
        ),
    ]
    trials = [
        trial(3),
        trial(7, clean_text="The food was good, and so was all the rest of it.", perturbed_text="-"),
        trial(8, perturbed_probabilities=[0.6, 0.4]),
        trial(9, perturbed_probabilities=[0.7, 0.3]),
    ]
    found = result(rows, [part])
    return evaluate(
        found,
        shards(trials),
        rules,
        run="reports/x",
        config="robustaudit.toml",
        evidence=by_interval,
        **options,
    )


@pytest.mark.parametrize("width", [80, 120])
def test_a_verdict_is_as_it_was(width: int, request: pytest.FixtureRequest) -> None:
    """`pytest --regenerate` writes the golden files anew, to be read before they are committed."""
    golden = GOLDEN / f"gate-{width}.txt"
    text = printed(render_verdict(verdict()), width=width)
    if request.config.getoption("--regenerate"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= width


def test_its_markdown_is_as_it_was(request: pytest.FixtureRequest) -> None:
    golden = GOLDEN / "gate.md"
    if request.config.getoption("--regenerate"):
        golden.write_text(markdown_verdict(verdict()), encoding="utf-8")
    assert markdown_verdict(verdict()) == golden.read_text(encoding="utf-8")


def test_the_verdict_is_the_first_line() -> None:
    for text in (printed(render_verdict(verdict()), width=80), markdown_verdict(verdict())):
        assert text.splitlines()[0].removeprefix("## ").startswith("FAILED: 4 checks, 1 failed")


@pytest.mark.parametrize(
    ("policy", "told"),
    [("warn", "a warning"), ("fail", "a failure"), ("pass", "passed")],
)
def test_what_is_undecided_says_what_comes_of_it_and_what_would_decide(policy: Any, told: str) -> None:
    text = printed(render_verdict(verdict(on_inconclusive=policy)), width=120)
    assert (
        f"2 checks inconclusive, which counts as {told}; about 130 more trials per model and attack" in text
    )


def test_an_exit_code_of_0_without_a_decision_is_not_taken_for_a_pass() -> None:
    found = result([row(Estimate(0.1, 0.0, 0.2), attack="qwerty")])
    rule = Rule(measure="max_drop", threshold=0.1)
    for policy, told in (
        (
            "warn",
            'a warning (exit code 0, though it confirms nothing; on_inconclusive = "fail" makes it 4)',
        ),
        ("fail", "counts as a failure"),
    ):
        judged = evaluate(found, shards([]), [rule], evidence=by_interval, on_inconclusive=policy)
        for text in (printed(render_verdict(judged), width=200), markdown_verdict(judged)):
            assert told in text
            assert ("exit code 0" in text) == (policy == "warn")


def test_rows_that_are_not_applicable_are_listed() -> None:
    kept, nothing = row(Estimate(0.0, 0.0, 0.01), attack="qwerty"), replace(NOTHING, attack="contract")
    rule = Rule(measure="max_drop", threshold=0.1)
    judged = evaluate(result([kept, nothing]), shards([]), [rule], evidence=by_interval)
    told = "model 1, contract: no trial changed its text"
    assert told in printed(render_verdict(judged), width=120)
    assert "Not applicable: model `1`, `contract`: no trial changed its text.\n" in markdown_verdict(judged)
    assert f"<p>Not applicable: {told}.</p>" in inline_verdict(judged)


DROP_FOUND = Finding(kind="drop", model="1", attack="qwerty", effect=Estimate(0.08, 0.05, 0.1), p_value=0.001)
OF_CLASS = FINDINGS[0]


def test_a_gate_that_passes_names_a_finding_that_no_rule_covers() -> None:
    """A rule on all texts covers a drop of them, and one on a true class that of the class."""
    whole = row(Estimate(0.08, 0.05, 0.1), attack="qwerty")
    part = replace(whole, slice=Slice("true label", "positive"))
    found = result([whole], [part])
    plan = {**found.plan, "class_names": ["negative", "positive"]}
    found = replace(found, plan=plan, findings=(OF_CLASS, DROP_FOUND))
    everything = Rule(measure="max_drop", threshold=0.5)
    of_positive = replace(everything, selection=Selection(slices=("true label=positive",)))

    def uncovered_by(*rules: Rule) -> list[str]:
        judged = evaluate(found, shards([]), rules, evidence=by_interval)
        text = printed(render_verdict(judged), width=300)
        return [line for line in text.splitlines() if line.startswith("not covered")]

    assert uncovered_by(everything) == [f"not covered by any rule: {OF_CLASS.sentence()}"]
    assert uncovered_by(of_positive) == [f"not covered by any rule: {DROP_FOUND.sentence()}"]
    assert uncovered_by(everything, of_positive) == []
    assert uncovered_by(replace(everything, threshold=0.01)) == []  # it fails
    judged = evaluate(found, shards([]), [everything], evidence=by_interval)
    assert "\nNot covered by any rule: under `qwerty`, model `1`" in markdown_verdict(judged)
    assert "<p>Not covered by any rule: under qwerty, model 1" in inline_verdict(judged)


def test_advice_names_no_more_trials_than_the_data_has_examples_for() -> None:
    """Two checks need about 130 and 75 more."""
    for left, told in (
        (130, "; about 130 more trials per model and attack would settle all of them"),
        (100, " more trials per model and attack would settle 1 of them"),
        (5, "; more trials than the data has examples for would be needed"),
    ):
        text = printed(render_verdict(replace(verdict(), trials_left=left)), width=200)
        assert told in text


def test_the_outcome_comes_last_at_the_end_of_a_run() -> None:
    lines = printed(render_verdict(verdict(), outcome_last=True), width=120).rstrip().splitlines()
    assert lines[-2].startswith("FAILED: 4 checks, 1 failed")
    assert lines[-1].startswith("model 1, qwerty: drop 18.2 pp")


def test_a_reason_that_checks_share_is_given_once() -> None:
    rows = [
        row(Estimate(0.1, 0.05, 0.15), model=model, attack=a) for model in "14" for a in ("qwerty", "delete")
    ]
    rule = Rule(measure="max_drop", threshold=0.1)
    shown = evaluate(result(rows), shards([]), [rule], evidence=by_interval)
    why = "the confidence interval contains the threshold of 10 pp"
    which = "model 1, qwerty, delete; model 4, qwerty, delete"
    assert f"\n  {why}: {which}\n" in printed(render_verdict(shown), width=160)
    assert f"\n- {why}: model `1`, `qwerty`, `delete`; model `4`, `qw" in markdown_verdict(shown)


def test_many_checks_that_passed_are_counted() -> None:
    rows = [row(Estimate(0.05, 0.02, 0.08), model=str(number)) for number in range(50)]
    many = evaluate(result(rows), shards([]), [Rule(measure="max_drop", threshold=0.2)], evidence=by_interval)
    assert "and 30 more that passed" in printed(render_verdict(many), width=80)
    assert "and 30 more that passed" in markdown_verdict(many)


def test_hostile_text_is_shown_and_not_obeyed() -> None:
    rows = [row(Estimate(0.4, 0.35, 0.45), attack=HOSTILE, model=HOSTILE)]
    edits = [{"start": 0, "stop": 1, "replacement": HOSTILE}]
    trials = [trial(0, attack=HOSTILE, model=HOSTILE, clean_text=HOSTILE, perturbed_text="b", edits=edits)]
    bad = evaluate(
        result(rows),
        shards(trials),
        [Rule(measure="max_drop", threshold=0.2, where=HOSTILE)],
        run=HOSTILE,
        config=HOSTILE,
        evidence=by_interval,
    )
    for text in (printed(render_verdict(bad), width=120), markdown_verdict(bad)):
        assert not set(text) & {"\x1b", "\u202e"}
        assert not any(line.startswith("::") for line in text.splitlines())
    outside = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", markdown_verdict(bad))
    for mark in ("<", "[a]", "|`", "alert"):
        assert mark not in outside


@pytest.mark.parametrize("text", ["", "a", "`", "``a`", "a|b", "a\nb"])
def test_code_in_markdown_keeps_its_ticks_within(text: str) -> None:
    spanned = code(text)
    fence = spanned[: len(spanned) - len(spanned.lstrip("`"))]
    inside = spanned[len(fence) : -len(fence)]
    assert spanned.endswith(fence)
    assert fence not in inside
    assert "\n" not in spanned


def test_a_bar_does_not_end_the_cell_of_a_table() -> None:
    assert code("a|b", cell=True) == r"`a\|b`"
    assert code("a|b") == "`a|b`"
