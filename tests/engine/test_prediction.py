import signal
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fakes import LetterCounter
from robustaudit.core.errors import ModelError, UserError
from robustaudit.engine import Patience
from robustaudit.engine.prediction import NoAnswer, predict_all

TEXTS = ["a pea", "", "tree", "a pea", "sleeper", "eel"]


def test_every_text_gets_its_own_row_in_the_order_asked() -> None:
    got = predict_all(LetterCounter(), TEXTS, model="m", batch_size=2)
    assert np.array_equal(got.probabilities, LetterCounter().predict(TEXTS))


def test_equal_texts_are_asked_once_in_full_batches_of_like_length_from_the_middle_outwards() -> None:
    model = LetterCounter()
    predict_all(model, TEXTS, model="m", batch_size=2)
    assert model.asked == [["tree", "a pea"], ["", "eel"], ["sleeper"]]


def test_the_share_of_the_texts_that_is_answered_is_told_batch_by_batch() -> None:
    told: list[float] = []
    predict_all(LetterCounter(), TEXTS, model="m", batch_size=2, told=told.append)
    assert told == [0.4, 0.4, 0.2]


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_the_batch_size_changes_nothing(batch_size: int) -> None:
    got = predict_all(LetterCounter(), TEXTS, model="m", batch_size=batch_size)
    expected = predict_all(LetterCounter(), TEXTS, model="m", batch_size=2)
    assert np.array_equal(got.probabilities, expected.probabilities)


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
        ([[0.5, 0.5], [float("nan"), 1.0]], r"gave no probabilities, but \[nan, 1\]; the text was 'bad'"),
        (
            [[0.5, 0.5], [0.7, 0.7]],
            r"gave no probabilities, but \[0.7, 0.7\], whose sum is 1.4 and must be within 0.01 of 1; .*",
        ),
        (
            [[0.5, 0.5], [-0.5, 1.5]],
            r"gave no probabilities, but \[-0.5, 1.5\]: scores that may be below 0 need a softmax first, .*",
        ),
        ([["0.5", "0.5"]], r"gave no usable answer: it must hold real numbers, got str96; .*"),
        ([[1j, 0.5]], r"gave no usable answer: it must hold real numbers, got complex128; .*"),
        ([0, 2], r"answered with class 2, of which there are 2, from 0; the text was 'bad'"),
        ([0, -1], r"answered with class -1, of which there are 2, from 0; the text was 'bad'"),
        (
            [[0.5, 0.5]] * 3,
            r"gave no usable answer: its shape must be \(1, 2\), got \(3, 2\); the text was 'ok'",
        ),
        ([0.5, 0.5], r"gave no usable answer: its shape must be \(1, 2\), got \(2,\); the text was 'ok'"),
        (None, r"gave no usable answer: its shape must be \(1, 2\), got \(\); the text was 'ok'"),
        (RuntimeError("out of\nmemory"), r"raised RuntimeError: out of memory; the text was 'ok'"),
    ],
)
def test_a_broken_answer_names_the_model_and_the_text(answer: object, message: str) -> None:
    with pytest.raises(NoAnswer, match=f"^model 'm' {message}$"):
        predict_all(Answers(answer), ["ok", "bad"], model="m", batch_size=2)


def test_probabilities_that_were_rounded_are_rescaled_and_exact_ones_are_left_as_they_are() -> None:
    exact = np.array([[0.1, 0.9], [1 / 3, 2 / 3]])
    got = predict_all(Answers(exact), ["ok", "bad"], model="m", batch_size=2)
    assert got.probabilities.tolist() == exact.tolist()

    got = predict_all(Answers([[0.33, 0.66], [0.5, 0.51]]), ["ok", "bad"], model="m", batch_size=2)
    np.testing.assert_allclose(got.probabilities, [[1 / 3, 2 / 3], [0.5 / 1.01, 0.51 / 1.01]])


class Stumbles(LetterCounter):
    """A model that fails in one way on some texts, whatever else stands in the batch."""

    def __init__(self, on: set[str], error: BaseException | None = None) -> None:
        super().__init__()
        self.on = on
        self.error = error

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        answers = super().predict(texts)
        if self.on.intersection(texts):
            if self.error is not None:
                raise self.error
            answers[[text in self.on for text in texts]] = np.nan
        return answers


