"""A verdict for a terminal or a pipe, and as Markdown."""

from collections.abc import Callable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.gate.counterexamples import counterexample_rank
from robustaudit.gate.rules import Rule
from robustaudit.gate.verdict import PASSED, Check, InapplicableRow, Verdict
from robustaudit.reports.gate_text import cause, reason, replay_command, threshold_text, unit_of
from robustaudit.reports.layout import facts, table
from robustaudit.reports.text import (
    NOTHING,
    cell,
    code,
    count,
    flip_text,
    interval,
    mark_trial,
    markdown_table,
    sentence,
)
from robustaudit.runs.trial import Trial
from robustaudit.statistics.sequential import Outcome

MOST_PASSED = 20
"""How many passed checks are listed; the others are counted."""
MOST_COUNTEREXAMPLES = 3
"""How many trials are shown of each rule that is not met."""

_SHOWN = 160  # characters of a text
_FIGURE = "figure [95% CI]"
_STYLES: dict[Outcome, str] = {"failed": "bold red", "inconclusive": "bold yellow", "passed": "bold green"}
_ORDER: tuple[Outcome, ...] = ("failed", "inconclusive", "passed")


def render_verdict(verdict: Verdict, *, outcome_last: bool = False) -> RenderableType:
    """The outcome and its reason, the figures of every check, and counterexamples to failed rules.

    At the end of longer output the outcome comes last.
    """
    head, more = list(_head(verdict)), (_table(verdict), *_rules(verdict))
    parts = (*more, *reversed(head)) if outcome_last else (*head, *more)
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts))


def headline(verdict: Verdict) -> str:
    """The outcome, and the number of checks by outcome."""
    return f"{verdict.outcome.upper()}: {count(len(verdict.checks), 'check')}, {outcome_counts(verdict)}"


def outcome_counts(verdict: Verdict) -> str:
    """The number of checks by outcome: `1 failed, 3 passed`."""
    return ", ".join(f"{len(verdict.of(each))} {each}" for each in _ORDER if verdict.of(each))


def first_reason(verdict: Verdict) -> str | None:
    """Why it did not pass: the reason of its worst check."""
    unkept = sorted(verdict.of("failed") or verdict.of("inconclusive"), key=lambda check: check.p_fail or 0.0)
    return f"{_who(unkept[0])}: {reason(unkept[0])}" if unkept and verdict.outcome != "passed" else None


def advice(verdict: Verdict) -> str | None:
    """The consequence of inconclusive checks, and the trials that would settle them; None without any."""
    number = len(verdict.of("inconclusive"))
    if number == 0:
        return None
    means = {"warn": "a warning", "fail": "a failure", "pass": "passed"}
    told = f"{count(number, 'check')} inconclusive, which counts as {means[verdict.on_inconclusive]}"
    if verdict.outcome == "inconclusive" and verdict.exit_code == 0:
        told += f" (exit code 0, though {'they confirm' if number > 1 else 'it confirms'} nothing; "
        told += 'on_inconclusive = "fail" makes it 4)'
    if verdict.trials_needed is None:
        return told
    needed = [check.trials_needed for check in verdict.of("inconclusive") if check.trials_needed is not None]
    enough = [trials for trials in needed if verdict.trials_left is None or trials <= verdict.trials_left]
    if not enough:
        return f"{told}; more trials than the data has examples for would be needed"
    which = f"{len(enough)} of them" if len(enough) < number else "all of them" if number > 1 else "it"
    return f"{told}; about {max(enough):,} more trials per model and attack would settle {which}"


def not_applicable(verdict: Verdict, *, named: Callable[[str], str] = str) -> str | None:
    """The rows that no check is for, as no trial changed their texts; None without any."""
    rows = dict.fromkeys(
        f"model {named(row.model)}, {named(check_target(row))}" for row in verdict.not_applicable
    )
    return f"{'; '.join(rows)}: no trial changed its text" if rows else None


