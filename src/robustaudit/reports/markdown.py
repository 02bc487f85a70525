"""A run as a page of Markdown."""

from collections.abc import Iterator

from robustaudit.core.display import percent
from robustaudit.reports.gate_report import markdown_verdict
from robustaudit.reports.listing import markdown
from robustaudit.reports.notes import (
    any_noise,
    data_notes,
    label_sentences,
    repeat_check_lines,
    skipped_counts,
    skipped_lines,
)
from robustaudit.reports.report import Report
from robustaudit.reports.sequential_report import decision_figures, sequential_question
from robustaudit.reports.text import code, count, interval, mark_edits, value
from robustaudit.runs.result import Result, Row
from robustaudit.statistics.measures import Estimate

_NOTHING = "–"
_WORST = 5
_HEAD = ("attack", "drop, points", "95 %", "", "clean, %", "perturbed, %", "flips")


def markdown_report(report: Report) -> bytes:
    """The verdict, the drops of each model, and what the worst of them look like."""
    result = report.result
    parts = [
        _head(result),
        *_answers(result),
        *_of_all(result),
        *_tables(result),
        *_examples(result),
        _legend(result),
    ]
    if report.verdict:
        parts.insert(1, markdown_verdict(report.verdict))
    return "\n".join(parts).encode()


def _head(result: Result) -> str:
    plan = result.plan
    most = "At most " if result.decisions else ""
    data = [f"Data: {code(note)}" for note in data_notes(result)]
    lines = "".join(f"\n- {line}" for line in (*data, *label_sentences(result, named=code)))
    return (
        f"# Robustness audit of {code(plan['data']['title'])}\n\n"
        f"{most}{count(plan['examples'], 'example')}, {count(plan['trials'], 'trial')} for each model and "
        f"attack, seed {plan['seed']}, robustaudit {code(plan['robustaudit'])}.\n"
        + (f"{lines}\n" if lines else "")
    )


def _answers(result: Result) -> Iterator[str]:
    """What a run until decided has settled."""
    if not result.decisions:
        return
    head = ("model", "attack", "answer", "drop, points", "it is surely", "groups", "model calls")
    rows = [
        (
            code(decision.model, cell=True),
            code(decision.attack, cell=True),
            decision.verdict,
            *decision_figures(decision),
        )
        for decision in result.decisions
    ]
    yield f"## What was decided\n\n{sequential_question(result)}\n\n{markdown(head, rows)}"


def _tables(result: Result) -> Iterator[str]:
    for model in result.plan["models"]:
        noise = any_noise(result)
        rows = [_row(row, noise=noise) for row in result.rows if row.model == model["name"]]
        head = (*_HEAD, *["noise, %"] * noise, "changed")
        yield f"## Model {code(model['name'])}: {code(model['title'])}\n\n{markdown(head, rows)}"


def _of_all(result: Result) -> Iterator[str]:
    """The drops of several models side by side, below what they get right without an attack."""
    models = [model["name"] for model in result.plan["models"]]
    if len(models) == 1:
        return
    found = {(row.attack, row.model): row for row in result.rows}
    first = {row.model: row.on_all.clean_accuracy for row in result.rows}
    rows = [("no attack, %", *(_figure(first.get(model)) for model in models))]
    noise = {found.model: found.noise for found in result.retests}
    if any(noise.values()):
        rows.append(("noise, %", *(_figure(noise.get(model)) for model in models)))
    for attack in dict.fromkeys(row.attack for row in result.rows):
        drops = (found[attack, model].drop if (attack, model) in found else None for model in models)
        rows.append((code(attack, cell=True), *map(_figure, drops)))
    head = ("attack", *(code(model, cell=True) for model in models))
    yield f"## All models: drop, points [95 %]\n\n{markdown(head, rows)}"


def _figure(estimate: Estimate | None) -> str:
    if estimate is None:
        return _NOTHING
    return f"{value(estimate)} {interval(estimate)}" if estimate.has_interval else value(estimate)


def _row(row: Row, *, noise: bool) -> tuple[str, ...]:
    changed = ", ".join((f"{row.trials_changed}/{row.trials}", *skipped_counts(row)))
    if row.drop is None:
        return (code(row.attack, cell=True), *[_NOTHING] * (6 + noise), changed)
    return (
        code(row.attack, cell=True),
        value(row.drop),
        interval(row.drop),
        f"only {count(row.examples_changed, 'example')}" if row.few_examples else row.significance or "",
        value(row.clean_accuracy),
        value(row.perturbed_accuracy),
        str(row.flips),
        *[value(row.on_changed.noise)] * noise,
        changed,
    )


def _examples(result: Result) -> Iterator[str]:
    """The trials shown of the largest drops."""
    rows = [row for row in result.rows if row.drop is not None and row.example_trial is not None]
    if not rows:
        return
    yield "## The largest drops by example\n"
    for row in sorted(rows, key=lambda row: -(row.drop.value if row.drop else 0))[:_WORST]:
        assert row.drop is not None
        assert row.example_trial is not None
        shown = row.example_trial
        yield (
            f"- model {code(row.model)}, {code(row.attack)}, {percent(row.drop.value)} points; "
            f"trial {shown.trial}, label {shown.label}, "
            f"answer {shown.clean_prediction} → {shown.perturbed_prediction}: "
            f"{code(mark_edits(shown.clean_text, shown.edits, budget=240).plain)}"
        )
    yield ""


def _legend(result: Result) -> str:
    told = ["Drops are over the trials whose text changed; `{was→is}` marks an edit."]
    if result.corrections:
        told.append("Certain: above 0 by Holm's method over all drops.")
    told += repeat_check_lines(result, named=code)
    told += skipped_lines(result, named=code)
    return " ".join(told) + "\n"
