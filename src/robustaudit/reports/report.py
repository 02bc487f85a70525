"""The input of every report."""

from dataclasses import dataclass

from robustaudit.gate.verdict import Verdict
from robustaudit.runs.result import Result
from robustaudit.runs.stored_run import StoredRun
from robustaudit.training.trainings import Training


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A finished run, the verdict of a gate on it where there is one, and the trainings of its models."""

    run: StoredRun
    result: Result
    verdict: Verdict | None = None
    trainings: tuple[Training, ...] = ()
