import io
import os
import random
import signal
import sys
import threading
from asyncio import CancelledError
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fakes import LetterCounter
from robustaudit.core.errors import ModelError, UserError
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.predictions import NoPredictionError, Predictions, predict_all

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


@pytest.mark.parametrize(
    ("own", "given", "limit", "calls"),
    [(None, None, None, 1), (2, None, None, 3), (2, 5, None, 1), (2, None, 9.0, 1)],
)
def test_a_call_has_the_users_number_of_texts_else_what_suits_the_model_unless_calls_are_limited(
    own: int | None, given: int | None, limit: float | None, calls: int
) -> None:
    model = LetterCounter()
    model.preferred_batch_size = own
    policy = ErrorPolicy(time_limit=limit)
    predict_all(model, TEXTS, model="m", batch_size=given, error_policy=policy)
    assert len(model.asked) == calls


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
        ([["0.5", "0.5"]], r"gave no usable predictions: they must be real numbers, got str96; .*"),
        ([[1j, 0.5]], r"gave no usable predictions: they must be real numbers, got complex128; .*"),
        ([0, 2], r"predicted class 2, of which there are 2, from 0; the text was 'bad'"),
        ([0, -1], r"predicted class -1, of which there are 2, from 0; the text was 'bad'"),
        (
            [[0.5, 0.5]] * 3,
            r"gave no usable predictions: they must be one for each text, got 3 for 1; the text was 'ok'",
        ),
        (
            [0.5, 0.5],
            r"gave no usable predictions: they must be one for each text, got 2 for 1; the text was 'ok'",
        ),
        (None, r"gave no usable predictions: their shape must be \(1, 2\), got \(\); the text was 'ok'"),
        (RuntimeError("out of\nmemory"), r"raised RuntimeError: out of memory; the text was 'ok'"),
    ],
)
def test_a_broken_answer_names_the_model_and_the_text(answer: object, message: str) -> None:
    with pytest.raises(NoPredictionError, match=f"^model 'm' {message}$"):
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
SKIP = ErrorPolicy(on_error="skip")


class PanicException(BaseException):
    """As a library in Rust raises it."""


class Unspeakable(Exception):
    """Its text is an error too."""

    def __str__(self) -> str:
        raise SystemExit


OF_ITS_OWN = [
    None,
    RuntimeError("no"),
    MemoryError(),
    SystemExit(5),
    KeyboardInterrupt(),
    CancelledError(),
    GeneratorExit(),
    StopIteration(),
    PanicException("index out of bounds"),
    Unspeakable(),
]


@pytest.mark.parametrize("error", OF_ITS_OWN)
@pytest.mark.parametrize("batch_size", [1, 7, 64, 200])
def test_texts_that_are_skipped_are_just_those_that_fail(
    error: BaseException | None, batch_size: int
) -> None:
    on = {"a", "qe", "re", "vee"}
    got = predict_all(Stumbles(on, error), WORDS, model="m", batch_size=batch_size, error_policy=SKIP)
    assert {word for word, failed in zip(WORDS, got.failed, strict=True) if failed} == on
    assert [bool(reason) for reason in got.errors] == got.failed.tolist()
    answered = [word for word in WORDS if word not in on]
    assert np.array_equal(got.probabilities[~got.failed], LetterCounter().predict(answered))


def test_the_text_at_fault_is_found_with_few_more_calls() -> None:
    model = Stumbles({"te"}, RuntimeError("no"))
    with pytest.raises(NoPredictionError) as caught:
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
        ModelError, match="gave no prediction for any of 64 texts, so the run stops: it raised OSError: gone"
    ):
        predict_all(Stumbles(set(WORDS), OSError("gone")), WORDS, model="m", batch_size=64, error_policy=SKIP)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (KeyboardInterrupt(), "raised KeyboardInterrupt"),
        (PanicException("index out of bounds"), "raised PanicException: index out of bounds"),
        (Unspeakable(), "raised Unspeakable"),
        (ValueError("half a character: \ud800"), "raised ValueError: half a character: \\ud800"),
    ],
)
def test_what_a_model_raises_is_named(error: BaseException, reason: str) -> None:
    got = predict_all(Stumbles({"qe"}, error), WORDS, model="m", batch_size=64, error_policy=SKIP)
    assert got.errors[WORDS.index("qe")] == reason


