from dataclasses import replace
from pathlib import Path

import pytest

from results import CHANGED, FEW, NOTHING, PLAN, RESULT, UNSURE
from robustaudit.reports.starter_config import next_steps
from robustaudit.runs.result import Result, Row

RUN = Path("reports/my run")
PAGE = "open the report page: robustaudit report 'reports/my run'"
PLANNED = "sample size: robustaudit plan --max-drop 0.05 --pilot 'reports/my run'"


def steps(*rows: Row, rows_of_data: int | None = None, **plan: object) -> list[str]:
    data = {**PLAN["data"], "rows": rows_of_data}
    return list(next_steps(replace(RESULT, plan={**PLAN, "data": data, **plan}, rows=rows), RUN))


def test_what_is_certain_is_held_on_to() -> None:
    assert steps(CHANGED, NOTHING) == [
        PAGE,
        "turn into a gate: robustaudit init 'reports/my run'",
    ]


@pytest.mark.parametrize("unsure", [UNSURE, FEW])
def test_what_is_not_certain_asks_for_more_trials_as_far_as_there_are_rows(unsure: Row) -> None:
    told = "n.s. or too few: 1 of 2 drops; use more trials, such as --trials "
    assert steps(CHANGED, unsure) == [PAGE, f"{told}400", PLANNED]
    assert steps(CHANGED, unsure, rows_of_data=250) == [PAGE, f"{told}250", PLANNED]
    assert steps(CHANGED, unsure, rows_of_data=100) == [PAGE, PLANNED]


def test_where_nothing_can_be_told_there_is_only_the_page() -> None:
    assert steps(NOTHING) == [PAGE]
    assert steps(UNSURE, examples=1) == [PAGE]
    assert list(next_steps(Result(PLAN, (), 1.0), RUN)) == [PAGE]
