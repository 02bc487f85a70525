"""The Hugging Face hub: queried quietly, with short time limits, and never without network access."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from robustaudit.core.errors import NetworkUnavailable, UserError

SECONDS = 5  # to wait for each address of the hub
_LONGEST_REASON = 240  # characters

_ALLOWED = ContextVar("network", default=True)
_ANNOUNCE: ContextVar[Callable[[str], None]] = ContextVar("announce", default=lambda _: None)

_CLIENTS = ("httpx", "httpx2", "requests")  # that versions of the hub's own library use

_LIBRARIES = ("datasets", "huggingface_hub")
_BARS = ("datasets", "huggingface_hub.utils")
# Set here because the environment variables of these names are read only once, at import.
_OFFLINE = {"datasets.config": "HF_HUB_OFFLINE", "huggingface_hub.constants": "HF_HUB_OFFLINE"}
_SWITCHES: tuple[tuple[str, str, Any], ...] = (
    ("datasets.config", "HF_UPDATE_DOWNLOAD_COUNTS", False),
    ("datasets.config", "STREAMING_READ_MAX_RETRIES", 2),  # 5 s apart; theirs are 20
    ("huggingface_hub.constants", "HF_HUB_DISABLE_TELEMETRY", True),
)


@contextmanager
def network_access(*, allowed: bool, announce: Callable[[str], None] | None = None) -> Iterator[None]:
    """Whether code inside may query the hub, and who hears of it before something large is fetched."""
    undo = ExitStack()
    undo.callback(_ALLOWED.reset, _ALLOWED.set(allowed and _ALLOWED.get()))
    if announce is not None:
        undo.callback(_ANNOUNCE.reset, _ANNOUNCE.set(announce))
    with undo:
        yield


def allowed() -> bool:
    """Whether the hub may be queried."""
    return _ALLOWED.get()


def announce_fetch(message: str) -> None:
    """Announce a fetch to the listener of `network_access`, if the network may be used."""
    if _ALLOWED.get():
        _ANNOUNCE.get()(message)


@contextmanager
def quiet_hub() -> Iterator[None]:
    """Silence the hub's libraries, which must be imported; without network access they use their caches."""
    with ExitStack() as undo:
        for module, name, value in _SWITCHES:
            _switch(undo, module, name, value)
        if not _ALLOWED.get():
            for module, name in _OFFLINE.items():
                _switch(undo, module, name, value=True)
        for library in _LIBRARIES:
            logger = logging.getLogger(library)
            undo.callback(logger.setLevel, logger.level)
            logger.setLevel(logging.CRITICAL)
        for module in _BARS:
            _hide_bars(undo, module)
        yield


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn exceptions of the hub's libraries into one clear line about `what`.

    Raises:
        NetworkUnavailable: the hub did not answer, or may not be queried.
        UserError: the hub has no such thing, or it cannot be used.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # any of a dozen formats and two networks may have failed
        behind = network_error(error)
        if behind is None:
            raise UserError(f"{what} {_complaint(error)}") from error
        if not _ALLOWED.get():
            raise NetworkUnavailable(f"{what} is not on this machine, and network access is off") from error
        raise NetworkUnavailable(
            f"{what} is not on this machine, and the Hugging Face hub did not answer: {_reason(behind)}"
        ) from error


@cache
def downloaded_folder(name: str, *, what: str, files: tuple[str, ...], whole: Callable[[Path], bool]) -> Path:
    """The folder of a repository in the hub's cache, downloaded unless it is complete.

    What lies in the cache is taken as it is, so that a model does not change unasked.

    Raises:
        NetworkUnavailable: it is not here and the Hugging Face hub did not answer, or must not be asked.
        UserError: it is not there.
    """
    import huggingface_hub  # noqa: PLC0415  (of an extra)
    from huggingface_hub.errors import LocalEntryNotFoundError  # noqa: PLC0415

    with explained(f"{what} {name!r}"), quiet_hub():
        with suppress(LocalEntryNotFoundError):
            here = Path(huggingface_hub.snapshot_download(name, local_files_only=True))
            if whole(here):
                return here
        huggingface_hub.model_info(
            name, timeout=SECONDS
        )  # the download would wait for a silent hub for minutes
        announce_fetch(f"fetching {what} {name!r} once from the Hugging Face hub")
        return Path(huggingface_hub.snapshot_download(name, allow_patterns=list(files)))


def network_error(error: BaseException) -> BaseException | None:
    """The network error among an error and its causes; None if the hub did answer."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, (ConnectionError, TimeoutError)) or _is_transport(seen):
            return seen
        seen = seen.__cause__ if seen.__cause__ is not seen else None
    return None


def _is_transport(error: BaseException) -> bool:
    kinds = {(kind.__module__.partition(".")[0], kind.__name__) for kind in type(error).__mro__}
    if any((client, "TransportError") in kinds for client in _CLIENTS):
        return True
    return (
        _status(error) >= HTTPStatus.INTERNAL_SERVER_ERROR or _status(error) == HTTPStatus.TOO_MANY_REQUESTS
    )


def _status(error: BaseException) -> int:
    """The HTTP status of an error, or 0."""
    return int(getattr(getattr(error, "response", None), "status_code", 0))


def _complaint(error: Exception) -> str:
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & {"DatasetNotFoundError", "RepositoryNotFoundError", "RevisionNotFoundError"}:
        return "is not on the Hugging Face hub, or not open to you"
    return f"cannot be read: {_reason(error)}"


def _reason(error: BaseException) -> str:
    words = " ".join(str(error).split()) or type(error).__name__
    return words if len(words) <= _LONGEST_REASON else words[: _LONGEST_REASON - 1] + "…"


def _switch(undo: ExitStack, module: str, name: str, value: Any) -> None:  # noqa: ANN401
    """Set a variable of a module that was imported, until `undo` is closed."""
    owner = sys.modules.get(module)
    if hasattr(owner, name):
        undo.callback(setattr, owner, name, getattr(owner, name))
        setattr(owner, name, value)


def _hide_bars(undo: ExitStack, module: str) -> None:
    owner: Any = sys.modules.get(module)
    # A folder of the user's that has the library's name is no such thing.
    if hasattr(owner, "are_progress_bars_disabled") and not owner.are_progress_bars_disabled():
        undo.callback(owner.enable_progress_bars)
        owner.disable_progress_bars()