def test_a_model_that_says_that_it_will_not_go_on_is_not_asked_again() -> None:
    model = Stumbles({"qe"}, UserError("the budget is spent"))
    with pytest.raises(UserError):
        predict_all(model, WORDS, model="m", batch_size=64, error_policy=SKIP)
    assert len(model.asked) == 1


class Stopped(LetterCounter):
    """A model whose user presses Ctrl-C, or whose host's own timer rings, and which swallows that or not."""

    def __init__(self, number: signal.Signals, *, swallows: bool) -> None:
        super().__init__()
        self.number = number
        self.swallows = swallows

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        answers = super().predict(texts)
        try:
            signal.raise_signal(self.number)
        except BaseException:
            if not self.swallows:
                raise
        return answers


@pytest.mark.parametrize("swallows", [True, False])
def test_ctrl_c_of_the_user_always_passes(swallows: bool) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    model = Stopped(signal.SIGINT, swallows=swallows)
    try:
        with pytest.raises(KeyboardInterrupt):
            predict_all(model, WORDS, model="m", batch_size=64, error_policy=SKIP)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(model.asked) == 1


def test_what_a_model_raises_in_another_thread_is_its_own_as_well() -> None:
    def ask() -> None:
        model = Stumbles({"qe"}, CancelledError())
        got.append(predict_all(model, WORDS, model="m", batch_size=64, error_policy=SKIP))

    got: list[Predictions] = []
    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert got[0].errors[WORDS.index("qe")] == "raised CancelledError"


def test_a_timer_around_a_test_passes() -> None:
    def ring(*_: object) -> None:
        pytest.fail("the test took too long")

    before = signal.signal(signal.SIGUSR1, ring)
    try:
        with pytest.raises(pytest.fail.Exception):
            predict_all(Stopped(signal.SIGUSR1, swallows=False), WORDS, model="m", batch_size=64)
    finally:
        signal.signal(signal.SIGUSR1, before)


class Few(LetterCounter):
    """A model that answers so many texts at most, and says nothing of the others."""

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        return super().predict(texts)[:8]


@pytest.mark.parametrize("error_policy", [SKIP, None])
def test_a_batch_that_is_answered_in_part_is_no_answer_to_its_halves(
    error_policy: ErrorPolicy | None,
) -> None:
    message = (
        r"^model 'm' gave no usable predictions: they must be one for each text, got 8 for 16; "
        r"it fails on 16 texts at once, not on fewer: it must predict each text of a list, or take "
    )
    with pytest.raises(ModelError, match=message):
        predict_all(Few(), WORDS, model="m", batch_size=64, error_policy=error_policy)


def test_a_text_that_a_batch_has_no_answer_for_is_found() -> None:
    class Drops(LetterCounter):
        def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
            return super().predict([text for text in texts if text != "qe"]).reshape(-1, 2)

    got = predict_all(Drops(), WORDS, model="m", batch_size=64, error_policy=SKIP)
    assert [word for word, failed in zip(WORDS, got.failed, strict=True) if failed] == ["qe"]


class Untidy(LetterCounter):
    """A model that leaves nothing as it was."""

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        answers = super().predict(texts)
        assert isinstance(texts, list)
        texts.reverse()
        texts.append("another")
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002
        np.seterr(all="raise")
        os.chdir("/")
        sys.setrecursionlimit(500)
        sys.stdout = io.StringIO()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return answers


def test_what_a_model_changes_changes_no_answer_and_is_put_back() -> None:
    def held() -> tuple[object, ...]:
        handler = signal.getsignal(signal.SIGINT)
        return Path.cwd(), sys.getrecursionlimit(), sys.stdout, handler, np.geterr()

    before = held()
    got = predict_all(Untidy(), TEXTS, model="m", batch_size=2)
    assert held() == before
    assert np.array_equal(got.probabilities, LetterCounter().predict(TEXTS))


def test_an_array_that_a_model_writes_all_its_answers_to_is_read_in_time() -> None:
    class OneArray(LetterCounter):
        answers = np.zeros((2, 2))

        def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
            self.answers[: len(texts)] = super().predict(texts)
            return self.answers[: len(texts)]

    got = predict_all(OneArray(), TEXTS, model="m", batch_size=2)
    assert np.array_equal(got.probabilities, LetterCounter().predict(TEXTS))


