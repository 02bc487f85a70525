"""A verdict where pipelines look for one: JUnit XML, SARIF, GitHub's annotations and step summary."""

from robustaudit.reports.pipelines.annotations import annotations, escape, escape_property
from robustaudit.reports.pipelines.checks import STEP_SUMMARY_LIMIT, Source, told, within
from robustaudit.reports.pipelines.junit import junit
from robustaudit.reports.pipelines.sarif import sarif

__all__ = [
    "STEP_SUMMARY_LIMIT",
    "Source",
    "annotations",
    "escape",
    "escape_property",
    "junit",
    "sarif",
    "told",
    "within",
]
