"""A wait that is interrupted, at whatever moment."""

import os
import signal
from collections.abc import Iterator
from threading import Event, Thread

import anyio
import pytest

from robustaudit.models.adapters.remote.remote_classifier import interruptible


class Pressed(BaseException):
    """What is raised where a user interrupts."""


@pytest.fixture
def heard() -> Iterator[Event]:
    """Set when this process was interrupted, as SIGUSR1 does here."""
    heard = Event()

    def press(*_: object) -> None:
        heard.set()
        raise Pressed

    before = signal.signal(signal.SIGUSR1, press)
    yield heard
    signal.signal(signal.SIGUSR1, before)


def press(heard: Event) -> None:
    os.kill(os.getpid(), signal.SIGUSR1)
    assert heard.wait(timeout=60)


async def answer() -> int:
    return 7


def test_what_is_given_or_raised_there_is_here() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    assert interruptible(answer) == 7
    with pytest.raises(ZeroDivisionError):
        interruptible(fail)


def test_what_waits_for_ever_is_cancelled(heard: Event) -> None:
    cancelled = Event()

    async def wait() -> None:
        with anyio.move_on_after(0):  # the loop turns
            await anyio.sleep_forever()
        try:
            Thread(target=press, args=(heard,)).start()
            await anyio.sleep_forever()
        finally:
            cancelled.set()

    with pytest.raises(Pressed):
        interruptible(wait)
    assert cancelled.wait(timeout=60)


def test_an_interrupt_before_the_loop_is_there_ends_the_wait_and_asks_nothing(
    heard: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, over, asked = anyio.run, Event(), []

    def late(*arguments: object) -> object:
        press(heard)
        try:
            return started(*arguments)
        finally:
            over.set()

    async def ask() -> None:
        await anyio.lowlevel.checkpoint()
        asked.append(True)

    monkeypatch.setattr(anyio, "run", late)
    with pytest.raises(Pressed):
        interruptible(ask)
    assert over.wait(timeout=60)
    assert asked == []