class Copies(LetterCounter):
    """A model whose process becomes two."""

    def __init__(self) -> None:
        super().__init__()
        self.copies: list[int] = []

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        self.copies.append(os.fork())
        return super().predict(texts)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # that it has threads, as it may
def test_of_a_process_that_a_model_copies_one_goes_on() -> None:
    here = os.getpid()
    model = Copies()
    got = predict_all(model, TEXTS, model="m", batch_size=2)
    assert os.getpid() == here
    assert np.array_equal(got.probabilities, LetterCounter().predict(TEXTS))
    ended = [os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]) for copy in model.copies]
    assert ended == [0] * 3


class Hangs(Stumbles):
    """A model that waits for what never comes, and would swallow any error; its time flies."""

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        while self.on.intersection(texts):
            with suppress(Exception):
                signal.setitimer(signal.ITIMER_REAL, 0.001)
                threading.Event().wait()
        return super().predict(texts)


def test_a_call_that_hangs_is_ended_and_the_text_named() -> None:
    before = signal.getsignal(signal.SIGALRM)
    error_policy = ErrorPolicy(on_error="skip", time_limit=60)
    got = predict_all(Hangs({"qe"}), WORDS, model="m", batch_size=64, error_policy=error_policy)
    assert [word for word, failed in zip(WORDS, got.failed, strict=True) if failed] == ["qe"]
    assert got.errors[WORDS.index("qe")] == "gave no prediction within 60 s"
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


class Swallows(LetterCounter):
    """A model in which the first interrupt is lost, as it is where the garbage collector runs."""

    def __init__(self) -> None:
        super().__init__()
        self.waited_in_vain = False

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        with suppress(BaseException):
            threading.Event().wait()
        self.waited_in_vain = threading.Event().wait(10) is False
        return super().predict(texts)


def test_a_call_that_swallows_an_interrupt_is_interrupted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("robustaudit.runs.error_policy._AGAIN", 0.05)
    model = Swallows()
    with pytest.raises(NoPredictionError, match=r"gave no prediction within 0\.05 s"):
        predict_all(model, ["a"], model="m", batch_size=1, error_policy=ErrorPolicy(time_limit=0.05))
    assert not model.waited_in_vain


class Late(LetterCounter):
    """A model that hears no timer, and answers in its own time."""

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        threading.Event().wait(0.06 if "qe" in texts else 0)
        return super().predict(texts)


def test_an_answer_that_comes_late_is_none() -> None:
    error_policy = ErrorPolicy(on_error="skip", time_limit=0.05)
    got = predict_all(Late(), WORDS, model="m", batch_size=64, error_policy=error_policy)
    assert got.errors[WORDS.index("qe")] == "gave no prediction within 0.05 s"


def test_a_timer_of_the_caller_goes_on() -> None:
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 60, 7)
    try:
        predict_all(LetterCounter(), WORDS, model="m", batch_size=64, error_policy=ErrorPolicy(time_limit=5))
        left, every = signal.getitimer(signal.ITIMER_REAL)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert 50 < left < 60
    assert every == 7


def test_a_time_limit_that_cannot_be_kept_is_refused() -> None:
    def ask() -> None:
        with pytest.raises(UserError, match="a time limit needs the main thread"):
            predict_all(
                LetterCounter(), WORDS, model="m", batch_size=9, error_policy=ErrorPolicy(time_limit=1)
            )
        asked.append(True)

    asked: list[bool] = []
    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert asked == [True]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"on_error": "skipp"},
            r"--on-error must be one of 'stop', 'skip', got 'skipp': did you mean 'skip'\?",
        ),
        ({"time_limit": 0.0}, "--time-limit must be above 0 and at most 86400, got 0"),
        ({"time_limit": float("nan")}, "--time-limit must be above 0"),
    ],
)
def test_patience_is_checked(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        ErrorPolicy(**given)


def test_a_model_may_answer_with_labels_alone() -> None:
    class Labels(LetterCounter):
        def predict(self, texts: Sequence[str]) -> NDArray[np.int64]:
            return super().predict(texts).argmax(axis=1)

    got = predict_all(Labels(), TEXTS, model="m", batch_size=2)
    assert got.predictions.tolist() == LetterCounter().predict(TEXTS).argmax(axis=1).tolist()
    assert np.isnan(got.probabilities).all()
    assert not got.failed.any()
