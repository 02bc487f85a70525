"""Verdicts for pipelines, read as their readers read them."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema

from robustaudit.gate.rules import Rule, read_rules
from robustaudit.gate.verdict import Verdict
from robustaudit.reports.gate_text import reason
from robustaudit.reports.pipelines import RuleSource, annotations, escape, escape_property, junit, truncate
from verdicts import CONFIG, FAILED, INCONCLUSIVE, PASSED, VERDICT, saying

PROJECT = """\
[project]
max_drop = "a decoy"

[tool.robustaudit.gate]  # for everything
on_inconclusive = "fail"
max_drop = 0.1

[[tool.robustaudit.gate.rule]]
max_drop = 0.2
[[ tool.robustaudit.gate.rule ]]
attacks = [
  "qwerty",
]
"max_drop" = 0.3
"""


def rule(place: str) -> Rule:
    (found,) = read_rules({"max_drop": 0.2}, where=f"pyproject.toml, {place}")
    return found


def test_the_line_is_that_of_the_measure_in_the_rules_own_table() -> None:
    source = RuleSource("pyproject.toml", PROJECT)
    assert source.line_of(rule("[tool.robustaudit.gate]")) == 6
    assert source.line_of(rule("[[tool.robustaudit.gate.rule]] 1")) == 9
    assert source.line_of(rule("[[tool.robustaudit.gate.rule]] 2")) == 14


def test_what_is_not_found_is_the_first_line() -> None:
    assert RuleSource("x.toml", "").line_of(rule("[gate]")) == 1
    assert RuleSource("x.toml", PROJECT).line_of(rule("[[gate.rule]] 7")) == 1
    assert RuleSource("x.toml", PROJECT).line_of(Rule(measure="max_drop", threshold=0.1, where="Python")) == 1


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


JUNIT_SCHEMA = xmlschema.XMLSchema(Path(__file__).parents[1] / "schemas" / "junit-10.xsd")
XML_FORBIDS = "\x00\x08\x1b\ufffe\uffff\ud800"


@pytest.mark.parametrize("inconclusive", ["warn", "fail", "pass"])
def test_the_file_is_as_the_schema_says(inconclusive: str) -> None:
    JUNIT_SCHEMA.validate(junit(replace(VERDICT, on_inconclusive=inconclusive)).decode())


def test_a_case_for_each_model_and_rule() -> None:
    root = ET.fromstring(junit(VERDICT))
    assert {suite.get("name"): len(suite.findall("testcase")) for suite in root} == {
        "model 1": 2,
        "model 4": 1,
    }
    assert (root.get("tests"), root.get("failures")) == ("3", "1")


def test_a_failure_says_why_with_figures_and_the_command_that_replays_it() -> None:
    (failure,) = ET.fromstring(junit(VERDICT)).iter("failure")
    assert failure.get("message") == reason(FAILED)
    assert failure.text is not None
    assert "drop 20.0 pp [15.0, 25.0]" in failure.text
    assert "I lov{e→r}d the food" in failure.text
    assert "robustaudit replay reports/run 3 --model 1 --attack qwerty" in failure.text


def test_inconclusive_is_skipped_unless_it_is_to_fail() -> None:
    (skipped,) = ET.fromstring(junit(VERDICT)).iter("skipped")
    assert "the confidence interval contains" in skipped.get("message", "")
    failing = ET.fromstring(junit(replace(VERDICT, on_inconclusive="fail")))
    assert [failure.get("type") for failure in failing.iter("failure")] == ["failed", "inconclusive"]
    assert not list(failing.iter("skipped"))


def test_cases_have_names_of_their_own() -> None:
    names = [
        (case.get("classname"), case.get("name")) for case in ET.fromstring(junit(VERDICT)).iter("testcase")
    ]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("text", [*XML_FORBIDS, "]]>", "<!--", "&bomb;", '"><failure>'])
def test_what_xml_forbids_is_written_out(text: str) -> None:
    JUNIT_SCHEMA.validate(junit(saying(f"a{text}b")).decode())


def test_a_gate_without_checks_is_a_file_too() -> None:
    JUNIT_SCHEMA.validate(junit(Verdict(checks=())).decode())


def test_what_fits_stays_as_it_is() -> None:
    assert truncate("# Häuser\n", 10) == "# Häuser\n"


@pytest.mark.parametrize("room", [0, 10, 100, 1000, 4321])
def test_what_is_too_long_ends_with_a_whole_line_and_a_word_on_it(room: int) -> None:
    line = "ein Wörtchen → zwei\n"
    cut = truncate(line * 1000, room)
    assert len(cut.encode()) <= room
    if cut:
        assert cut.endswith("*The rest was cut: it is longer than GitHub shows.*\n")
        kept = cut.split("\n\n*")[0]
        assert set(kept.split("\n")) <= {line.strip(), ""}
