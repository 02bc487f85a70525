"""A verdict where pipelines look for one: JUnit XML, GitHub's annotations and step summary."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from robustaudit.core.display import visible
from robustaudit.gate.rules import OnInconclusive, Rule
from robustaudit.gate.verdict import Check, Verdict
from robustaudit.reports.gate_report import (
    advice,
    check_target,
    counterexample_text,
    headline,
    strongest_counterexamples,
    uncovered,
    unmet_rules,
)
from robustaudit.reports.gate_text import reason, replay_command
from robustaudit.reports.text import count, mark_trial

_PLACE = re.compile(r"\[\[(?P<list>[^\]]+)\]\] (?P<number>\d+)|\[(?P<table>[^\]]+)\]")
_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class RuleSource:
    """The file that defines the rules: its path below the repository's root, and its text."""

    path: str
    text: str = ""

    def line_of(self, rule: Rule) -> int:
        """The line, from 1 on, of the rule's measure; of its table, or the first, where it is not found."""
        place = _PLACE.search(rule.where)
        if place is None:
            return 1
        name, bracket = place["list"] or place["table"], "[[" if place["list"] else "["
        left, found = int(place["number"] or 1), 1
        for number, line in enumerate(self.text.splitlines(), 1):
            if header := _HEADER.match(line):
                if left == 0:
                    break
                if (header[1], re.sub(r"[\s\"']", "", header[2])) == (bracket, name):
                    left -= 1
                    found = number if left == 0 else found
            elif left == 0 and re.match(rf"\s*[\"']?{rule.measure}[\"']?\s*=", line):
                return number
        return found


def check_text(check: Check, verdict: Verdict | None = None) -> Iterator[str]:
    """The reason with its figures, and counterexamples; with a verdict also the commands that replay them."""
    yield visible(f"model {check.model}, {check_target(check)}: {reason(check)}")
    changed = "" if check.rule.is_of_worst_case else "changed "
    yield visible(f"{check.rule.title}, over {check.examples:,} {changed}examples")
    for counterexample in strongest_counterexamples([check]):
        yield ""
        yield mark_trial(counterexample, budget=400).plain
        yield visible(counterexample_text(counterexample))
        if verdict:
            yield visible(replay_command(verdict, counterexample))


STEP_SUMMARY_LIMIT = 1024 * 1024
"""The bytes that GitHub accepts from one step; of a longer summary it shows nothing."""

_CUT = "\n\n*The rest was cut: it is longer than GitHub shows.*\n"


def truncate(markdown: str, limit: int) -> str:
    """The text if it has at most `limit` bytes, otherwise its first lines and a note."""
    if len(markdown.encode()) <= limit:
        return markdown
    room = limit - len(_CUT.encode())
    if room < 0:
        return ""
    head = markdown.encode()[:room]
    return head[: head.rfind(b"\n") + 1].decode() + _CUT


_MOST = 10  # reasons in an annotation; GitHub folds long ones
_OF_INCONCLUSIVE: dict[OnInconclusive, str] = {"warn": "warning", "fail": "error", "pass": "notice"}


def figures_json(verdict: Verdict) -> str:
    """Each check with its figure, as fractions, on one line of ASCII: a step's output."""
    return json.dumps(
        [
            {
                "model": check.model,
                "attack": check.attack,
                "slice": None if check.slice is None else f"{check.slice.column} {check.slice.value}",
                "measure": check.rule.measure,
                "threshold": check.rule.threshold,
                "value": check.estimate and check.estimate.value,
                "low": check.estimate and check.estimate.low,
                "high": check.estimate and check.estimate.high,
                "outcome": check.outcome,
            }
            for check in verdict.checks
        ]
    )


def annotations(verdict: Verdict, source: RuleSource) -> Iterator[str]:
    """Lines for the runner to read: failed rules first, and the outcome where all passed."""
    for rule, checks in unmet_rules(verdict):
        level = "error" if checks[0].outcome == "failed" else _OF_INCONCLUSIVE[verdict.on_inconclusive]
        yield _command(
            level,
            "\n".join(_told(verdict, checks)),
            file=source.path,
            line=str(source.line_of(rule)),
            title=_title(rule, checks),
        )
    if verdict.exit_code == 0:
        told = filter(None, (headline(verdict), advice(verdict), uncovered(verdict)))
        yield _command("notice", "\n".join(told), title="Gate")


def _title(rule: Rule, checks: Sequence[Check]) -> str:
    return f"{checks[0].outcome}: {rule.title}"


def _told(verdict: Verdict, checks: Sequence[Check]) -> Iterator[str]:
    for check in checks[:_MOST]:
        yield f"model {check.model}, {check_target(check)}: {reason(check)}"
    if len(checks) > _MOST:
        yield f"and {count(len(checks) - _MOST, 'more check')}"
    for counterexample in strongest_counterexamples(checks)[:1]:
        yield f"replay: {replay_command(verdict, counterexample)}"


def _command(level: str, message: str, **properties: str) -> str:
    told = ",".join(f"{name}={escape_property(value)}" for name, value in properties.items())
    return f"::{level} {told}::{escape(message)}"


def escape(message: str) -> str:
    """The message of a command: its lines made safe to show, and kept together."""
    shown = "\n".join(map(visible, message.split("\n")))
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(value: str) -> str:
    """The value of a property of a command, in which a colon or comma would end it."""
    return escape(value).replace(":", "%3A").replace(",", "%2C")


def junit(verdict: Verdict) -> bytes:
    """The file; an inconclusive check is skipped, or a failure where the gate says so."""
    suites = Element("testsuites", {"name": "robustaudit", **_counted(verdict, verdict.checks)})
    by_model = sorted(verdict.checks, key=lambda check: check.model)
    for model, found in groupby(by_model, key=lambda check: check.model):
        checks = tuple(found)
        skipped = sum(_is_skipped(verdict, check) for check in checks)
        named = {"name": visible(f"model {model}"), "skipped": str(skipped)}
        suite = SubElement(suites, "testsuite", named | _counted(verdict, checks))
        properties = SubElement(suite, "properties")
        for name, value in (("run", verdict.run), ("config", verdict.config), ("outcome", verdict.outcome)):
            SubElement(properties, "property", name=name, value=visible(value))
        for check in checks:
            suite.append(_case(verdict, check))
    indent(suites)
    content: bytes = tostring(suites, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _counted(verdict: Verdict, checks: Sequence[Check]) -> dict[str, str]:
    failures = sum(check.outcome != "passed" and not _is_skipped(verdict, check) for check in checks)
    return {"tests": str(len(checks)), "failures": str(failures), "errors": "0"}


def _is_skipped(verdict: Verdict, check: Check) -> bool:
    return check.outcome == "inconclusive" and verdict.on_inconclusive != "fail"


def _case(verdict: Verdict, check: Check) -> Element:
    # Which rule of several alike: selections may overlap, and a case has one name.
    name = f"{check.rule.title}: {check_target(check)}, {check.rule.where}"
    case = Element("testcase", classname=visible(f"robustaudit.model {check.model}"), name=visible(name))
    if _is_skipped(verdict, check):
        SubElement(case, "skipped", message=visible(reason(check)))
    elif check.outcome != "passed":
        failure = SubElement(case, "failure", type=check.outcome, message=visible(reason(check)))
        failure.text = "\n".join(check_text(check, verdict))
    else:
        SubElement(case, "system-out").text = visible(reason(check))
    return case
