"""When requests are sent, by a clock that is no clock."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import anyio
import pytest

from robustaudit.models.adapters.remote.client import RateLimiter
from robustaudit.models.adapters.remote.exchange import retry_after


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def turns(pace: RateLimiter, clock: Clock, number: int) -> list[float]:
    """When so many requests were sent."""

    async def take() -> list[float]:
        times = []
        for _ in range(number):
            await pace.turn()
            times.append(clock.now)
        return times

    return anyio.run(take)


def test_a_rate_is_kept_and_none_is_no_wait() -> None:
    clock = Clock()
    assert turns(RateLimiter(4, clock=clock, sleep=clock.sleep), clock, 3) == [100.0, 100.25, 100.5]
    assert turns(RateLimiter(float("inf"), clock=clock, sleep=clock.sleep), clock, 3) == [100.5] * 3


def test_a_server_that_asks_for_quiet_is_left_alone_so_long() -> None:
    clock = Clock()
    pace = RateLimiter(10, clock=clock, sleep=clock.sleep)
    pace.hold(7)
    pace.hold(3)
    assert turns(pace, clock, 2) == [107.0, pytest.approx(107.1)]


def test_retry_after_is_seconds_or_a_date_and_anything_else_says_nothing() -> None:
    assert retry_after("120") == 120
    in_an_hour = datetime.now(tz=UTC) + timedelta(hours=1)
    assert retry_after(format_datetime(in_an_hour, usegmt=True)) == pytest.approx(3600, abs=60)
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after("Mon, 20 Jan 2020 10:00:00 +99999999999999999999") == 0
    assert retry_after("soon") == retry_after("") == retry_after("-5") == retry_after("²") == 0
