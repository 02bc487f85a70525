"""What a comparison says of the trials that it is over."""

from pathlib import Path

from gates import partly_changed
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
