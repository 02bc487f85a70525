"""JUnit XML, held against the schema of Jenkins' xUnit plug-in."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema

from robustaudit.gate.verdict import Verdict
from robustaudit.reports.gate_text import reason
from robustaudit.reports.pipelines import junit
from verdicts import FAILED, VERDICT, saying

SCHEMA = xmlschema.XMLSchema(Path(__file__).parents[2] / "schemas" / "junit-10.xsd")
XML_FORBIDS = "\x00\x08\x1b\ufffe\uffff\ud800"


@pytest.mark.parametrize("inconclusive", ["warn", "fail", "pass"])
def test_the_file_is_as_the_schema_says(inconclusive: str) -> None:
    SCHEMA.validate(junit(replace(VERDICT, on_inconclusive=inconclusive)).decode())


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
    SCHEMA.validate(junit(saying(f"a{text}b")).decode())


def test_a_gate_without_checks_is_a_file_too() -> None:
    SCHEMA.validate(junit(Verdict(checks=())).decode())
