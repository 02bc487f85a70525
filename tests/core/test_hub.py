import logging
import sys
from contextlib import suppress
from types import ModuleType

import pytest

from robustaudit.core.errors import MissingExtra, NetworkUnavailable, UserError
from robustaudit.core.hub import announce_fetch, explained, network_access, quiet_hub

pytest.importorskip("huggingface_hub")

import huggingface_hub.constants
import huggingface_hub.utils


class Answer:
    def __init__(self, status: int) -> None:
        self.status_code = status


class HTTPAnswered(OSError):
    """As the hub's library raises it: an error that carries the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status} for the address")
        self.response = Answer(status)


class TransportError(Exception):
    __module__ = "httpx._exceptions"


def message(error: Exception, *, cause: Exception | None = None) -> UserError:
    with pytest.raises(UserError) as caught, explained("data 'hf:x'"):
        raise error from cause
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    "error",
    [
        ConnectionError("no"),
        TimeoutError("no"),
        TransportError("no"),
        HTTPAnswered(503),
        HTTPAnswered(429),
    ],
    ids=repr,
)
def test_a_network_that_fails_is_named_even_where_something_was_made_of_it(error: Exception) -> None:
    for raised in (message(error), message(FileNotFoundError("not cached"), cause=error)):
        assert isinstance(raised, NetworkUnavailable)
        assert str(raised) == (
            f"data 'hf:x' is not on this machine, and the Hugging Face hub did not answer: {error}"
        )


def test_where_there_is_to_be_no_network_that_is_the_reason() -> None:
    with network_access(allowed=False):
        assert str(message(ConnectionError("offline"))) == (
            "data 'hf:x' is not on this machine, and network access is off"
        )


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("two\n  lines"), "data 'hf:x' cannot be read: two lines"),
        (KeyError(), "data 'hf:x' cannot be read: KeyError"),
        (OSError("x" * 1000), "data 'hf:x' cannot be read: " + "x" * 239 + "…"),
        (HTTPAnswered(403), "data 'hf:x' cannot be read: 403 for the address"),
        (UserError("ours"), "ours"),
        (MissingExtra("a", "hub"), "a is not installed: pip install 'robustaudit[hub]'"),
    ],
)
def test_any_other_failure_is_one_line(error: Exception, said: str) -> None:
    raised = message(error)
    assert str(raised) == said
    assert not isinstance(raised, NetworkUnavailable)


def test_a_network_that_is_forbidden_is_not_allowed_again_within() -> None:
    with network_access(allowed=False), network_access(allowed=True), quiet_hub():
        assert huggingface_hub.constants.is_offline_mode()
    assert not huggingface_hub.constants.is_offline_mode()


def test_who_listens_is_told_where_something_can_be_fetched() -> None:
    said: list[str] = []
    announce_fetch("no one")
    with network_access(allowed=True, announce=said.append):
        announce_fetch("one")
        with network_access(allowed=True):
            announce_fetch("two")
        with network_access(allowed=False):
            announce_fetch("three")
    assert said == ["one", "two"]


def test_the_libraries_are_quiet_inside_and_as_before_after_it() -> None:
    logger = logging.getLogger("huggingface_hub")
    before = (logger.level, huggingface_hub.utils.are_progress_bars_disabled())
    with suppress(ZeroDivisionError), quiet_hub():
        assert logger.level == logging.CRITICAL
        assert huggingface_hub.utils.are_progress_bars_disabled()
        assert huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY
        raise ZeroDivisionError
    assert (logger.level, huggingface_hub.utils.are_progress_bars_disabled()) == before


def test_a_folder_of_the_name_of_a_library_is_left_alone(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", ModuleType("datasets"))
    with quiet_hub():
        assert not hasattr(sys.modules["datasets"], "disable_progress_bars")
