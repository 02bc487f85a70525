"""A run as a page of Markdown."""

from collections.abc import Iterator

from robustaudit.reports.gate_report import markdown_verdict
from robustaudit.reports.notes import (
    any_noise,
    data_notes,
    form_sentences,
    in_use_lines,
    label_sentences,
    one_example_lines,
    repeat_check_lines,
    significance_line,
    skipped_counts,
    skipped_lines,
    smallest_failure_lines,
    strength_sentences,
    truncation_lines,
)
from robustaudit.reports.report import Report
from robustaudit.reports.sequential_report import decision_figures, sequential_question
from robustaudit.reports.summary import examples_of_drops, summary
from robustaudit.reports.text import (
    NOTHING,
    cell,
    code,
    count,
    figure,
    flip_text,
    interval,
    mark_edits,
    mark_trial,
    markdown_table,
    value,
    value_in,
)
from robustaudit.runs.result import Result, Row
from robustaudit.runs.trial import Trial

_WORST = 5
_HEAD = ("attack", "drop, pp", "95% CI", "", "clean accuracy, %", "accuracy under attack, %", "flips")


def markdown_report(report: Report) -> bytes:
    """The verdict, the drops of each model, and examples of the largest."""
    result = report.result
    parts = [
        _head(result),
        *([markdown_verdict(report.verdict)] if report.verdict else ()),
        *markdown_findings(result),
        *_conclusions(result),
        *_all_models(result),
        *_tables(result),
        *_examples(result),
        _legend(result),
    ]
    return "\n".join(parts).encode()


def markdown_findings(result: Result) -> Iterator[str]:
    """The findings in sentences."""
    if lines := summary(result, named=code):
        yield "## Findings\n\n" + "".join(f"- {line}\n" for line in lines)


def _head(result: Result) -> str:
    plan = result.plan
    most = "At most " if result.decisions else ""
    data = [f"Data: {code(note)}" for note in data_notes(result)]
    sentences = (
        *data,
        *strength_sentences(result),
        *form_sentences(result, named=code),
        *label_sentences(result, named=code),
    )
    lines = "".join(f"\n- {line}" for line in sentences)
    return (
        f"# Robustness audit of {code(plan['data']['title'])}\n\n"
        f"{most}{count(plan['examples'], 'example')}, {count(plan['trials'], 'trial')} per model and "
        f"attack, seed {plan['seed']}, robustaudit {code(plan['robustaudit'])}.\n"
        + (f"{lines}\n" if lines else "")
    )


def _conclusions(result: Result) -> Iterator[str]:
    """The conclusions of a sequential test."""
    if not result.decisions:
        return
    head = ("model", "attack", "outcome", "drop, pp", "confidence bound", "groups", "model calls")
    rows = [
        (cell(decision.model), cell(decision.attack), decision.outcome, *decision_figures(decision))
        for decision in result.decisions
    ]
    yield f"## Conclusions\n\n{sequential_question(result)}\n\n{markdown_table(head, rows)}"


def _tables(result: Result) -> Iterator[str]:
    noise = any_noise(result)
    head = (*_HEAD, *["noise, %"] * noise, "changed")
    for model in result.plan["models"]:
        rows = [_row(row, noise=noise) for row in result.rows if row.model == model["name"]]
        full = f"{code(model['uri'])}\n\n" if model["uri"] not in (None, model["name"]) else ""
        yield f"## Model {code(model['name'])}: {code(model['title'])}\n\n{full}{markdown_table(head, rows)}"


def _all_models(result: Result) -> Iterator[str]:
    """The drops of several models side by side, below their clean accuracy."""
    models = [model["name"] for model in result.plan["models"]]
    if len(models) == 1:
        return
    found = {(row.attack, row.model): row for row in result.rows}
    clean = {row.model: row.on_all.clean_accuracy for row in result.rows}
    rows = [("clean accuracy, %", *(figure(clean.get(model)) for model in models))]
    noise = {found.model: found.noise for found in result.retests}
    if any(noise.values()):
        rows.append(("noise, %", *(figure(noise.get(model)) for model in models)))
    for attack in dict.fromkeys(row.attack for row in result.rows):
        drops = (found[attack, model].drop if (attack, model) in found else None for model in models)
        rows.append((cell(attack), *map(figure, drops)))
    head = ("attack", *map(cell, models))
    title = "Clean accuracy and drop per attack (percentage points, 95% CI)"
    yield f"## {title}\n\n{markdown_table(head, rows)}"


def _row(row: Row, *, noise: bool) -> tuple[str, ...]:
    changed = ", ".join((f"{row.trials_changed}/{row.trials}", *skipped_counts(row)))
    if row.drop is None:
        return (cell(row.attack), *[NOTHING] * (6 + noise), changed)
    few = f"too few to conclude ({count(row.examples_changed, 'example')})"
    return (
        cell(row.attack),
        value(row.drop),
        interval(row.drop),
        few if row.is_doubtful else row.significance or "",
        value_in(row, row.clean_accuracy),
        value_in(row, row.perturbed_accuracy),
        str(row.flips),
        *[value_in(row, row.on_changed.noise)] * noise,
        changed,
    )


def _examples(result: Result) -> Iterator[str]:
    """A trial of each of the worst drops, in the direction of the finding, if there is one."""
    rows = examples_of_drops(result, _WORST)
    if rows:
        yield "## Examples of the largest drops\n"
    for row, of_class, drop in rows:
        assert row.example_trial is not None
        shown = row.example_trial
        whose = f"{code(of_class)} texts " if of_class else ""
        yield (
            f"- model {code(row.model)}, {code(row.attack)}, {whose}{value(drop)} pp; "
            f"trial {shown.trial}, {code(flip_text(shown))}: "
            f"{code(mark_trial(shown, budget=240).plain)}{_all_edits(shown)}"
        )
    if rows:
        yield ""


def _all_edits(shown: Trial) -> str:
    """The text with all edits, folded, below one that shows fewer."""
    if not shown.is_reduced:
        return ""
    text = code(mark_edits(shown.clean_text, shown.edits, budget=240).plain)
    head = f"<details><summary>all {count(len(shown.edits), 'edit')}</summary>"
    return f"\n  {head}\n\n  {text}\n\n  </details>\n"


def _legend(result: Result) -> str:
    lines = ["Accuracies and drops are over the trials whose text changed; `{was→is}` marks an edit."]
    lines += significance_line(result)
    if any(row.is_doubtful for row in result.rows if row.drop):
        lines.append("?: too few changed examples to conclude anything.")
    lines += (*one_example_lines(result), *in_use_lines(result, named=code))
    lines += repeat_check_lines(result, named=code)
    lines += smallest_failure_lines(result)
    lines += (*truncation_lines(result, named=code), *skipped_lines(result, named=code))
    return " ".join(lines) + "\n"
