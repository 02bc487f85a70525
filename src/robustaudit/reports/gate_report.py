"""A verdict for a terminal or a pipe, and as Markdown."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.gate.reasons import limit_of, unit_of
from robustaudit.gate.rules import Rule
from robustaudit.gate.verdict import Check, Counterexample, Outcome, Verdict
from robustaudit.reports.text import code, count, interval, mark_edits

MOST_PASSED = 20
"""So many passed checks are listed; the others are counted."""
TOLD = 3
"""So many trials are shown of each rule that is not kept."""

_SHOWN = 160  # characters of a text
_STYLES: dict[Outcome, str] = {"failed": "bold red", "inconclusive": "bold yellow", "passed": "bold green"}
_ORDER: tuple[Outcome, ...] = ("failed", "inconclusive", "passed")


def render_verdict(verdict: Verdict) -> RenderableType:
    """The outcome and its reason, the figures of every check, and what breaks each rule that is not kept."""
    parts = (*_head(verdict), _table(verdict), *_rules(verdict))
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts))


def headline(verdict: Verdict) -> str:
    """The outcome, and how many checks came out how."""
    return f"{verdict.outcome.upper()}: {count(len(verdict.checks), 'check')}, {outcome_counts(verdict)}"


def outcome_counts(verdict: Verdict) -> str:
    """How many checks came out how: `1 failed, 3 passed`."""
    return ", ".join(f"{len(verdict.of(each))} {each}" for each in _ORDER if verdict.of(each))


def first_reason(verdict: Verdict) -> str | None:
    """Why it is not passed: the reason of its worst check."""
    unkept = sorted(verdict.of("failed") or verdict.of("inconclusive"), key=lambda check: check.p_fail or 0.0)
    return f"{_who(unkept[0])}: {unkept[0].reason}" if unkept and verdict.outcome != "passed" else None


def advice(verdict: Verdict) -> str | None:
    """What comes of the inconclusive, and what would decide them; None where there are none."""
    number = len(verdict.of("inconclusive"))
    if number == 0:
        return None
    means = {"warn": "which is a warning", "fail": "which is to fail", "pass": "which is to pass"}
    told = f"{count(number, 'check')} inconclusive, {means[verdict.on_inconclusive]}"
    if verdict.trials_needed is None:
        return told
    unknown = any(check.trials_needed is None for check in verdict.of("inconclusive"))
    which = "those that more trials can decide" if unknown else "all of them" if number > 1 else "it"
    return (
        f"{told}; some {verdict.trials_needed:,} more trials for each model and attack would decide {which}"
    )


def _head(verdict: Verdict) -> Iterator[RenderableType]:
    head = Text(headline(verdict), style=_STYLES[verdict.outcome])
    if why := first_reason(verdict):
        head.append(f"\n{visible(why)}", style="not bold")
    yield head
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold")
    grid.add_column(overflow="fold")
    grid.add_row("run", visible(verdict.run))
    grid.add_row("rules", visible(verdict.config))
    if told := advice(verdict):
        grid.add_row("inconclusive", told)
    yield grid


def _table(verdict: Verdict) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False, header_style="dim")
    table.add_column("verdict", no_wrap=True)
    for name in ("rule", "model", "attack"):
        table.add_column(name, overflow="fold")
    table.add_column("figure [95 %]", justify="right", no_wrap=True)
    for check in listed_checks(verdict):
        table.add_row(
            Text(check.verdict, style=_STYLES[check.verdict]),
            Text(rule_text(check.rule)),
            Text(visible(check.model)),
            Text(visible(check_target(check))),
            Text(figure_text(check)),
        )
    hidden = len(verdict.checks) - len(listed_checks(verdict))
    return Group(table, Text(f"and {hidden:,} more that passed", style="dim")) if hidden else table


def _rules(verdict: Verdict) -> Iterator[RenderableType]:
    for rule, checks in unmet_rules(verdict):
        lines: list[RenderableType] = [
            Text(visible(f"{rule.title}, {rule.where}"), style=_STYLES[checks[0].verdict])
        ]
        lines += [Text(f"  {visible(_who(check))}: {visible(check.reason)}") for check in checks]
        for each in strongest_counterexamples(checks) if checks[0].verdict == "failed" else ():
            lines.append(Padding(_trial(each), (0, 0, 0, 2)))
        yield Group(*lines)


def _trial(counterexample: Counterexample) -> RenderableType:
    text = Text("• ")
    text.append_text(mark_edits(counterexample.clean_text, counterexample.edits, budget=_SHOWN))
    return Group(
        text,
        Text(f"  {visible(counterexample_text(counterexample))}", style="dim"),
        Text(f"  {visible(counterexample.replay)}", style="dim"),
    )


def markdown_verdict(verdict: Verdict) -> str:
    """The same as Markdown, for a step summary or a comment."""
    lines = [f"## {headline(verdict)}", ""]
    lines += [f"Run {code(verdict.run)}, rules {code(verdict.config)}.", ""]
    if told := advice(verdict):
        lines += [f"{told}.", ""]
    lines += ["| verdict | rule | model | attack | figure [95 %] |", "|---|---|---|---|---:|"]
    lines += [
        f"| {check.verdict} | {rule_text(check.rule)} | {code(check.model, cell=True)} "
        f"| {code(check_target(check), cell=True)} | {figure_text(check)} |"
        for check in listed_checks(verdict)
    ]
    if hidden := len(verdict.checks) - len(listed_checks(verdict)):
        lines += ["", f"and {hidden:,} more that passed"]
    for rule, checks in unmet_rules(verdict):
        lines += ["", f"### {checks[0].verdict}: {code(rule.title)}", "", f"From {code(rule.where)}.", ""]
        lines += [
            f"- model {code(check.model)}, {code(check_target(check))}: {check.reason}" for check in checks
        ]
        for each in strongest_counterexamples(checks) if checks[0].verdict == "failed" else ():
            text = mark_edits(each.clean_text, each.edits, budget=_SHOWN).plain
            lines += [
                "",
                f"> {code(text)}",
                ">",
                f"> {code(counterexample_text(each))}",
                ">",
                f"> {code(each.replay)}",
            ]
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


def strongest_counterexamples(checks: Sequence[Check]) -> Sequence[Counterexample]:
    """Of the trials that break a rule those that tell most, of different examples."""
    ranked = sorted((each for check in checks for each in check.counterexamples), key=lambda each: each.rank)
    first: dict[str, Counterexample] = {}
    for each in ranked:
        first.setdefault(each.example, each)
    return tuple(first.values())[:TOLD]


def rule_text(rule: Rule) -> str:
    """The rule in a few words: `max_drop 10`."""
    return f"{rule.measure} {limit_of(rule)}" + (f", k {rule.k}" if rule.k else "")


def check_target(check: Check) -> str:
    """The attack, and the slice where it is one."""
    part = check.slice
    return check.attack if part is None else f"{check.attack}, {part.column} {part.value}"


def figure_text(check: Check) -> str:
    """The figure with its interval, in points or per cent as the rule is."""
    if check.estimate is None:
        return "–"
    limit = check.rule.threshold
    value = percent(check.estimate.value, beside=limit)
    return f"{value} {interval(check.estimate, beside=limit)} {unit_of(check.rule)}"


def counterexample_text(counterexample: Counterexample) -> str:
    """What the model said of a trial: `label 1: 1 before, 0 after (97 % sure)`."""
    sure = f" ({percent(counterexample.confidence)} % sure)" if counterexample.confidence is not None else ""
    answers = f"{counterexample.clean_prediction} before, {counterexample.perturbed_prediction} after{sure}"
    return f"model {counterexample.model}, {counterexample.attack}, label {counterexample.label}: {answers}"


def _who(check: Check) -> str:
    return f"model {check.model}, {check_target(check)}"
