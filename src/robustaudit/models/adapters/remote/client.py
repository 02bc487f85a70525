"""Requests that are sent until they are answered, and what becomes of every way in which they are not."""

import json
import random
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Self, TypeVar

import anyio
import httpx2
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt

from robustaudit.core.errors import ModelError
from robustaudit.models.adapters.model_uri import CallLimit
from robustaudit.models.adapters.remote.exchange import (
    OF_THE_TEXTS,
    PASSING,
    ErrorInReply,
    RequestRefused,
    RetryLater,
    SingleReplyForBatch,
    error_in,
    error_text,
    named,
    retry_after,
    status_of,
)
from robustaudit.models.adapters.remote.http_settings import HttpSettings, Secrets, is_loopback, where_of


class RateLimiter:
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
        """Send nothing for that many seconds."""
        self._held = max(self._held, self._clock() + seconds)

    async def turn(self) -> None:
        """Wait until one request may be sent."""
        at = max(self._next, self._held, self._clock())
        self._next = at + self._interval
        while (wait := max(at, self._held) - self._clock()) > 0:
            await self._sleep(wait)


T = TypeVar("T")

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds
_LONGEST_HOLD = 600.0  # seconds that a server may ask to be left alone
_REDIRECTS = 5
_LONGEST_REASON = 240  # characters
_LONGEST_ERROR = 2**16  # bytes that are read of one
_QUOTED = 4096  # bytes of a reply that a message may quote


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: httpx2.Headers
    content: bytes


