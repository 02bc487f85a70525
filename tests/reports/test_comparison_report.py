"""What a comparison says of the trials that it is over."""

from dataclasses import replace
from pathlib import Path

from gates import partly_changed, table, trial
from printed import printed
from robustaudit.reports.comparison_report import render_contrasts
from robustaudit.runs.comparison import compare
from robustaudit.runs.stored_run import FinishedRun, models_to_compare


def shown(*runs: FinishedRun) -> str:
    pairs = models_to_compare(runs)
    return " ".join(printed(render_contrasts(pairs, compare(pairs)), width=100).split())


def made(draws: int) -> FinishedRun:
    return FinishedRun(Path(f"draws-{draws}"), *partly_changed(draws))


def test_other_numbers_of_draws_are_said_with_what_examples_weigh() -> None:
    text = shown(made(1), made(10))
    assert "Draws per example: 1 in the first and 10 in the second, and some left the text unchanged" in text
    assert "Each example is weighted by the share of its draws that changed it" in text
    assert "left out" not in text
    assert "weighted" not in shown(made(10), made(10))


def test_trials_that_one_side_alone_has_are_counted() -> None:
    whole = made(10)
    less = FinishedRun(Path("less"), whole.result, whole.trials.slice(3))
    text = shown(whole, less)
    assert "Paired: same perturbed texts." in text
    assert "only one side has are left out, of the drops too: 3 of the first and 0 of the second." in text
    assert "left out" not in shown(whole, whole)


def negatives_felled(number: int) -> FinishedRun:
    """A run of 100 texts of either class, whose attack fells that many negative ones and no positive one."""
    whole = made(1)
    trials = []
    for place in range(200):
        negative = place % 2 == 0
        label = 0 if negative else 1
        after = 1 if negative and place < 2 * number else label
        trials.append(trial(place, label=label, clean_prediction=label, perturbed_prediction=after))
    result = replace(whole.result, plan={**whole.result.plan, "class_names": ["negative", "positive"]})
    return FinishedRun(Path(f"felled-{number}"), result, table(trials))


def test_what_was_mended_in_a_class_is_shown_and_said() -> None:
    """In total 20 pp less are lost, all of them by negative texts."""
    before, after = negatives_felled(60), negatives_felled(20)
    (found,) = compare(models_to_compare([before, after]))
    negative, positive = found.by_class
    assert (negative.true_class, positive.true_class) == ("negative", "positive")
    assert [round(each.drop.value, 6) for each in (found, negative, positive)] == [-0.2, -0.4, 0.0]
    assert (negative.significance, positive.significance) == ("significant", "n.s.")
    assert negative.fewest_groups == 100
    assert negative.drop.high is not None
    assert negative.drop.high < -0.2
    text = shown(before, after)
    assert "negative -40.0 [" in text
    assert (
        "The second model loses less under qwerty on negative texts (20.0 pp, the first 60.0); "
        "under qwerty (10.0 pp, the first 30.0). Nowhere is it shown to lose more. "
        "Not shown either way: 1 of 3 differences, in total or by true class."
    ) in text
    assert "Holm over 1 test, by true class over 2" in text


def test_where_nothing_is_shown_no_class_is_said_to_be_better() -> None:
    text = shown(negatives_felled(20), negatives_felled(21))
    assert "No difference of drops is shown, in total or by true class" in text
    assert "loses less" not in text
    assert "By true class" not in shown(made(10), made(10)).replace("in total or by true class", "")
