"""When the next request may be sent."""

import time
from collections.abc import Awaitable, Callable

import anyio


class Pace:
    """Requests one after the other at a rate, and none for as long as the server wants."""

    def __init__(
        self,
        rate: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._interval = 1 / rate
        self._clock = clock
        self._sleep = sleep
        self._next = clock()
        self._held = clock()

    def hold(self, seconds: float) -> None:
        """Send nothing for so long, whoever asks."""
        self._held = max(self._held, self._clock() + seconds)

    async def turn(self) -> None:
        """Wait until one request may be sent."""
        at = max(self._next, self._held, self._clock())
        self._next = at + self._interval
        while (wait := max(at, self._held) - self._clock()) > 0:
            await self._sleep(wait)
