"""The formats of `robustaudit report`, by name; each is a function of a stored run to the bytes of a file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from robustaudit.core.errors import UserError
from robustaudit.gate.verdict import Verdict
from robustaudit.reports.page import html
from robustaudit.reports.pipelines import Source, junit, sarif
from robustaudit.reports.report import Report
from robustaudit.reports.summary import markdown_report
from robustaudit.reports.tables import figures_csv, result_json, trials_csv, trials_parquet


@dataclass(frozen=True, slots=True)
class Format:
    """The name of the file that it becomes, and what is in it."""

    file: str
    write: Callable[[Report], bytes]


FORMATS: Mapping[str, Format] = {
    "html": Format("report.html", html),
    "markdown": Format("report.md", markdown_report),
    "json": Format("report.json", result_json),
    "figures": Format("figures.csv", figures_csv),
    "csv": Format("trials.csv", trials_csv),
    "parquet": Format("trials.parquet", trials_parquet),
    "junit": Format("junit.xml", lambda report: junit(_verdict(report))),
    "sarif": Format("gate.sarif", lambda report: sarif(_verdict(report), _source(report))),
}


def _verdict(report: Report) -> Verdict:
    if report.verdict is None:
        raise UserError(f"run {str(report.run.folder)!r} has no verdict: `robustaudit gate RUN` makes one")
    return report.verdict


def _source(report: Report) -> Source:
    """The file of the rules by its name alone: a report reads nothing beside the run."""
    return Source(PurePath(_verdict(report).config).name)
