from dataclasses import replace
from typing import Any

import pytest

from results import PLAN, RESULT
from robustaudit.reports.commands import run_command


@pytest.mark.parametrize(
    "plan",
    [
        {"models": [{**PLAN["models"][0], "uri": None}]},
        {"data": {**PLAN["data"], "name": "stdin", "path": None}},
    ],
)
def test_of_a_model_or_data_without_a_name_no_command_repeats_the_run(plan: dict[str, Any]) -> None:
    named = {**PLAN, "models": PLAN["models"][:1], "until_decided": {"max_drop": 0.05, "alpha": 0.05}}
    command = run_command(replace(RESULT, plan=named))
    assert command is not None
    assert command.endswith("--until-decided --max-drop 0.05 --alpha 0.05")
    assert run_command(replace(RESULT, plan={**named, **plan})) is None
