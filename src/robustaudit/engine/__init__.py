"""A run: plan, units of work, executor, store, statistics."""

from robustaudit.engine.comparison import Contrast, compare
from robustaudit.engine.events import (
    BatchAsked,
    Decided,
    Event,
    Listener,
    ModelDiffers,
    ModelLoaded,
    NoiseSought,
    RunStarted,
    UnitDone,
)
from robustaudit.engine.executor import Executor, InProcess, Processes
from robustaudit.engine.forecast import Forecast, forecast, learn
from robustaudit.engine.labels import fit_labels, numbered_as
from robustaudit.engine.loading import load_limit_or_default, loaded
from robustaudit.engine.looking import Trial, looked_for, trial_at
from robustaudit.engine.measures import Estimate, Measures, SeverityCurve, Summary, WorstOfK
from robustaudit.engine.patience import Patience
from robustaudit.engine.plan import Plan, make_plan, sample_of
from robustaudit.engine.planning import Question
from robustaudit.engine.power import Design
from robustaudit.engine.prediction import predict_all
from robustaudit.engine.replay import Answer, Replay, Said, ask, changes_since, redo
from robustaudit.engine.result import FEW_EXAMPLES, Correction, Result, Row, Shown, Slice
from robustaudit.engine.retest import Retest
from robustaudit.engine.run import audit
from robustaudit.engine.runs import FinishedRun, Side, read_run, sides
from robustaudit.engine.sampling import choose, sample
from robustaudit.engine.sequential import Deciding, Decision, cell_alpha, fewest_groups
from robustaudit.engine.store import keep_verdict
from robustaudit.engine.stored import StoredRun, open_run, read_result

__all__ = [
    "FEW_EXAMPLES",
    "Answer",
    "BatchAsked",
    "Contrast",
    "Correction",
    "Decided",
    "Deciding",
    "Decision",
    "Design",
    "Estimate",
    "Event",
    "Executor",
    "FinishedRun",
    "Forecast",
    "InProcess",
    "Listener",
    "Measures",
    "ModelDiffers",
    "ModelLoaded",
    "NoiseSought",
    "Patience",
    "Plan",
    "Processes",
    "Question",
    "Replay",
    "Result",
    "Retest",
    "Row",
    "RunStarted",
    "Said",
    "SeverityCurve",
    "Shown",
    "Side",
    "Slice",
    "StoredRun",
    "Summary",
    "Trial",
    "UnitDone",
    "WorstOfK",
    "ask",
    "audit",
    "cell_alpha",
    "changes_since",
    "choose",
    "compare",
    "fewest_groups",
    "fit_labels",
    "forecast",
    "keep_verdict",
    "learn",
    "load_limit_or_default",
    "loaded",
    "looked_for",
    "make_plan",
    "numbered_as",
    "open_run",
    "predict_all",
    "read_result",
    "read_run",
    "redo",
    "sample",
    "sample_of",
    "sides",
    "trial_at",
]
