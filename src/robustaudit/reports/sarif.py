"""A verdict as SARIF 2.1.0: the gate's rules, and a result for each check that did not pass."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from robustaudit.core.display import visible
from robustaudit.core.documents import to_pretty_json
from robustaudit.core.version import __version__
from robustaudit.gate.rules import OnInconclusive, Rule
from robustaudit.gate.verdict import Check, Verdict
from robustaudit.reports.pipelines import RuleSource, check_text

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: dict[OnInconclusive, str] = {"warn": "warning", "fail": "error", "pass": "note"}


def sarif(verdict: Verdict, source: RuleSource) -> bytes:
    """The file. What passed is counted alone: code scanning would show it as an alert."""
    ids = _ids([check.rule for check in verdict.checks])
    driver = {
        "name": "robustaudit",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule, name) for rule, name in ids.items()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "exitCode": verdict.exit_code}],
        "results": [
            _result(check, ids, verdict, source) for check in verdict.checks if check.outcome != "passed"
        ],
        "properties": {
            "run": visible(verdict.run),
            "outcome": verdict.outcome,
            "passed": len(verdict.of("passed")),
        },
    }
    return to_pretty_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _ids(rules: Sequence[Rule]) -> dict[Rule, str]:
    """A name for each rule that stays when its threshold changes: the measure, and what it applies to."""
    ids: dict[Rule, str] = {}
    for rule in dict.fromkeys(rules):
        applies_to = (rule.k, rule.bound, *asdict(rule.selection).values())
        bare = applies_to == (None, "interval", (), (), (), (), ())
        name = rule.measure if bare else f"{rule.measure}/{_digest(*applies_to)[:8]}"
        alike = sum(other.split("#")[0] == name for other in ids.values())
        ids[rule] = f"{name}#{alike + 1}" if alike else name
    return ids


def _rule(rule: Rule, name: str) -> Mapping[str, Any]:
    return {
        "id": name,
        "name": rule.measure,
        "shortDescription": _message(rule.title),
        "fullDescription": _message(f"{rule.title}, from {rule.where}"),
        "defaultConfiguration": {"level": "error"},
    }


def _result(check: Check, ids: Mapping[Rule, str], verdict: Verdict, source: RuleSource) -> Mapping[str, Any]:
    name = ids[check.rule]
    part = (check.slice.column, check.slice.value) if check.slice else None
    # What a result is, whatever its figures: the same alert in the next run.
    identity = _digest(name, check.model, check.attack, part)
    region = {"startLine": source.line_of(check.rule)}
    artifact = {"uri": quote(source.path), "uriBaseId": "%SRCROOT%"}
    return {
        "ruleId": name,
        "ruleIndex": list(ids.values()).index(name),
        "level": "error" if check.outcome == "failed" else _LEVELS[verdict.on_inconclusive],
        "message": _message("\n".join(check_text(check, verdict))),
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
        "fingerprints": {"robustaudit/v1": identity},
        # The one that GitHub's code scanning reads; by its own, results of one rule were one alert.
        "partialFingerprints": {"primaryLocationLineHash": f"{identity[:16]}:1"},
        "properties": {
            "outcome": check.outcome,
            "model": visible(check.model),
            "attack": visible(check.attack),
            "threshold": check.rule.threshold,
            "examples": check.examples,
            "estimate": asdict(check.estimate) if check.estimate else None,
        },
    }


def _message(text: str) -> Mapping[str, str]:
    """A message that is text alone; braces would be placeholders in it, and `[…](…)` a link."""
    shown = "\n".join(map(visible, text.split("\n")))
    return {"text": shown.replace("{", "{{").replace("}", "}}").replace("](", "] (")}


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
