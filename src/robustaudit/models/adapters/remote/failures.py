"""What a server tells where an answer should be, and whether it helps to ask again."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, *range(520, 530)})
"""Statuses that may be others another time; those from 520 are what proxies and busy models say."""

OF_THE_TEXTS = frozenset({400, 413, 414, 422})
"""Statuses that speak of what was sent."""


class Unanswerable(Exception):
    """Texts that the server will not answer, however often it is asked."""


class Again(Exception):
    """A request that may be answered another time, in so many seconds; `hopeless` where none ever will be."""

    def __init__(self, reason: str, *, wait: float = 0.0, hopeless: bool = False) -> None:
        super().__init__(reason)
        self.wait = wait
        self.hopeless = hopeless


def error_in(reply: Any) -> object:  # noqa: ANN401
    """The error that a reply tells under a name that says so; None where there is none."""
    if not isinstance(reply, Mapping):
        return None
    told = reply.get("error") or reply.get("errors")
    return told if isinstance(told, (str, list, Mapping)) else None


def status_of(told: object) -> int | None:
    """The HTTP status that an error bears."""
    if not isinstance(told, Mapping):
        return None
    for name in ("code", "status", "status_code"):
        status = told.get(name)
        if str(status).isdecimal() and HTTPStatus.BAD_REQUEST <= int(str(status)) < 600:  # noqa: PLR2004
            return int(str(status))
    return None


def words_of(told: object) -> str:
    """An error in words, its message first."""
    if isinstance(told, str):
        return told
    written = json.dumps(told, ensure_ascii=False)
    message = told.get("message") if isinstance(told, Mapping) else None
    return f"{message} {written}" if isinstance(message, str) else written


def retry_after(value: str) -> float:
    """Seconds in a header Retry-After, a number or a date; what is neither says nothing."""
    if value.strip().isdecimal():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return 0.0
    zone = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max((zone - datetime.now(tz=UTC)).total_seconds(), 0.0)


def named(status: int) -> str:
    """A status as messages show it: `429 Too Many Requests`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
