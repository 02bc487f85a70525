"""A wait that can be ended, wherever hangs what is waited for."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from typing import TypeVar

import anyio

T = TypeVar("T")


def apart(ask: Callable[[], Awaitable[T]]) -> T:
    """What `ask` gives in a loop and a thread of its own; Ctrl-C and a time limit end the wait at once."""
    begun: Future[Callable[[], None]] = Future()
    given: Future[T] = Future()

    async def work() -> T:
        loop = asyncio.get_running_loop()
        with anyio.CancelScope() as scope:

            def stop() -> None:
                with suppress(RuntimeError):  # it is over by now
                    loop.call_soon_threadsafe(scope.cancel)

            begun.set_result(stop)
            return await ask()
        raise asyncio.CancelledError

    def run() -> None:
        try:
            given.set_result(anyio.run(work))
        except BaseException as error:  # noqa: BLE001  (raised again where it is waited for)
            given.set_exception(error)

    try:
        Thread(target=run, daemon=True).start()
        return given.result()
    except BaseException:
        begun.add_done_callback(lambda each: each.result()())  # as soon as there is something to stop
        raise
