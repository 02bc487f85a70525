"""The input of every report."""

from dataclasses import dataclass

from robustaudit.gate.verdict import Verdict
from robustaudit.runs.result import Result
from robustaudit.runs.stored_run import StoredRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A finished run, and the verdict of a gate on it where there is one."""

    run: StoredRun
    result: Result
    verdict: Verdict | None = None
