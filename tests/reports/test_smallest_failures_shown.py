"""Reports show the smallest failure of a trial, and the whole trial a step away, whatever the text."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from results import SHOWN
from robustaudit import audit
from robustaudit.api.outcome import Audit
from robustaudit.core.edits import apply
from robustaudit.core.records import Edit
from robustaudit.gate.verdict import Verdict
from robustaudit.reports.gate_report import counterexample_text, markdown_verdict
from robustaudit.reports.layout import TextReport
from robustaudit.reports.page.document import inline_trials, inline_verdict
from robustaudit.reports.pipelines import check_text
from robustaudit.reports.text import flip_text, mark_trial
from robustaudit.reports.trial_report import prediction_text, render_trials
from verdicts import saying

REDUCED = replace(
    SHOWN, smallest_edits=SHOWN.edits[1:], smallest_prediction=0, smallest_prediction_name="negative"
)
"""A trial of two edits, of which one fails alone."""
HOSTILE = replace(
    REDUCED,
    clean_text="<script>alert(1)</script>",
    perturbed_text="<script>ab</script>",
    edits=(Edit(8, 12, "<img src=x onerror=1>"), Edit(13, 16, "\u202eb</details>")),
    smallest_edits=(Edit(13, 16, "\u202eb</details>"),),
)


def test_a_reduced_trial_is_told_with_how_many_of_its_edits_fail() -> None:
    assert mark_trial(REDUCED).plain == "I loved the foo{d→s} and the service was great!"
    assert flip_text(REDUCED) == "label positive: predicted positive → negative by 1 of 2 edits"
    assert "by all" in prediction_text(REDUCED)
    assert "(confidence 97.0%, with all of them)" in counterexample_text(REDUCED)


def test_a_trial_of_which_all_edits_are_needed_is_told_as_ever() -> None:
    for whole in (SHOWN, replace(REDUCED, smallest_edits=SHOWN.edits)):
        assert flip_text(whole) == "label positive: predicted positive → negative"
        assert mark_trial(whole).plain == "I lov{e→r}d the foo{d→s} and the service was great!"
        assert "by all" not in prediction_text(whole)


def test_the_class_that_the_smallest_failure_becomes_is_its_own() -> None:
    other = replace(REDUCED, smallest_prediction=2, smallest_prediction_name="mixed")
    assert "positive → mixed by 1 of 2 edits" in flip_text(other)


def judged() -> Verdict:
    """A verdict whose counterexamples are reduced ones of hostile text."""
    verdict = saying("qwerty")
    checks = tuple(replace(check, counterexamples=(HOSTILE,)) for check in verdict.checks)
    return replace(verdict, checks=checks)


@pytest.mark.parametrize(
    "made", [lambda: inline_trials([HOSTILE], total=1), lambda: inline_verdict(judged())]
)
def test_the_whole_trial_is_a_click_away_and_no_text_is_markup(made: object) -> None:
    assert callable(made)
    shown = made()
    assert shown.count("<details>") == shown.count("</details>") >= 1
    assert "<summary>all 2 edits</summary>" in shown
    assert "<script" not in shown
    assert "<img" not in shown
    assert "\u202e" not in shown
    assert shown.index("U+202E") < shown.index("<details>") < shown.index("onerror")


def test_pipelines_show_the_smallest_failure_and_how_to_see_the_whole() -> None:
    verdict = judged()
    for check in verdict.checks:
        told = "\n".join(check_text(check, verdict))
        assert "onerror" not in told
        assert "1 of 2 edits" in told
        assert "robustaudit replay" in told
        assert "\u202e" not in told
    assert "1 of 2 edits" in markdown_verdict(verdict)
    assert "1 of 2 edits" in str(TextReport(lambda _: render_trials([HOSTILE], total=1)))


def letters(texts: Sequence[str]) -> list[str]:
    return ["ab"[text.count("e") % 2] for text in texts]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """Hostile texts audited, and every smallest failure found."""
    data = [
        (f"<b>we need peeled {word}</b> | <script> {{see}} `here` ] there", word[0]) for word in "ab" * 20
    ]
    data = [(f"{number} {text}", label) for number, (text, label) in enumerate(data)]
    folder = tmp_path_factory.mktemp("run") / "run"
    return audit(letters, data, attacks="qwerty", trials=40, minimal="all", output=folder)


def test_every_report_of_a_run_says_how_many_were_found(made: Audit, tmp_path: Path) -> None:
    (found,) = made.result.smallest_failures
    told = f"Smallest failures: found for {found.failing:,} of {found.failing:,} failing trials"
    assert told in str(made.table())
    assert told in made._repr_html_()
    for form in ("html", "md"):
        written = made.report(tmp_path / f"report.{form}")
        assert told in Path(written).read_text(encoding="utf-8"), form


def test_exports_have_the_whole_trial_and_the_smallest_failure(made: Audit) -> None:
    reduced = [trial for trial in made.examples(flipped=True) if trial.is_reduced]
    assert reduced
    for trial in reduced:
        assert apply(trial.clean_text, trial.edits) == trial.perturbed_text
        assert letters([apply(trial.clean_text, trial.shown_edits)]) != letters([trial.clean_text])
    columns = made.examples(flipped=True).to_pandas()
    assert columns["marked_smallest"].str.count("→").lt(columns["marked"].str.count("→")).any()
