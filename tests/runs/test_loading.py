"""Loading a model may do anything, and never end."""

import threading
from collections.abc import Callable

import pytest

from fakes import FakeSource, LetterCounter
from robustaudit.core.errors import ModelError, UserError
from robustaudit.runs.guard import load_limit_or_default, loaded


def raising(error: BaseException) -> Callable[[], LetterCounter]:
    def make() -> LetterCounter:
        raise error

    return make


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (KeyError("id2label"), "raised KeyError: 'id2label'"),
        (SystemExit(0), "raised SystemExit: 0"),
        (KeyboardInterrupt(), "raised KeyboardInterrupt"),
        (GeneratorExit(), "raised GeneratorExit"),
        (EOFError(), "raised EOFError"),
        (MemoryError(), "raised MemoryError"),
    ],
)
def test_what_is_raised_meanwhile_is_a_failure_of_the_model(error: BaseException, reason: str) -> None:
    with pytest.raises(ModelError) as caught:
        loaded(FakeSource("m", make=raising(error)))
    assert str(caught.value) == f"model 'm' cannot be loaded: it {reason}"


def test_what_an_adapter_says_of_it_is_said() -> None:
    with pytest.raises(UserError, match=r"^'m' is cut short$"):
        loaded(FakeSource("m", make=raising(UserError("'m' is cut short"))))


def test_a_model_that_takes_too_long_is_named_with_the_option_that_gives_it_more() -> None:
    def make() -> LetterCounter:
        threading.Event().wait()
        return LetterCounter()

    with pytest.raises(ModelError) as caught:
        loaded(FakeSource("m", make=make), limit=0.05)
    assert str(caught.value) == "model 'm' was not loaded within 0.05 s: give it more with --load-limit"


def test_half_an_hour_unless_it_is_said_and_none_where_there_is_no_timer() -> None:
    found: list[float | None] = [load_limit_or_default(None), load_limit_or_default(5)]
    thread = threading.Thread(target=lambda: found.append(load_limit_or_default(None)))
    thread.start()
    thread.join()
    assert found == [1800, 5, None]
