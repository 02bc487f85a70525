"""The formats of `robustaudit report`, by name; each is a function of a stored run to the bytes of a file."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from robustaudit.core.errors import UserError
from robustaudit.gate.verdict import Verdict
from robustaudit.reports.exports import figures_csv, result_json, trials_csv, trials_parquet
from robustaudit.reports.markdown import markdown_report
from robustaudit.reports.page.document import html
from robustaudit.reports.pipelines import RuleSource, junit
from robustaudit.reports.report import Report
from robustaudit.reports.sarif import sarif


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """The name of the file, the function that makes its content, and whether that is about a verdict.

    Content that grows with the trials comes part by part.
    """

    file: str
    write: Callable[[Report], bytes | Iterator[bytes]]
    needs_verdict: bool = False


FORMATS: Mapping[str, ReportFormat] = {
    "html": ReportFormat("report.html", html),
    "markdown": ReportFormat("report.md", markdown_report),
    "json": ReportFormat("report.json", result_json),
    "figures": ReportFormat("figures.csv", figures_csv),
    "csv": ReportFormat("trials.csv", trials_csv),
    "parquet": ReportFormat("trials.parquet", trials_parquet),
    "junit": ReportFormat("junit.xml", lambda report: junit(_verdict(report)), True),
    "sarif": ReportFormat("gate.sarif", lambda report: sarif(_verdict(report), _source(report)), True),
}


def _verdict(report: Report) -> Verdict:
    if report.verdict is None:
        raise UserError(f"run {str(report.run.folder)!r} has no verdict: `robustaudit gate RUN` makes one")
    return report.verdict


def _source(report: Report) -> RuleSource:
    """The file of the rules by its name alone: a report reads nothing but the run."""
    return RuleSource(PurePath(_verdict(report).config).name)
