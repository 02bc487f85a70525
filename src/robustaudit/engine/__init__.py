"""A run: plan, units of work, executor, store, statistics."""

from robustaudit.engine.comparison import Contrast, compare
from robustaudit.engine.events import Event, Listener, ModelLoaded, RunStarted, UnitDone
from robustaudit.engine.executor import Executor, InProcess, Processes
from robustaudit.engine.measures import Estimate, Measures, SeverityCurve, Summary, WorstOfK
from robustaudit.engine.plan import Plan, check_labels, make_plan
from robustaudit.engine.replay import Answer, Replay, ask, changes_since, redo
from robustaudit.engine.result import FEW_EXAMPLES, Correction, Result, Row, Shown, Slice, read_result
from robustaudit.engine.run import audit
from robustaudit.engine.runs import FinishedRun, Side, read_run, sides
from robustaudit.engine.sampling import choose, sample
from robustaudit.engine.stored import StoredRun, open_run

__all__ = [
    "FEW_EXAMPLES",
    "Answer",
    "Contrast",
    "Correction",
    "Estimate",
    "Event",
    "Executor",
    "FinishedRun",
    "InProcess",
    "Listener",
    "Measures",
    "ModelLoaded",
    "Plan",
    "Processes",
    "Replay",
    "Result",
    "Row",
    "RunStarted",
    "SeverityCurve",
    "Shown",
    "Side",
    "Slice",
    "StoredRun",
    "Summary",
    "UnitDone",
    "WorstOfK",
    "ask",
    "audit",
    "changes_since",
    "check_labels",
    "choose",
    "compare",
    "make_plan",
    "open_run",
    "read_result",
    "read_run",
    "redo",
    "sample",
    "sides",
]
