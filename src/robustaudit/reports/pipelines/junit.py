"""A verdict as JUnit XML: a suite for each model, a case for each rule and attack."""

from collections.abc import Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from robustaudit.core.display import visible
from robustaudit.gate.verdict import Check, Verdict
from robustaudit.reports.gate import place
from robustaudit.reports.pipelines.checks import told


def junit(verdict: Verdict) -> bytes:
    """The file; what is undecided is skipped, but a failure where the gate says so."""
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
    failures = sum(check.verdict != "passed" and not _is_skipped(verdict, check) for check in checks)
    return {"tests": str(len(checks)), "failures": str(failures), "errors": "0"}


def _is_skipped(verdict: Verdict, check: Check) -> bool:
    return check.verdict == "undecided" and verdict.undecided != "fail"


def _case(verdict: Verdict, check: Check) -> Element:
    # Which rule of several alike: selections may overlap, and a case has one name.
    name = f"{check.rule.title}: {place(check)}, {check.rule.where}"
    case = Element("testcase", classname=visible(f"robustaudit.model {check.model}"), name=visible(name))
    if _is_skipped(verdict, check):
        SubElement(case, "skipped", message=visible(check.reason))
    elif check.verdict != "passed":
        failure = SubElement(case, "failure", type=check.verdict, message=visible(check.reason))
        failure.text = "\n".join(told(check))
    else:
        SubElement(case, "system-out").text = visible(check.reason)
    return case