def uncovered(verdict: Verdict, *, named: Callable[[str], str] = str) -> str | None:
    """The drops that the run found and no rule is for, of a gate that does not fail; None without any."""
    if not verdict.uncovered or verdict.exit_code != PASSED:
        return None
    first, *others = verdict.uncovered
    more = f", and {count(len(others), 'more finding')}" if others else ""
    return f"not covered by any rule: {first.sentence(named)}{more}"


def _head(verdict: Verdict) -> Iterator[RenderableType]:
    head = Text(headline(verdict), style=_STYLES[verdict.outcome])
    if why := first_reason(verdict):
        head.append(f"\n{visible(why)}", style="not bold")
    if left := uncovered(verdict):
        head.append(f"\n{visible(left)}", style="not bold yellow")
    yield head
    rows = [("run", visible(verdict.run)), ("rules", visible(verdict.config))]
    if only := _only_model(verdict):
        rows.append(("model", visible(only)))
    if told := advice(verdict):
        rows.append(("inconclusive", told))
    if told := not_applicable(verdict):
        rows.append(("not applicable", visible(told)))
    yield facts(rows)


def _only_model(verdict: Verdict) -> str | None:
    """The model of all checks, if it is one: it is named above the table."""
    models = {check.model for check in verdict.checks}
    return models.pop() if len(models) == 1 else None


def _table(verdict: Verdict) -> RenderableType:
    named = [] if _only_model(verdict) else ["model"]
    made = table("outcome", "rule", *named, "attack", figures=(_FIGURE,))
    made.columns[0].no_wrap = True
    for check in listed_checks(verdict):
        made.add_row(
            Text(check.outcome, style=_STYLES[check.outcome]),
            Text(rule_text(check.rule)),
            *(Text(visible(check.model)) for _ in named),
            Text(visible(check_target(check))),
            Text(figure_text(check)),
        )
    hidden = len(verdict.checks) - len(listed_checks(verdict))
    return Group(made, Text(f"and {hidden:,} more that passed", style="dim")) if hidden else made


def _rules(verdict: Verdict) -> Iterator[RenderableType]:
    for rule, checks in unmet_rules(verdict):
        outcome = checks[0].outcome
        head = Text(visible(f"{outcome}: {rule.title}, {rule.where}"), style=_STYLES[outcome])
        lines: list[RenderableType] = [head]
        lines += [Text(f"  {visible(line)}") for line in folded_reasons(checks)]
        for each in counterexamples_of(checks):
            lines.append(Padding(_trial(verdict, each), (0, 0, 0, 2)))
        yield Group(*lines)


def _trial(verdict: Verdict, counterexample: Trial) -> RenderableType:
    text = mark_trial(counterexample, budget=_SHOWN, lead="• ")
    return Group(
        text,
        Text(f"  {visible(counterexample_text(counterexample))}", style="dim"),
        Text(f"  {visible(replay_command(verdict, counterexample))}", style="dim"),
    )


def markdown_verdict(verdict: Verdict) -> str:
    """A verdict as Markdown, for a step summary or a comment."""
    shown = listed_checks(verdict)
    rows = [
        (
            check.outcome,
            rule_text(check.rule),
            cell(check.model),
            cell(check_target(check)),
            figure_text(check),
        )
        for check in shown
    ]
    lines = [f"## {headline(verdict)}", "", f"Run {code(verdict.run)}, rules {code(verdict.config)}.", ""]
    if told := advice(verdict):
        lines += [f"{told}.", ""]
    if told := not_applicable(verdict, named=code):
        lines += [f"Not applicable: {told}.", ""]
    if told := uncovered(verdict, named=code):
        lines += [f"{sentence(told)}.", ""]
    lines.append(markdown_table(("outcome", "rule", "model", "attack", _FIGURE), rows, right=1).rstrip())
    if hidden := len(verdict.checks) - len(shown):
        lines += ["", f"and {hidden:,} more that passed"]
    for rule, checks in unmet_rules(verdict):
        lines += ["", f"### {checks[0].outcome}: {code(rule.title)}", "", f"From {code(rule.where)}.", ""]
        lines += [f"- {line}" for line in folded_reasons(checks, named=code)]
        for each in counterexamples_of(checks):
            text = mark_trial(each, budget=_SHOWN).plain
            quoted = (code(text), code(counterexample_text(each)), code(replay_command(verdict, each)))
            lines += ["", "\n>\n".join(f"> {line}" for line in quoted)]
    return "\n".join(lines) + "\n"


