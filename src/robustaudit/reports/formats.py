"""The formats of `robustaudit report`, by name: functions of what is stored to the bytes of a file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from robustaudit.core.documents import to_pretty_json
from robustaudit.core.errors import UserError
from robustaudit.gate.verdict import Verdict
from robustaudit.repairs.stored_repair import StoredRepair
from robustaudit.reports.certification_report import certification_as_json
from robustaudit.reports.exports import figures_csv, result_json, trials_csv, trials_parquet
from robustaudit.reports.markdown import markdown_report
from robustaudit.reports.page.document import html
from robustaudit.reports.page.repair_page import repair_page
from robustaudit.reports.page.search_page import search_page
from robustaudit.reports.page.sweep_page import sweep_page
from robustaudit.reports.pipelines import RuleSource, junit
from robustaudit.reports.repair_exports import markdown_repair, repair_as_json
from robustaudit.reports.report import Report
from robustaudit.reports.sarif import sarif
from robustaudit.reports.text import listed
from robustaudit.worst_case.certification import certify, open_several
from robustaudit.worst_case.reasons import reasons_of
from robustaudit.worst_case.search_result import SearchResult
from robustaudit.worst_case.stored_sweep import Sweep


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


WORST_CASE_FORMATS, REPAIR_FORMATS = ("html", "json"), ("html", "markdown", "json")


def sweep_files(sweep: Sweep, formats: Sequence[str]) -> dict[str, bytes]:
    """The reports of a sweep, by the names of their files.

    Raises:
        UserError: a format is not one of a sweep.
    """
    _check_formats(formats, WORST_CASE_FORMATS, f"{str(sweep.folder)!r} is a sweep")
    found = certify(sweep, open_several(sweep))
    reasons = reasons_of(sweep, {}) if sweep.record.all_edits else None
    writers = {
        "html": lambda: sweep_page(sweep, found, reasons),
        "json": lambda: to_pretty_json(certification_as_json(sweep, found, reasons)),
    }
    return {FORMATS[name].file: writers[name]() for name in formats}


def search_files(found: SearchResult, formats: Sequence[str]) -> dict[str, bytes]:
    """The reports of a search, by the names of their files.

    Raises:
        UserError: a format is not one of a search.
    """
    _check_formats(formats, WORST_CASE_FORMATS, f"{str(found.folder)!r} is a search")
    writers = {"html": lambda: search_page(found), "json": lambda: to_pretty_json(found.as_json())}
    return {FORMATS[name].file: writers[name]() for name in formats}


def repair_files(repair: StoredRepair, formats: Sequence[str]) -> dict[str, bytes]:
    """The reports of a repair, by the names of their files.

    Raises:
        UserError: a format is not one of a repair.
    """
    _check_formats(formats, REPAIR_FORMATS, f"{str(repair.folder)!r} is a repair")
    writers = {
        "html": lambda: repair_page(repair),
        "markdown": lambda: markdown_repair(repair).encode(),
        "json": lambda: to_pretty_json(repair_as_json(repair)),
    }
    return {FORMATS[name].file: writers[name]() for name in formats}


def _check_formats(given: Sequence[str], known: Sequence[str], what: str) -> None:
    if others := [name for name in given if name not in known]:
        raise UserError(f"format {others[0]!r} is of a run, and {what}: its formats are {listed(known)}")
