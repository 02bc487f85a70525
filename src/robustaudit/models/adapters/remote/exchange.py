"""The seam between texts and what is sent for them."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Protocol, TypeAlias

from robustaudit.models.adapters.class_names import ClassNames

TextPrediction: TypeAlias = int | list[float] | str
"""A text's class, its probabilities, or the reason why there is neither."""


class ErrorInReply(Exception):
    """An error in the body of a reply; `told` is what the server says."""

    def __init__(self, told: object) -> None:
        super().__init__(told)
        self.told = told


class SingleReplyForBatch(ValueError):
    """A reply with one answer for several texts, whichever of them it is of."""


class Exchange(Protocol):
    """How texts become a request, and a reply becomes predictions; it can be pickled."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of each class, in order."""
        ...

    @property
    def texts(self) -> int:
        """The number of texts in one request."""
        ...

    @property
    def identity(self) -> tuple[object, ...]:
        """Everything that determines a text's request and how its reply is read, as JSON values."""
        ...

    def body(self, texts: Sequence[str]) -> Any:  # noqa: ANN401
        """The JSON that is sent."""
        ...

    def read(self, reply: Any, texts: int) -> list[TextPrediction]:  # noqa: ANN401
        """The answers in the JSON that came.

        Raises:
            ValueError: there is not one for each text.
            ErrorInReply: there is an error in their place.
        """
        ...


def class_of(label: object, labels: Sequence[str]) -> TextPrediction:
    """The class of a label's name, or of its number."""
    try:
        return ClassNames(labels).place(label)
    except (ValueError, OverflowError) as error:
        return str(error)


PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, *range(520, 530)})
"""Statuses that may be others another time; those from 520 are what proxies and busy models say."""

OF_THE_TEXTS = frozenset({400, 413, 414, 422})
"""Statuses that speak of what was sent."""


class RequestRefused(Exception):
    """The server refuses these texts, however often they are sent."""


class RetryLater(Exception):
    """A request to retry after `wait` seconds; `hopeless` if no retry will succeed."""

    def __init__(self, reason: str, *, wait: float = 0.0, hopeless: bool = False) -> None:
        super().__init__(reason)
        self.wait = wait
        self.hopeless = hopeless


def error_in(reply: Any) -> object:  # noqa: ANN401
    """The error field of a reply, if any."""
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


def error_text(told: object) -> str:
    """An error in words, its message first."""
    if isinstance(told, str):
        return told
    written = json.dumps(told, ensure_ascii=False)
    message = told.get("message") if isinstance(told, Mapping) else None
    return f"{message} {written}" if isinstance(message, str) else written


def retry_after(value: str) -> float:
    """Seconds in a header Retry-After, which is a number or a date; 0 for anything else."""
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
