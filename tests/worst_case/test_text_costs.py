"""What the edits of each word of a text cost, where the model is a sum of the weights of its words."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fakes import FakeSource
from robustaudit.perturbations import CHARACTERS
from robustaudit.worst_case.text_costs import TextCosts, TextPart, failing_first, text_costs
from sweeps import LABELS, swept

WEIGHTS = {"good": 3.0, "nice": 2.0, "film": 1.0, "hm": -0.5}
START = -1.5
TEXT = "good, and nice film: hm"
MARGIN = START + 3 + 2 + 1 - 0.5


class WeighedWords:
    """The log-odds of positive are a sum over known words, so that any edit of one costs its weight."""

    labels = LABELS
    preferred_batch_size = 64

    def predict(self, texts: Sequence[str]) -> NDArray[Any]:
        words = [text.replace(",", " ").replace(":", " ").split() for text in texts]
        odds = np.array([START + sum(WEIGHTS.get(word, 0.0) for word in each) for each in words])
        return np.stack([1 / (1 + np.exp(odds)), 1 / (1 + np.exp(-odds))], axis=1)


class ClassesAlone(WeighedWords):
    def predict(self, texts: Sequence[str]) -> NDArray[Any]:
        return super().predict(texts).argmax(axis=1)


def costs(folder: Path, *attacks: str, text: str = TEXT, make: type = WeighedWords) -> TextCosts:
    sweep = swept(folder, *attacks, texts=["another", text], sources=[FakeSource(make=make)])
    effects = [sweep.of("fake", attack) for attack in attacks]
    place = [example.text for example in sweep.examples].index(text)
    return text_costs(place, sweep.examples[place], effects, CHARACTERS)


def by_word(found: TextCosts) -> dict[str, TextPart]:
    text = found.example.text
    assert "".join(text[part.start : part.stop] for part in found.parts) == text
    return {text[part.start : part.stop]: part for part in found.parts if part.edits}


def test_a_word_costs_its_weight(tmp_path: Path) -> None:
    found = costs(tmp_path, "delete")
    assert found.margin == pytest.approx(MARGIN)
    words = by_word(found)
    assert {word: part.edits for word, part in words.items() if part.edits > 1}["nice"] == 4
    for word in ("good", "nice", "film", "and"):
        assert words[word].lowest == pytest.approx(MARGIN - WEIGHTS.get(word, 0.0)), word
        assert not words[word].failing
    assert found.failing == (0,)
    assert found.edits == (sum(part.edits for part in found.parts),)


def test_a_word_with_a_failing_edit_lists_it(tmp_path: Path) -> None:
    found = costs(tmp_path, "delete", "neighbor_swap", text="good thing")
    words = by_word(found)
    assert found.margin == pytest.approx(1.5)
    good = words["good"]
    assert (good.failing, words["thing"].failing) == (good.edits, 0)
    assert {edit.after for edit in good.costliest} == {"ood", "god", "goo", "ogod", "godo"}
    assert all(edit.margin == pytest.approx(-1.5) for edit in good.costliest)
    assert {edit.prediction for edit in good.costliest} == {0}
    assert sum(found.failing) == good.failing
    assert len(words["thing"].costliest) == 1


def test_an_edit_of_two_words_is_of_both_and_one_between_them_of_those_it_touches(tmp_path: Path) -> None:
    merged = by_word(costs(tmp_path / "a", "merge_words", text="good day now"))
    assert merged["day"].edits == 2
    assert merged["good"].failing == merged["good"].edits == 1
    assert merged["good"].costliest[0].after == "goodday"
    marks = by_word(costs(tmp_path / "b", "drop_mark", text="good, day"))
    assert set(marks) == {"good"}


def test_a_model_that_gives_classes_alone_has_failing_edits_and_no_margins(tmp_path: Path) -> None:
    found = costs(tmp_path, "delete", text="good thing", make=ClassesAlone)
    assert found.margin is None
    words = by_word(found)
    assert words["good"].failing
    assert not words["thing"].failing
    assert {words["good"].lowest, words["thing"].lowest} == {None}


def test_examples_that_were_correct_and_fail_come_first_the_lowest_margins_before_others(
    tmp_path: Path,
) -> None:
    texts = {
        "e0": "good",  # label 0, predicted positive: wrong
        "e1": "good nice nice film",  # correct, falls to 3.5
        "e2": "bad",  # correct, as label 0, stays at 1.5
        "e3": "nice",  # correct, fails
        "e4": "good nice good",  # label 0, predicted positive: wrong, and holds
        "e5": "good good hm",  # correct, falls to 1
    }
    sweep = swept(tmp_path, "delete", texts=[*texts.values()], sources=[FakeSource(make=WeighedWords)])
    found = failing_first([sweep.of("fake", "delete")]).tolist()
    assert [sweep.examples[place].id for place in found] == ["e3", "e5", "e2", "e1", "e0", "e4"]