class Client:
    """Sends JSON to one address; open only inside `async with`."""

    def __init__(
        self,
        url: str,
        settings: HttpSettings,
        *,
        secrets: Secrets,
        budget: CallLimit | None,
        pace: RateLimiter,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._url = httpx2.URL(url)  # parsed once
        self._settings = settings
        self._secrets = secrets
        self._budget = budget
        self._pace = pace
        self._sleep = sleep
        self._chance = random.SystemRandom()
        self._client: httpx2.AsyncClient

    async def __aenter__(self) -> Self:
        most = self._settings.concurrency
        host = self._url.host
        self._client = httpx2.AsyncClient(
            headers={
                "Accept-Encoding": "identity",
                "Content-Type": "application/json",
                **self._secrets.headers,
            },
            timeout=None,  # the whole request has one, in `_send`
            # A cookie would make one request depend on another.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            # No proxy stands between this machine and itself: it might be another one.
            mounts={f"all://{_bracketed(host)}": None} if is_loopback(host) else None,
            limits=httpx2.Limits(max_connections=most, max_keepalive_connections=most),
        )
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._client.aclose()

    async def post(self, body: Any, read: Callable[[Any], T]) -> T:  # noqa: ANN401
        """The reply as parsed by `read`; the request is retried after a ValueError.

        Raises:
            RetryLater: all attempts failed.
            RequestRefused: the server refuses the texts.
            ModelError: it refuses everything.
            CallLimitReached: no further call may be made.
        """
        content = json.dumps(body).encode()
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(RetryLater),
            stop=stop_after_attempt(1 + self._settings.retries),
            wait=self._pause,
            sleep=self._sleep,
            reraise=True,
        ):
            with attempt:
                return await self._ask(content, read)
        raise AssertionError  # the last attempt raises

    async def _ask(self, content: bytes, read: Callable[[Any], T]) -> T:
        try:
            return self._read(await self._send(content), read)
        except (RetryLater, RequestRefused, ModelError) as error:
            # What led to it would keep the reply in memory for as long as the failure is known.
            failure = error.with_traceback(None)
            failure.__cause__ = failure.__context__ = None
        raise failure

    def hide(self, reason: str) -> str:
        """A reason in one short line, without what nobody may read."""
        # Half a surrogate pair, which JSON can hold, no file can.
        written = reason[:_LONGEST_ERROR].encode(errors="backslashreplace").decode()
        words = " ".join(self._secrets.hide(written).split())
        return words if len(words) <= _LONGEST_REASON else words[: _LONGEST_REASON - 1] + "…"

    def _pause(self, state: RetryCallState) -> float:
        """Exponential backoff with jitter, and at least as long as the server asks."""
        assert state.outcome
        error = state.outcome.exception()
        longest = min(_FIRST_PAUSE * 2.0 ** (state.attempt_number - 1), _LONGEST_PAUSE)
        return max(
            self._chance.uniform(longest / 2, longest), error.wait if isinstance(error, RetryLater) else 0
        )

    async def _send(self, content: bytes) -> _Reply:
        await self._pace.turn()
        if self._budget:
            self._budget.take()
        try:
            with anyio.fail_after(self._settings.timeout):
                return await self._exchange(content)
        except TimeoutError as error:
            raise RetryLater(f"gave no reply within {self._settings.timeout:g} s") from error
        except (httpx2.ConnectError, httpx2.ProxyError) as error:
            if _is_certificate(error):
                raise self._end(f"has a certificate that does not hold: {_words(error)}") from error
            raise RetryLater(self.hide(f"cannot be reached: {_words(error)}"), hopeless=True) from error
        except httpx2.TransportError as error:
            raise RetryLater(self.hide(f"broke off: {_words(error)}")) from error
        except httpx2.HTTPError as error:
            raise RetryLater(self.hide(f"sent what is no reply: {_words(error)}")) from error

    async def _exchange(self, content: bytes) -> _Reply:
        request = self._client.build_request("POST", self._url, content=content)
        for _ in range(1 + _REDIRECTS):
            response = await self._client.send(request, stream=True)
            try:
                if response.next_request is None:
                    return _Reply(response.status_code, response.headers, await self._content(response))
            finally:
                await response.aclose()
            request = self._followed(request, response.next_request)
        raise self._end(f"redirects more than {_REDIRECTS} times")

    def _followed(self, request: httpx2.Request, following: httpx2.Request) -> httpx2.Request:
        """The request after a redirect, to the same host and still with its texts."""
        before, after = ((url.scheme, url.host, url.port) for url in (request.url, following.url))
        if before != after or following.method != request.method:
            where = where_of(str(following.url))
            raise self._end(f"redirects to {where}: name that address if you trust it")
        return following

    async def _content(self, response: httpx2.Response) -> bytes:
        """The reply's body, of which no more is read than may be, whatever it is packed in."""
        most = self._settings.max_bytes
        if failed := not response.is_success:
            most = min(most, _LONGEST_ERROR)
        content = bytearray()
        async for part in response.aiter_bytes():
            content += part
            if len(content) > most:
                if failed:
                    break
                raise RequestRefused(f"sent more than {most:,} bytes, the limit max_bytes")
        return bytes(content[:most])

    def _read(self, reply: _Reply, read: Callable[[Any], T]) -> T:
        if not HTTPStatus(200) <= reply.status < HTTPStatus(300):
            raise self._failure(reply, reply.status, f"answered {named(reply.status)}: {_quoted(reply)}")
        found: object = None
        try:
            found = json.loads(reply.content, parse_constant=_no_constant, object_pairs_hook=_once)
            return read(found)
        except ErrorInReply as error:
            told = error.told
        except (ValueError, RecursionError) as error:
            words = str(error) or type(error).__name__
            told, hopeless = error_in(found), isinstance(error, SingleReplyForBatch)
        if told is None:
            reason = f"sent a reply that is no answer: {words}; it began {_quoted(reply)!r}"
            raise RetryLater(self.hide(reason), hopeless=hopeless)
        status = status_of(told) or status_of(found)
        raise self._failure(
            reply, status, f"answered with an error{f' {status}' if status else ''}: {error_text(told)}"
        )

    def _failure(self, reply: _Reply, status: int | None, reason: str) -> Exception:
        """The exception for a reply that holds an error; one without a status may be temporary."""
        reason = self.hide(reason).rstrip(": ")
        if status in OF_THE_TEXTS:
            return RequestRefused(reason)
        if status is not None and status not in PASSING:
            return self._end(reason)
        wait = retry_after(reply.headers.get("Retry-After", ""))
        if wait > _LONGEST_HOLD:
            return self._end(f"answered {status} and wants to be asked again in {wait:,.0f} s")
        self._pace.hold(wait)
        return RetryLater(reason, wait=wait)

    def _end(self, reason: str) -> ModelError:
        return ModelError(self.hide(f"{where_of(str(self._url))} {reason}"))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _quoted(reply: _Reply) -> str:
    return reply.content[:_QUOTED].decode(errors="replace")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, each of whose names must occur once: of two values neither is surely meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object in it has a name twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")


def _words(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
