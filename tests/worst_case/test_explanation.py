"""Which words cost a model most, and whether how it reads them predicts its failures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from robustaudit.core.records import Example
from robustaudit.models import WordPieces
from robustaudit.worst_case.edited_words import EditedWords
from robustaudit.worst_case.explanation import FailureExplanation, _area, explain
from robustaudit.worst_case.stored_sweep import EditEffects
from vocabularies import source, swept_models, words_of

TEXTS = ["a good day", "Good food", "the lovely good room", "a day"]


def letters(words: Sequence[str]) -> list[WordPieces]:
    """`good` and `day` are known; each other word is read letter by letter."""
    return [
        WordPieces((word,), True) if word.lower() in ("good", "day") else WordPieces(tuple(word), False)
        for word in words
    ]


def explained(folder: Path, texts: Sequence[str] = TEXTS) -> FailureExplanation:
    sweep = swept_models(folder, [source("one", "good", "lovely")], texts, "delete")
    effects = sweep.of("one", "delete")
    return explain(effects, words_of(sweep, effects), sweep.examples, ("delete",), letters)


def test_words_come_by_their_mean_cost_with_counts_and_the_costliest_edit(tmp_path: Path) -> None:
    found = explained(tmp_path)
    assert [each.word for each in found.words[:2]] == ["good", "lovely"]
    good = found.words[0]
    assert (good.texts, good.edits, good.fails) == (3, 9, 6)  # of the text with `lovely`, no edit fails
    assert good.costliest.cost >= good.mean > 0
    assert good.costliest.reading is not None
    before, after = good.costliest.reading
    assert (before.known, after.known) == (True, False)
    assert len(after.pieces) == 3
    assert found.words[-1].mean == pytest.approx(0)


def test_every_edit_has_its_cost_and_how_its_word_is_read(tmp_path: Path) -> None:
    found = explained(tmp_path)
    sweep_rows = found.costs.to_pylist()
    assert len(sweep_rows) == sum(each.edits for each in found.words)
    for row in sweep_rows:
        assert row["fails"] == (row["before"].lower() == "good" and row["example"] in ("e0", "e1"))
        assert (row["cost"] > 0.01) == (row["before"].lower() in ("good", "lovely"))
        assert row["pieces_after"] == list(row["after"])


def test_few_texts_with_both_outcomes_say_nothing_of_prediction(tmp_path: Path) -> None:
    found = explained(tmp_path)
    assert found.texts_with_both == 2
    assert found.words_auc is None
    assert found.predictors == ()


EXAMPLES, EDITS = 60, 20


def synthetic(*, by_reading: float, seed: int = 0) -> FailureExplanation:
    """Edits whose cost is that of their word, of becoming unknown times `by_reading`, and noise."""
    draws = np.random.default_rng(seed)
    rows = EXAMPLES * EDITS
    word, unknown = draws.integers(5, size=rows), draws.integers(2, size=rows)
    cost = word + by_reading * unknown + draws.normal(size=rows)
    example = np.repeat(np.arange(EXAMPLES), EDITS)
    nothing = np.zeros(rows, dtype=np.int64)
    before = pa.array([f"w{each}" for each in word.tolist()])
    after = pa.array(
        [f"w{each}{'?!'[gone]}{row}" for row, (each, gone) in enumerate(zip(word, unknown, strict=True))]
    )
    effects = EditEffects(
        model="one",
        attack="any",
        example=example,
        part=nothing,
        start=nothing,
        stop=nothing,
        site_start=nothing,
        site_stop=nothing,
        replacement=after,
        prediction=(cost > 3).astype(np.int64),
        margin=3 - cost,
        label=np.zeros(EXAMPLES, dtype=np.int64),
        clean_prediction=np.zeros(EXAMPLES, dtype=np.int64),
        clean_margin=np.full(EXAMPLES, 3.0),
    )
    examples = [Example(f"e{place}", "", 0, f"g{place // 2}") for place in range(EXAMPLES)]
    return explain(effects, EditedWords(before, after), examples, ("any",), readings)


def readings(words: Sequence[str]) -> list[WordPieces]:
    return [WordPieces((word,), "!" not in word) for word in words]


def test_how_words_are_read_predicts_where_it_costs() -> None:
    found = synthetic(by_reading=2.0)
    assert found.words_auc is not None
    assert found.words_auc.low is not None
    assert found.words_auc.low > 0.6
    assert {each.name: each.adds for each in found.predictors} == {
        "pieces added": False,  # each word is one piece, before and after
        "became unknown": True,
    }
    unknown = found.predictors[1]
    assert unknown.auc.value == pytest.approx(found.words_auc.value + unknown.gain.value)


def test_how_words_are_read_rarely_seems_to_predict_where_it_does_not() -> None:
    gains = [synthetic(by_reading=0.0, seed=seed).predictors[1].adds for seed in range(20)]
    assert sum(gains) <= 2


def test_the_area_is_that_of_all_pairs() -> None:
    draws = np.random.default_rng(1)
    score, fails = draws.integers(6, size=40) / 3, draws.integers(2, size=40) > 0
    pairs = [(a > b) + (a == b) / 2 for a in score[fails] for b in score[~fails]]
    assert _area(score, fails) == pytest.approx(float(np.mean(pairs)))
