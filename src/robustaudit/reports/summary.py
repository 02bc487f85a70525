"""A run as a page of Markdown."""

from collections.abc import Iterator

from robustaudit.core.figures import percent
from robustaudit.engine import Result, Row
from robustaudit.reports.figures import count, interval, value
from robustaudit.reports.gallery import markdown
from robustaudit.reports.gate import markdown_verdict
from robustaudit.reports.markdown import code
from robustaudit.reports.marked import marked
from robustaudit.reports.report import Report

_NOTHING = "–"
_WORST = 5
_HEAD = ("attack", "drop, points", "95 %", "", "clean, %", "perturbed, %", "flips", "changed")


def markdown_report(report: Report) -> bytes:
    """The verdict, the drops of each model, and what the worst of them look like."""
    parts = [_head(report.result), *_tables(report.result), *_examples(report.result), _legend()]
    if report.verdict:
        parts.insert(1, markdown_verdict(report.verdict))
    return "\n".join(parts).encode()


def _head(result: Result) -> str:
    plan = result.plan
    return (
        f"# Robustness audit of {code(plan['data']['title'])}\n\n"
        f"{count(plan['examples'], 'example')}, {count(plan['trials'], 'trial')} for each model and attack, "
        f"seed {plan['seed']}, robustaudit {code(plan['robustaudit'])}.\n"
    )


def _tables(result: Result) -> Iterator[str]:
    for model in result.plan["models"]:
        rows = [_row(row) for row in result.rows if row.model == model["name"]]
        yield f"## Model {code(model['name'])}: {code(model['title'])}\n\n{markdown(_HEAD, rows)}"


def _row(row: Row) -> tuple[str, ...]:
    changed = f"{row.trials_changed}/{row.trials}"
    if row.drop is None:
        return (code(row.attack, cell=True), *[_NOTHING] * 6, changed)
    return (
        code(row.attack, cell=True),
        value(row.drop),
        interval(row.drop),
        f"only {count(row.examples_changed, 'example')}" if row.few_examples else row.certainty or "",
        value(row.clean_accuracy),
        value(row.perturbed_accuracy),
        str(row.flips),
        changed,
    )


def _examples(result: Result) -> Iterator[str]:
    """The trials shown of the largest drops."""
    rows = [row for row in result.rows if row.drop is not None and row.shown is not None]
    if not rows:
        return
    yield "## The largest drops by example\n"
    for row in sorted(rows, key=lambda row: -(row.drop.value if row.drop else 0))[:_WORST]:
        assert row.drop is not None
        assert row.shown is not None
        shown = row.shown
        yield (
            f"- model {code(row.model)}, {code(row.attack)}, {percent(row.drop.value)} points; "
            f"trial {shown.trial}, label {shown.label}, "
            f"answer {shown.clean_prediction} → {shown.perturbed_prediction}: "
            f"{code(marked(shown.clean_text, shown.edits, budget=240).plain)}"
        )
    yield ""


def _legend() -> str:
    return (
        "Drops are over the trials whose text changed; `{was→is}` marks an edit. "
        "Certain: above 0 by Holm's method over all drops.\n"
    )
