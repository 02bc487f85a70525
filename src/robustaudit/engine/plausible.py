"""Whether a run of a plan can have found what a stored result says: it may be a stranger's."""

import re
from collections.abc import Iterator
from dataclasses import fields
from itertools import product

from robustaudit.engine.measures import Estimate, Measures
from robustaudit.engine.planned import MOST_TRIALS, Planned
from robustaudit.engine.result import Result, Row, Slice
from robustaudit.engine.slices import TEXT_LENGTH, TRUE_LABEL

_VALUES = {TRUE_LABEL: r"-?\d{1,18}", TEXT_LENGTH: r"\d{1,9}–\d{1,9}"}


def misfit(result: Result, plan: Planned) -> str | None:
    """What no run of that plan can have found, in words that go on from the file's name; None if nothing."""
    if result.plan != plan.as_json():
        return "has another plan"
    layout = plan.layout
    cells = list(product(layout.models, layout.attacks))
    if [(row.model, row.attack) for row in result.rows] != cells or any(row.slice for row in result.rows):
        return "has rows of other models or attacks"
    found = (_misfit(row, plan, set(cells)) for row in (*result.rows, *result.slices))
    return next((wrong for wrong in found if wrong), None)


def _misfit(row: Row, plan: Planned, cells: set[tuple[str, str]]) -> str | None:
    of = f"of model {row.model!r} under {row.attack!r}"
    if (row.model, row.attack) not in cells:
        return "has rows of other models or attacks"
    if row.slice and not _can_be(row.slice, plan):
        return f"has a slice of {row.slice.column!r} with the value {row.slice.value!r}"
    if not 0 <= row.trials_changed <= row.trials <= plan.trials or not 0 <= row.skipped <= row.trials:
        return f"has more trials than its plan, {of}"
    if any(abs(number) > MOST_TRIALS for number in _numbers(row)):
        return f"has a figure that is none, {of}"
    return None


def _can_be(part: Slice, plan: Planned) -> bool:
    """Whether examples can be told by the slice: the data's own columns have any values."""
    if part.column in plan.slices:
        return True
    return part.column in _VALUES and re.fullmatch(_VALUES[part.column], part.value) is not None


def _numbers(row: Row) -> Iterator[float]:
    """All figures of a row."""
    measured = (getattr(each, field.name) for each in (row.changed, row.all) for field in fields(Measures))
    curves = (each.accuracy for curve in (row.worst_of_k, row.worst_of_k_all) for each in curve)
    for estimate in (*measured, *curves):
        if isinstance(estimate, Estimate):
            yield from (each for each in (estimate.value, estimate.low, estimate.high) if each is not None)
    yield from (row.examples, row.examples_changed, row.groups_changed, row.flips)
