"""Rows of a result, made up, for reports to render."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from robustaudit.core.records import Edit
from robustaudit.runs.findings import Finding, FoundDrop
from robustaudit.runs.result import Correction, RepeatCheck, Result, Row, Slice
from robustaudit.runs.stored_run import StoredRun
from robustaudit.runs.trial import Trial
from robustaudit.statistics.measures import Estimate, Measures, RelativeErrorSummary, SeverityCurve, WorstOfK
from robustaudit.statistics.sequential import SequentialResult

DROP = Estimate(0.1, 0.034, 0.166)

MEASURES = Measures(
    clean_accuracy=Estimate(0.81, 0.722, 0.876),
    perturbed_accuracy=Estimate(0.71, 0.614, 0.791),
    drop=DROP,
    relative_drop=Estimate(0.123, 0.042, 0.199),
    flip_rate=Estimate(0.16, 0.1, 0.245),
    attack_success_rate=Estimate(0.148, 0.086, 0.243),
    clean_macro_f1=Estimate(0.8, 0.708, 0.867),
    perturbed_macro_f1=Estimate(0.7, 0.605, 0.782),
    probability_change=Estimate(-0.09, -0.131, -0.046),
    clean_squared_calibration_error=Estimate(0.0027, 0.0, 0.0121),
    perturbed_squared_calibration_error=Estimate(0.0137, 0.0048, 0.0269),
    squared_calibration_error_change=Estimate(0.011, 0.0021, 0.0234),
    brier_change=Estimate(0.052, 0.021, 0.086),
)

_EDITS = (Edit(5, 6, "r"), Edit(15, 16, "s"))

SHOWN = Trial(
    model="1",
    attack="qwerty",
    trial=3,
    example="movie-7",
    group="movie-7",
    draw=0,
    label=1,
    label_name="positive",
    clean_text="I loved the food and the service was great!",
    perturbed_text="I lovrd the foos and the service was great!",
    changed=True,
    edits=_EDITS,
    edits_by_step=(_EDITS,),
    edit_share=0.25,
    character_share=2 / 43,
    clean_prediction=1,
    perturbed_prediction=0,
    clean_prediction_name="positive",
    perturbed_prediction_name="negative",
    clean_repeat_prediction=None,
    clean_probability=0.9,
    perturbed_probability=0.03,
    clean_probabilities=(0.1, 0.9),
    perturbed_probabilities=(0.97, 0.03),
    error=None,
    outcome="answered",
)
"""A trial whose correct prediction became wrong."""

CHANGED = Row(
    model="1",
    attack="qwerty",
    base="qwerty",
    family=None,
    severity=None,
    slice=None,
    trials=100,
    trials_changed=100,
    changed_share=1.0,
    examples=100,
    examples_changed=100,
    groups_changed=98,
    edit_share=0.31,
    character_share=None,
    flips=16,
    on_changed=MEASURES,
    on_all=MEASURES,
    worst_of_k=(WorstOfK(1, Estimate(0.71, 0.614, 0.791), 100),),
    interval_unit="group",
    p_value=0.0017,
    p_adjusted=0.0034,
    example_trial=SHOWN,
)
"""A row in which every trial changed its text, and which found a drop."""

DECISION = SequentialResult(
    model="1",
    attack="qwerty",
    outcome="failed",
    groups=8,
    examples=8,
    trials=32,
    model_calls=40,
    drop=0.25,
    drop_low=0.1,
    drop_high=0.4,
)
"""The conclusion of a sequential test that a drop is above the threshold."""

FEW = replace(
    CHANGED,
    attack="delete",
    base="delete",
    trials_changed=12,
    changed_share=0.12,
    examples_changed=12,
    groups_changed=12,
    flips=2,
)
"""A row that rests on twelve examples."""

NOTHING = replace(
    CHANGED,
    attack="contract",
    base="contract",
    trials_changed=0,
    changed_share=0.0,
    examples_changed=0,
    groups_changed=0,
    edit_share=None,
    flips=0,
    on_changed=Measures(),
    worst_of_k=(),
    interval_unit=None,
    p_value=None,
    p_adjusted=None,
    example_trial=None,
)
"""A row in which no trial changed its text."""


def planned_model(name: str, uri: str | None = "", **fields: Any) -> dict[str, Any]:
    """A model of a plan, as reports read it; found again by its name, if no URI is given."""
    known = {"name": name, "uri": name if uri == "" else uri, "title": name, "digest": "d", "accuracy": None}
    return known | fields


PLAN: dict[str, Any] = {
    "robustaudit": "0.1.0",
    "data": {
        "name": "reviews",
        "title": "reviews, test split, 1,305 examples",
        "examples": 1_305,
        "digest": "0" * 64,
    },
    "examples": 100,
    "trials": 100,
    "seed": 0,
    "class_names": ["negative", "positive"],
    "models": [
        planned_model(
            "1",
            title="LSTM encoder only",
            digest="1" * 64,
            accuracy={"data": "reviews", "test": 0.803},
        ),
        planned_model("mine", None, title="a model of my own", digest="2" * 64),
    ],
    "attacks": [
        {"name": "qwerty", "expression": "qwerty@0.3", "rates": [0.3]},
        {"name": "contract", "expression": "contract@0.3", "rates": [0.3]},
    ],
    "tfidf_baseline": {
        "name": "tfidf",
        "title": "TF-IDF",
        "digest": "3" * 64,
        "accuracy": {"data": "reviews", "test": 0.79},
    },
}

UNSURE = replace(CHANGED, attack="insert", p_value=0.03, p_adjusted=0.06)
NOISY = replace(
    MEASURES, noise=Estimate(0.041, 0.012, 0.09), flip_rate_beyond_noise=Estimate(0.119, 0.03, 0.2)
)
"""What a model that contradicts itself did."""

ROWS = tuple(
    replace(row, model=model, on_changed=measures if row.trials_changed else row.on_changed)
    for model, measures in (("1", MEASURES), ("mine", NOISY))
    for row in (CHANGED, UNSURE, FEW, NOTHING)
)
SLICES = tuple(
    replace(row, slice=part, example_trial=None, **untested)
    for row in ROWS
    for part, untested in (
        (Slice("source", "app", declared=True), {}),
        (Slice("source", "web", declared=True), {}),
        (Slice("true label", "positive"), {"p_value": None, "p_adjusted": None}),
    )
)
FINDINGS = (
    Finding(
        kind="class",
        model="1",
        attack="qwerty",
        label=1,
        other_label=0,
        effect=Estimate(0.28, 0.19, 0.37),
        compared=(
            FoundDrop(name="positive", drop=Estimate(0.27, 0.19, 0.35), claims=("drop",)),
            FoundDrop(name="negative", drop=Estimate(-0.01, -0.05, 0.03), claims=("small",)),
        ),
        p_value=0.000001,
        p_adjusted=0.00004,
    ),
    Finding(kind="drop", model="mine", attack=None, effect=DROP, p_value=0.0001, p_adjusted=0.004),
    Finding(kind="drop", model="1", attack="qwerty", effect=DROP, p_value=0.0002, p_adjusted=0.008),
    Finding(
        kind="limit",
        model="1",
        attack="insert",
        effect=Estimate(0.0, -0.02, 0.02),
        p_value=0.0003,
        p_adjusted=0.02,
    ),
)
RESULT = Result(
    PLAN,
    ROWS,
    12.34,
    slices=SLICES,
    curves=(
        SeverityCurve("1", "qwerty", (1, 3), (Estimate(0.05, 0.01, 0.09), DROP), Estimate(0.06, 0.02, 0.1)),
    ),
    summaries=(RelativeErrorSummary("mine", "1", 2, Estimate(0.9, 0.7, 1.2)),),
    corrections=(Correction(12),),
    findings=FINDINGS,
    finding_tests=44,
    retests=(
        RepeatCheck(
            model="1", texts=17, difference=0.0, batch_dependence="none", batch_difference=0.0, calls=33
        ),
        RepeatCheck(
            model="mine",
            texts=117,
            differed=5,
            difference=0.31,
            batch_dependence="found",
            batch_difference=0.42,
            calls=133,
            each_draw=True,
            noise=Estimate(0.041, 0.012, 0.09),
        ),
    ),
)
"""Two models under four attacks, with slices, a curve over severities and a summary."""


def unread(folder: Path) -> StoredRun:
    """A run of which a report needs nothing but where it lies."""
    return StoredRun(folder, planned=None, result=None, manifest=None)  # type: ignore[arg-type]
