"""Why models fail, and their weak spots, as they are printed."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from printed import printed
from robustaudit.models import WordPieces
from robustaudit.reports.reasons_report import predicts, reasons_as_json, render_reasons
from robustaudit.statistics.measures import Estimate
from robustaudit.worst_case.explanation import EditPredictor, FailureExplanation
from robustaudit.worst_case.reasons import FailureReasons, reasons_of
from vocabularies import source, swept_models

TEXTS = [f"good {word} {number}" for number, word in enumerate(["food", "day", "room"] * 8)]


def letters(words: Sequence[str]) -> list[WordPieces]:
    return [WordPieces((word,), True) if word == "good" else WordPieces(tuple(word), False) for word in words]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> FailureReasons:
    folder: Path = tmp_path_factory.mktemp("sweep")
    models = [source("one", "good", "god"), source("\x1b[2Jother", "good", "goo")]
    return reasons_of(swept_models(folder, models, TEXTS, "delete"), {"one": letters})


@pytest.mark.parametrize("width", [80, 160])
def test_it_shows_words_how_they_are_read_and_weak_spots(found: FailureReasons, width: int) -> None:
    shown = printed(render_reasons(found), width=width)
    assert "Why model one fails under delete: its costliest words" in shown
    assert "read as good → o o d (unknown)" in shown
    assert "Weak spots of model one under delete" in shown
    assert "good → ood" in shown
    assert "12 of 12" in shown
    assert "\x1b" not in shown
    assert "<U+001B>[2Jother" in shown
    assert max(map(len, shown.splitlines())) <= width


def test_json_has_all_words_and_spots(found: FailureReasons) -> None:
    content = reasons_as_json(found)
    first = content["explanations"][0]
    assert first["words"][0]["word"] == "good"
    assert first["words"][0]["costliest"]["reading"][1] == {"pieces": ("o", "o", "d"), "known": False}
    assert [each["adds"] for each in first["predictors"]] == [False, False]  # the word says it all
    assert content["weak_spots"][0]["spots"][0]["edit"]["after"] == "ood"


def test_what_adds_nothing_is_not_shown(found: FailureReasons) -> None:
    def with_gain(low: float) -> list[str]:
        gain = Estimate(0.02, low, 0.04)
        predictor = EditPredictor(name="pieces added", auc=Estimate(0.72, 0.6, 0.8), gain=gain)
        first = found.explanations[0]
        return list(
            predicts(
                FailureExplanation(
                    model=first.model,
                    attack=first.attack,
                    in_log_odds=True,
                    words=first.words,
                    texts_with_both=30,
                    words_auc=Estimate(0.7, 0.6, 0.8),
                    predictors=(predictor,),
                    list_costs=first.list_costs,
                )
            )
        )

    assert len(with_gain(0.01)) == 2
    assert "With pieces added: AUC 0.720, higher by 0.020 [0.010, 0.040]." in with_gain(0.01)[1]
    assert len(with_gain(-0.001)) == 1
