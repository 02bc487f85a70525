"""GitHub's workflow commands, read as its runner reads them."""

import re
from dataclasses import replace

import pytest

from robustaudit.reports.gate_text import reason
from robustaudit.reports.pipelines import RuleSource, annotations, escape, escape_property
from verdicts import CONFIG, FAILED, INCONCLUSIVE, PASSED, VERDICT

SOURCE = RuleSource("robustaudit.toml", CONFIG)
COMMAND = re.compile(r"::(?P<command>[a-z-]+) (?P<properties>[^\r\n]*?)::(?P<message>[^\r\n]*)")


def read(line: str) -> tuple[str, dict[str, str], str]:
    """A command as the runner's documentation says it is read: names, then their values unescaped."""
    found = COMMAND.fullmatch(line)
    assert found, line
    properties = dict(part.split("=", 1) for part in found["properties"].split(","))
    return (
        found["command"],
        {name: _plain(value) for name, value in properties.items()},
        _plain(found["message"]),
    )


def _plain(value: str) -> str:
    for code, mark in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        value = value.replace(code, mark)
    return value


def test_each_rule_that_is_not_kept_is_an_annotation_at_its_line() -> None:
    failed, inconclusive = (read(line) for line in annotations(VERDICT, SOURCE))
    assert failed[0] == "error"
    assert failed[1] == {"file": "robustaudit.toml", "line": "3", "title": "failed: max_drop = 0.1"}
    assert failed[2].split("\n") == [
        f"model 1, qwerty: {reason(FAILED)}",
        "replay: robustaudit replay reports/run 3 --model 1 --attack qwerty",
    ]
    assert (inconclusive[0], inconclusive[1]["line"]) == ("warning", "8")


@pytest.mark.parametrize(("policy", "command"), [("warn", "warning"), ("fail", "error"), ("pass", "notice")])
def test_inconclusive_weighs_what_the_gate_says(policy: str, command: str) -> None:
    first = next(annotations(replace(VERDICT, checks=(INCONCLUSIVE,), on_inconclusive=policy), SOURCE))
    assert read(first)[0] == command


def test_a_gate_that_lets_pass_says_so() -> None:
    (line,) = annotations(replace(VERDICT, checks=(PASSED,)), SOURCE)
    command, properties, message = read(line)
    assert (command, properties) == ("notice", {"title": "Gate"})
    assert message == "PASSED: 1 check, 1 passed"


def test_many_checks_of_one_rule_are_one_annotation() -> None:
    checks = tuple(replace(FAILED, model=str(model), counterexamples=()) for model in range(12))
    (line,) = annotations(replace(VERDICT, checks=checks), SOURCE)
    assert read(line)[2].split("\n")[-1] == "and 2 more checks"


@pytest.mark.parametrize("text", ["100 %", "%0A", "%25", "a:b,c", "a\nb", "::error::x", "50%,\n::"])
def test_escaping_can_be_undone(text: str) -> None:
    assert _plain(escape(text)) == text
    assert _plain(escape_property(text)) == text
    assert not set(",:\r\n") & set(escape_property(text))
    assert not set("\r\n") & set(escape(text))
