from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from fakes import FakeSource, LetterCounter
from robustaudit.attacks import NamedAttack, parse_attack
from robustaudit.core.errors import UserError
from robustaudit.datasets import load
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.plan import make_plan
from robustaudit.runs.result import Result, Row
from robustaudit.runs.severity_curves import trapezoids
from robustaudit.statistics.sequential import SequentialTest


def leveled(base: str, severity: int) -> NamedAttack:
    """An attack at a severity, which here is a fifth of the words for each level."""
    expression = f"{base}@{severity / 5}"
    return NamedAttack(expression, parse_attack(expression).attack, base=base, severity=severity)


def run(folder: Path, *, severities: tuple[int, ...] = (1, 3, 5), baseline: str | None = None) -> Result:
    attacks = [leveled(base, severity) for base in ("qwerty", "delete") for severity in severities]
    sources = [FakeSource(name) for name in ("a", "b")]
    plan = make_plan(load("tiny"), sources, attacks, trials=120, baseline_model=baseline)
    return execute_plan(plan, folder)


class Misreader(LetterCounter):
    """Takes every a for an e: it is wrong about other texts."""

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        return super().predict([text.replace("a", "e") for text in texts])


def drop_of(row: Row) -> float:
    assert row.drop
    return row.drop.value


def test_a_curve_has_the_drops_of_its_rows_and_the_area_under_them(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert [(curve.model, curve.base) for curve in result.curves] == [
        ("a", "qwerty"),
        ("a", "delete"),
        ("b", "qwerty"),
        ("b", "delete"),
    ]
    for curve in result.curves:
        rows = [row for row in result.rows if (row.model, row.base) == (curve.model, curve.base)]
        assert curve.severities == (1, 3, 5)
        assert curve.drops == tuple(row.drop for row in rows)
        height = np.trapezoid([0, *(drop_of(row) for row in rows)], [0, 1, 3, 5]) / 5
        assert curve.area.value == pytest.approx(height)
        assert curve.area.low < curve.area.value < curve.area.high


def test_one_severity_is_no_curve(tmp_path: Path) -> None:
    assert run(tmp_path, severities=(3,)).curves == ()


def test_the_area_of_equal_drops_is_that_drop_but_for_the_rise() -> None:
    assert sum(trapezoids([1, 2, 3, 4, 5])) == pytest.approx(0.9)
    assert trapezoids([2]) == [0.5]


def test_a_model_like_the_baseline_has_all_of_its_errors(tmp_path: Path) -> None:
    (summary,) = run(tmp_path, baseline="b").summaries
    assert (summary.model, summary.baseline, summary.attacks) == ("a", "b", 2)
    assert summary.relative_error
    assert summary.relative_error.value == pytest.approx(1)
    assert summary.relative_error.low < 1 < summary.relative_error.high


def test_a_summary_is_the_mean_ratio_of_errors_summed_over_severities(tmp_path: Path) -> None:
    sources = [FakeSource("a"), FakeSource("b", make=Misreader)]
    attacks = [leveled(base, severity) for base in ("qwerty", "delete") for severity in (1, 5)]
    plan = make_plan(load("tiny"), sources, attacks, trials=120, baseline_model="b")
    result = execute_plan(plan, tmp_path)

    def errors(model: str, base: str) -> float:
        rows = [row for row in result.rows if (row.model, row.base) == (model, base)]
        return sum(1 - row.perturbed_accuracy.value for row in rows if row.perturbed_accuracy)

    ratios = [errors("a", base) / errors("b", base) for base in ("qwerty", "delete")]
    assert result.summaries[0].relative_error
    assert result.summaries[0].relative_error.value == pytest.approx(np.mean(ratios))


def test_a_summary_of_a_run_that_chose_its_own_size_has_no_interval(tmp_path: Path) -> None:
    sources = [FakeSource("a"), FakeSource("b", make=Misreader)]
    plan = make_plan(
        load("tiny"),
        sources,
        [parse_attack("qwerty")],
        trials=120,
        baseline_model="b",
        sequential_test=SequentialTest(max_drop=0.3),
    )
    (summary,) = execute_plan(plan, tmp_path).summaries
    assert summary.relative_error
    assert not summary.relative_error.has_interval


class OfASCII(LetterCounter):
    """Answers no text with a letter that ASCII lacks."""

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        for text in texts:
            text.encode("ascii")
        return super().predict(texts)


def test_errors_are_compared_under_attacks_that_both_models_answered(tmp_path: Path) -> None:
    sources = [FakeSource("a", make=OfASCII), FakeSource("b", make=Misreader)]
    attacks = [parse_attack("qwerty"), parse_attack("homoglyph")]
    plan = make_plan(
        load("tiny"),
        sources,
        attacks,
        trials=60,
        baseline_model="b",
        error_policy=ErrorPolicy(on_error="skip"),
    )
    result = execute_plan(plan, tmp_path)
    assert [summary.attacks for summary in result.summaries] == [1]


class Particular(LetterCounter):
    """Has no answer to one text in three."""

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        if any(sum(map(ord, text)) % 3 == 0 for text in texts):
            raise RuntimeError("no answer")
        return super().predict(texts)


def test_errors_are_compared_on_the_trials_that_both_models_answered(tmp_path: Path) -> None:
    """A model that answers as another does, where it answers, errs as often."""
    sources = [FakeSource("a", make=Particular), FakeSource("b")]
    error_policy = ErrorPolicy(on_error="skip")
    attacks = [parse_attack("qwerty")]
    plan = make_plan(
        load("tiny"), sources, attacks, trials=120, baseline_model="b", error_policy=error_policy
    )
    result = execute_plan(plan, tmp_path)
    skipped = result.rows[0].skipped
    assert 0 < skipped < 120
    accuracies = [row.perturbed_accuracy for row in result.rows]
    assert accuracies[0] != accuracies[1]
    (summary,) = result.summaries
    assert summary.relative_error is not None
    assert summary.relative_error.value == pytest.approx(1)


def test_without_a_baseline_model_there_is_no_summary(tmp_path: Path) -> None:
    assert run(tmp_path).summaries == ()


def test_the_baseline_model_is_one_of_the_run() -> None:
    with pytest.raises(UserError, match="unknown baseline model 'c'"):
        make_plan(load("tiny"), [FakeSource("a")], [parse_attack("qwerty")], trials=5, baseline_model="c")
