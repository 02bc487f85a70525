"""What every report is made of."""

from dataclasses import dataclass

from robustaudit.engine import Result, StoredRun
from robustaudit.engine.gate import Verdict
from robustaudit.reports.training import Training


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A finished run, the verdict of a gate on it where there is one, and the trainings of its models."""

    run: StoredRun
    result: Result
    verdict: Verdict | None = None
    trainings: tuple[Training, ...] = ()
