from dataclasses import replace
from pathlib import Path

import pytest

from results import CHANGED, FEW, FINDINGS, NOTHING, PLAN, RESULT, UNSURE
from robustaudit.reports.next_steps import next_steps
from robustaudit.runs.findings import Finding, FoundDrop
from robustaudit.runs.result import Result, Row
from robustaudit.statistics.measures import Estimate

RUN = Path("reports/my run")
PAGE = "open the report page: robustaudit report 'reports/my run' --open"
AUGMENT = "robustaudit augment reviews --attack qwerty -o augmented.csv"
TRAIN = f"train on copies perturbed by the attack that the findings name: {AUGMENT}"
INIT = "turn into a gate: robustaudit init 'reports/my run'"
HOLD = "then hold new versions against this one: robustaudit baseline save 'reports/my run'"
GATE = INIT.replace("gate:", "gate (thresholds near the drops take about 200 trials):")
PLANNED = "what the data can decide, row by row: robustaudit plan --max-drop 0.05 --pilot 'reports/my run'"


def steps(
    *rows: Row, examples_of_data: int = 1_305, findings: tuple[Finding, ...] = FINDINGS, **plan: object
) -> list[str]:
    data = {**PLAN["data"], "examples": examples_of_data}
    result = replace(RESULT, plan={**PLAN, "data": data, **plan}, rows=rows, findings=findings)
    return list(next_steps(result, RUN))


@pytest.mark.usefixtures("command_line_words")
def test_what_is_certain_is_held_on_to() -> None:
    assert steps(CHANGED, NOTHING) == [
        PAGE,
        TRAIN,
        GATE,
        HOLD,
    ]


@pytest.mark.usefixtures("command_line_words")
def test_what_is_not_certain_is_told_what_more_of_the_data_would_do() -> None:
    """A p-value of 0.15 takes (3.71 / 1.04)² times the examples for a power of 80% over 12 tests."""
    unsure = replace(UNSURE, p_value=0.15)
    told = "n.s. or too few over all true classes: 1 of 2 drops; "  # the first finding is one of a class
    enough = f"{told}--trials 1300 would likely make significant, if they stay as large: "
    assert steps(CHANGED, unsure, examples_of_data=1305) == [
        PAGE,
        TRAIN,
        GATE,
        HOLD,
        f"{enough}model 1 under {unsure.attack}",
        PLANNED,
    ]
    drawn_twice = steps(CHANGED, unsure, examples_of_data=1305, trials=200)[4]
    assert drawn_twice.startswith(f"{told}--trials 2600 --examples 1300 would likely")
    never = f"{told}even all 250 examples of the data would likely leave them so"
    for each in (unsure, replace(unsure, p_value=0.6)):
        assert steps(CHANGED, each, examples_of_data=250) == [PAGE, TRAIN, GATE, HOLD, never, PLANNED]
    assert never.replace("250", "150") in steps(CHANGED, FEW, examples_of_data=150)
    some = f"{told}--trials 250, all examples of the data, may settle some of them"
    assert some in steps(CHANGED, FEW, examples_of_data=250)  # 30 will be changed, and 20 are enough
    used = f"{told}all 100 examples of the data are used"
    assert steps(CHANGED, unsure, examples_of_data=100) == [PAGE, TRAIN, INIT, HOLD, used, PLANNED]
    several = steps(unsure, replace(unsure, model="4", p_value=0.1), examples_of_data=1305, findings=())[1]
    assert several.endswith(
        "--trials 1300 would likely make significant, if they stay as large: "
        f"model 4 under {unsure.attack} and 1 more"
    )


@pytest.mark.usefixtures("command_line_words")
def test_several_drops_none_of_which_is_sure_are_not_called_likely_to_stay() -> None:
    """Each with a power of about 46% with all examples: at most one in three runs leaves both as they are."""
    one, other = replace(UNSURE, p_value=0.02), replace(UNSURE, model="4", p_value=0.02)
    words = "--trials 180, all examples of the data, may settle some of them"
    assert steps(one, other, examples_of_data=180, findings=())[1].endswith(words)
    assert steps(one, examples_of_data=180, findings=())[1].endswith("would likely leave them so")


def test_where_nothing_can_be_told_there_is_only_the_page() -> None:
    assert steps(NOTHING) == [PAGE]
    assert steps(UNSURE, examples=1) == [PAGE]
    assert list(next_steps(Result(PLAN, (), 1.0), RUN)) == [PAGE]


@pytest.mark.usefixtures("command_line_words")
def test_a_significant_drop_is_trained_on_with_the_data_as_it_was_read() -> None:
    reading = {"text_column": "title,body", "no_quotes": True}
    attacks = [{"name": "qwerty", "expression": "qwerty|delete"}]
    found = replace(
        RESULT,
        plan={
            **PLAN,
            "attacks": attacks,
            "data": {"name": "my.csv", "path": "d/my data.csv", "examples": 100, "reading": reading},
        },
        rows=(UNSURE, replace(CHANGED, attack="qwerty")),
        findings=(),
    )
    (line,) = (line for line in next_steps(found, RUN) if line.startswith("train on"))
    assert line.startswith(
        "train on copies perturbed by the attack of the largest drop, "
        "with your training file in place of the data: "
    )
    assert line.endswith(
        "robustaudit augment 'd/my data.csv' --text-column 'title,body' --no-quotes "
        "--attack 'qwerty|delete' -o augmented.csv --held-out held_out.csv"
    )
    for name in ("held_out.csv", "d/augmented.csv"):
        own = {**found.plan, "data": {**found.plan["data"], "name": name, "path": name}}
        assert not any(line.startswith("train on") for line in next_steps(replace(found, plan=own), RUN))
    unnamed = replace(
        found,
        plan={**found.plan, "data": {"name": "data frame", "path": None, "examples": 100, "reading": {}}},
    )
    for nothing in (unnamed, replace(found, rows=(UNSURE,))):
        assert not [line for line in next_steps(nothing, RUN) if line.startswith("train on")]


@pytest.mark.usefixtures("command_line_words")
def test_copies_to_train_on_have_the_attacks_of_the_first_findings() -> None:
    """Not of one under which a class drops more than another alone, as the other gains."""
    qwerty, _, contract, _ = FINDINGS
    nothing, gain = Estimate(-0.01, -0.05, 0.03), Estimate(-0.2, -0.3, -0.1)
    gains = replace(
        qwerty,
        attack="contract",
        effect=Estimate(0.19, 0.1, 0.28),
        compared=(FoundDrop(name="positive", drop=nothing), FoundDrop(name="negative", drop=gain)),
    )
    assert steps(CHANGED, findings=(qwerty, gains))[1] == TRAIN
    of_first = TRAIN.replace("qwerty", "contract").replace("that the findings name", "of the first finding")
    assert steps(CHANGED, findings=(gains,))[1] == of_first
    both = steps(CHANGED, findings=(qwerty, replace(contract, attack="contract")))[1]
    assert both == TRAIN.replace("qwerty", "'qwerty|contract'").replace("attack that", "attacks that")


@pytest.mark.usefixtures("command_line_words")
def test_a_difference_between_classes_is_trained_on_and_gated_though_no_drop_is_significant() -> None:
    assert steps(UNSURE, findings=FINDINGS[:1])[:3] == [PAGE, TRAIN, GATE]
    assert steps(UNSURE, findings=())[1].startswith("n.s. or too few: 1 of 1 drop; ")
