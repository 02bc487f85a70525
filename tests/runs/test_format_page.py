"""docs/results-format.md has every key and column that a run writes."""

from dataclasses import fields
from pathlib import Path

import pytest

from robustaudit.runs.findings import Finding, FoundDrop
from robustaudit.runs.plan_record import PlannedAttack, PlannedData, PlannedLabel, PlannedModel, PlanRecord
from robustaudit.runs.result import (
    SCHEMA_VERSION,
    Correction,
    FlipCount,
    FormCheck,
    RepeatCheck,
    Result,
    Row,
    SeverityCurve,
    Slice,
    Truncation,
)
from robustaudit.runs.trial import TRIALS
from robustaudit.statistics.measures import Measures, WorstOfK
from robustaudit.statistics.sequential import SequentialResult, SequentialTest

PAGE = (Path(__file__).parents[2] / "docs" / "results-format.md").read_text(encoding="utf-8")
WRITTEN = {
    kind.__name__: [field.name for field in fields(kind)]
    for kind in (
        PlanRecord,
        PlannedData,
        PlannedLabel,
        PlannedModel,
        PlannedAttack,
        SequentialTest,
        Result,
        Row,
        Slice,
        Measures,
        WorstOfK,
        SeverityCurve,
        Correction,
        Finding,
        FoundDrop,
        FlipCount,
        SequentialResult,
        RepeatCheck,
        Truncation,
        FormCheck,
    )
} | {"trials": TRIALS.names}


@pytest.mark.parametrize("kind", WRITTEN)
def test_the_page_names_every_field(kind: str) -> None:
    assert [name for name in WRITTEN[kind] if f"`{name}`" not in PAGE] == []


def test_the_page_is_of_the_present_version() -> None:
    assert f"## result.json, schema version {SCHEMA_VERSION}\n" in PAGE