WORDS = [f"{chr(97 + i % 26)}{'e' * (i // 26)}" for i in range(100)]
SKIP = Patience(on_error="skip")


@pytest.mark.parametrize("error", [None, RuntimeError("no"), MemoryError(), SystemExit(5)])
@pytest.mark.parametrize("batch_size", [1, 7, 64, 200])
def test_texts_that_are_skipped_are_just_those_that_fail(
    error: BaseException | None, batch_size: int
) -> None:
    on = {"a", "qe", "re", "vee"}
    got = predict_all(Stumbles(on, error), WORDS, model="m", batch_size=batch_size, patience=SKIP)
    assert {word for word, failed in zip(WORDS, got.failed, strict=True) if failed} == on
    assert [bool(reason) for reason in got.errors] == got.failed.tolist()
    answered = [word for word in WORDS if word not in on]
    assert np.array_equal(got.probabilities[~got.failed], LetterCounter().predict(answered))


def test_the_text_at_fault_is_found_with_few_more_calls() -> None:
    model = Stumbles({"te"}, RuntimeError("no"))
    with pytest.raises(NoAnswer) as caught:
        predict_all(model, WORDS, model="m", batch_size=128)
    assert caught.value.text == "te"
    assert len(model.asked) <= 1 + 2 * 7


def test_a_batch_that_was_too_large_is_answered_in_parts() -> None:
    class Small(LetterCounter):
        def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
            if len(texts) > 8:
                raise MemoryError
            return super().predict(texts)

    got = predict_all(Small(), WORDS, model="m", batch_size=64)
    assert np.array_equal(got.probabilities, LetterCounter().predict(WORDS))


def test_a_model_that_answers_nothing_ends_the_run_even_where_texts_are_skipped() -> None:
    with pytest.raises(
        ModelError, match="answered none of 64 texts, so that the run stops: it raised OSError: gone"
    ):
        predict_all(Stumbles(set(WORDS), OSError("gone")), WORDS, model="m", batch_size=64, patience=SKIP)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), UserError("the budget is spent")])
def test_some_things_always_pass(error: BaseException) -> None:
    model = Stumbles({"qe"}, error)
    with pytest.raises(type(error)):
        predict_all(model, WORDS, model="m", batch_size=64, patience=SKIP)
    assert len(model.asked) == 1


class Hangs(Stumbles):
    """A model that waits for what never comes, and would swallow any error."""

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        while self.on.intersection(texts):
            with suppress(Exception):
                threading.Event().wait()
        return super().predict(texts)


def test_a_call_that_hangs_is_ended_and_the_text_named() -> None:
    before = signal.getsignal(signal.SIGALRM)
    patience = Patience(on_error="skip", time_limit=0.05)
    got = predict_all(Hangs({"qe"}), WORDS, model="m", batch_size=64, patience=patience)
    assert [word for word, failed in zip(WORDS, got.failed, strict=True) if failed] == ["qe"]
    assert got.errors[WORDS.index("qe")] == "gave no answer within 0.05 s"
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_time_limit_that_cannot_be_kept_is_refused() -> None:
    def ask() -> None:
        with pytest.raises(UserError, match="a time limit needs the main thread"):
            predict_all(LetterCounter(), WORDS, model="m", batch_size=9, patience=Patience(time_limit=1))
        asked.append(True)

    asked: list[bool] = []
    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert asked == [True]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"on_error": "skipp"}, r"unknown value of on-error 'skipp': did you mean 'skip'\?"),
        ({"time_limit": 0.0}, "time limit must be above 0 and at most 86400, got 0"),
        ({"time_limit": float("nan")}, "time limit must be above 0"),
    ],
)
def test_patience_is_checked(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        Patience(**given)


def test_a_model_may_answer_with_labels_alone() -> None:
    class Labels(LetterCounter):
        def predict(self, texts: Sequence[str]) -> NDArray[np.int64]:
            return super().predict(texts).argmax(axis=1)

    got = predict_all(Labels(), TEXTS, model="m", batch_size=2)
    assert got.predictions.tolist() == LetterCounter().predict(TEXTS).argmax(axis=1).tolist()
    assert np.isnan(got.probabilities).all()
    assert not got.failed.any()
