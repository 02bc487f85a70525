from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from results import CHANGED, RESULT, planned_model, unread
from robustaudit.gate.rules import Rule
from robustaudit.gate.verdict import Check, Verdict
from robustaudit.reports.markdown import markdown_report
from robustaudit.reports.report import Report
from robustaudit.runs.result import Result
from robustaudit.statistics.measures import Estimate
from robustaudit.statistics.sequential import SequentialResult

GOLDEN = Path(__file__).parents[1] / "golden" / "report.md"
REPORT = Report(run=unread(Path("reports/run")), result=RESULT)
CHECK = Check(
    rule=Rule(measure="max_drop", threshold=0.05),
    model="1",
    attack="qwerty",
    severity=None,
    slice=None,
    examples=100,
    estimate=CHANGED.drop,
    outcome="failed",
)


def test_the_page_is_as_it_was(request: pytest.FixtureRequest) -> None:
    """`pytest --regenerate` writes the golden file anew, to be read before it is committed."""
    text = markdown_report(
        replace(REPORT, verdict=Verdict(checks=(CHECK,), run="reports/run", config="robustaudit.toml"))
    ).decode()
    if request.config.getoption("--regenerate"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_a_run_until_decided_says_what_it_settled_and_claims_no_more() -> None:
    plan = {**RESULT.plan, "until_decided": {"max_drop": 0.05, "alpha": 0.05}}
    row = replace(CHANGED, on_changed=replace(CHANGED.on_changed, drop=Estimate(0.1)))
    decision = SequentialResult("1", "qwerty", "passed", 300, 300, 300, 198, 0.004, -0.02, 0.0461)
    text = markdown_report(replace(REPORT, result=Result(plan, (row,), 1.0, decisions=(decision,)))).decode()
    assert "At most 100 examples" in text
    assert "Family-wise error rate: at most 5%." in text
    assert "| `1` | `qwerty` | passed | 0.4 | at most 4.7 | 300 | 198 |" in text
    assert "Holm" not in text


def test_trials_without_an_answer_are_counted() -> None:
    result = replace(RESULT, rows=(replace(CHANGED, skipped=3),))
    text = markdown_report(replace(REPORT, result=result)).decode()
    assert "| 100/100, 3 skipped |" in text
    assert "3 trials skipped, as a model gave no prediction" in text


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("<img src=x onerror=alert(1)>", "`<img src=x onerror=alert(1)>`"),
        ("a | b `c` ``d``", "``` a | b `c` ``d`` ```"),
        ("one\n\n# two\r", "`one<U+000A><U+000A># two<U+000D>`"),
        ("x\u202ey\x1b[2J", "`x<U+202E>y<U+001B>[2J`"),
        ("@someone #1 https://example.com", "`@someone #1 https://example.com`"),
    ],
)
def test_a_text_is_code_that_it_cannot_end(hostile: str, shown: str) -> None:
    row = replace(CHANGED, example_trial=_shown(hostile))
    text = markdown_report(replace(REPORT, result=replace(RESULT, rows=(row,)))).decode()
    assert shown in text


def test_names_from_outside_are_code() -> None:
    plan: dict[str, Any] = {
        **RESULT.plan,
        "data": {"title": "[x](javascript:1) <b>\n# top"},
        "models": [planned_model("a|b", "hf:a|b", title="<script>*bold*")],
    }
    text = markdown_report(replace(REPORT, result=replace(RESULT, plan=plan, rows=()))).decode()
    assert "of `[x](javascript:1) <b><U+000A># top`" in text
    assert "## Model `a|b`: `<script>*bold*`" in text


def _shown(text: str) -> Any:
    assert CHANGED.example_trial is not None
    return replace(CHANGED.example_trial, clean_text=text, edits=())