def listed_checks(verdict: Verdict) -> Sequence[Check]:
    """The checks that are shown one by one: failed, inconclusive, and the first that passed."""
    return (*verdict.of("failed"), *verdict.of("inconclusive"), *verdict.of("passed")[:MOST_PASSED])


def unmet_rules(verdict: Verdict) -> Iterator[tuple[Rule, tuple[Check, ...]]]:
    """Each rule with its failed checks, then each with its inconclusive ones."""
    for outcome in ("failed", "inconclusive"):
        rules = dict.fromkeys(check.rule for check in verdict.of(outcome))
        for rule in rules:
            yield rule, tuple(check for check in verdict.of(outcome) if check.rule == rule)


def strongest_counterexamples(checks: Sequence[Check]) -> Sequence[Trial]:
    """The counterexamples to a rule that speak most clearly against it, of different examples."""
    ranked = sorted((each for check in checks for each in check.counterexamples), key=counterexample_rank)
    first: dict[str, Trial] = {}
    for each in ranked:
        first.setdefault(each.example, each)
    return tuple(first.values())[:MOST_COUNTEREXAMPLES]


def counterexamples_of(checks: Sequence[Check]) -> Sequence[Trial]:
    """The strongest counterexamples of checks that failed; none for others."""
    return strongest_counterexamples(checks) if checks[0].outcome == "failed" else ()


def rule_text(rule: Rule) -> str:
    """The rule in a few words: `max_drop 10 pp`."""
    return f"{rule.measure} {threshold_text(rule)}{unit_of(rule)}" + (f", k {rule.k}" if rule.k else "")


def folded_reasons(checks: Sequence[Check], *, named: Callable[[str], str] = str) -> Iterator[str]:
    """The reasons of checks whose figures a table has: one that several share is given once, with theirs."""
    shared: dict[str, list[Check]] = {}
    for check in checks:
        shared.setdefault(cause(check), []).append(check)
    for why, of_these in shared.items():
        if len(of_these) == 1:
            (check,) = of_these
            yield f"model {named(check.model)}, {named(check_target(check))}: {reason(check)}"
            continue
        targets: dict[str, list[str]] = {}
        for check in of_these:
            targets.setdefault(check.model, []).append(named(check_target(check)))
        each = "; ".join(f"model {named(model)}, {', '.join(of)}" for model, of in targets.items())
        yield f"{why}: {each}"


def check_target(check: Check | InapplicableRow) -> str:
    """The attack, and the slice where it is one."""
    part = check.slice
    return check.attack if part is None else f"{check.attack}, {part.column} {part.value}"


def figure_text(check: Check) -> str:
    """The figure with its confidence interval, in the unit of the rule."""
    if check.estimate is None:
        return NOTHING
    limit = check.rule.threshold
    value = percent(check.estimate.value, beside=limit)
    return f"{value}{unit_of(check.rule)} {interval(check.estimate, beside=limit)}".rstrip()


def counterexample_text(found: Trial) -> str:
    """A trial with its predictions: `model 4, qwerty, label 1: predicted 1 → 0 (confidence 97.0%)`."""
    whole = ", with all of them" if found.is_reduced else ""
    sure = f" (confidence {percent(found.confidence)}%{whole})" if found.confidence is not None else ""
    return f"model {found.model}, {found.attack}, {flip_text(found)}{sure}"


def _who(check: Check) -> str:
    return f"model {check.model}, {check_target(check)}"
