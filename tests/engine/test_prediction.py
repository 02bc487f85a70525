from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from fakes import LetterCounter
from robustaudit.core.errors import ModelError
from robustaudit.engine.prediction import predict_all

TEXTS = ["a pea", "", "tree", "a pea", "sleeper", "eel"]


def test_every_text_gets_its_own_row_in_the_order_asked() -> None:
    got = predict_all(LetterCounter(), TEXTS, model="m", batch_size=2)
    assert np.array_equal(got, LetterCounter().predict(TEXTS))


def test_equal_texts_are_asked_once_in_full_batches_of_rising_length() -> None:
    model = LetterCounter()
    predict_all(model, TEXTS, model="m", batch_size=2)
    assert [len(batch) for batch in model.asked] == [2, 2, 1]
    asked = [text for batch in model.asked for text in batch]
    assert sorted(asked) == sorted(set(TEXTS))
    assert [len(text) for text in asked] == sorted(len(text) for text in asked)


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_the_batch_size_changes_nothing(batch_size: int) -> None:
    got = predict_all(LetterCounter(), TEXTS, model="m", batch_size=batch_size)
    assert np.array_equal(got, predict_all(LetterCounter(), TEXTS, model="m", batch_size=2))


class Answers(LetterCounter):
    """A model with a fixed answer, whatever it is asked."""

    def __init__(self, answer: object) -> None:
        super().__init__()
        self.answer = answer

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        del texts
        if isinstance(self.answer, Exception):
            raise self.answer
        return np.array(self.answer)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ([[0.5, 0.5], [float("nan"), 1.0]], "gave no probabilities for 'bad'"),
        ([[0.5, 0.5], [0.7, 0.7]], "gave no probabilities for 'bad'"),
        ([[0.5, 0.5], [-0.5, 1.5]], "gave no probabilities for 'bad'"),
        ([[0.5, 0.5]], r"must answer with shape \(2, 2\), got \(1, 2\)"),
        ([0.5, 0.5], r"must answer with shape \(2, 2\), got \(2,\)"),
        (RuntimeError("out of memory"), "failed on a batch that begins with 'ok': out of memory"),
    ],
)
def test_a_broken_answer_names_the_model_and_the_text(answer: object, message: str) -> None:
    with pytest.raises(ModelError, match=f"model 'm' {message}"):
        predict_all(Answers(answer), ["ok", "bad"], model="m", batch_size=2)
