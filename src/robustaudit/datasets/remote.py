"""Files at an address, by way of fsspec."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import BinaryIO, cast

from robustaudit.core.errors import MissingExtra, Unreachable, UserError
from robustaudit.core.extras import extra

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_CLIENTS = frozenset({"aiohttp", "botocore", "gcsfs", "s3fs"})  # libraries whose errors are the network's
_LOCAL = frozenset({"memory", "file", "local"})


def is_address(given: str) -> bool:
    """Whether a name is an address such as `https://host/my.csv`."""
    return _ADDRESS.match(given) is not None


def without_secrets(given: str) -> str:
    """An address without user, password and query, or several that fsspec chains; a path as it is."""
    if not is_address(given):
        return given
    return "::".join(map(_without_secrets, given.split("::")))


def _without_secrets(part: str) -> str:
    scheme, parted, rest = re.split("[?#]", part)[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{parted}{host.rpartition('@')[2]}{slash}{path}"


@contextmanager
def remote(
    address: str, source: str, *, offline: bool, announce: Callable[[str], None]
) -> Iterator[BinaryIO]:
    """The bytes at an address; `source` is what messages call it, which has no secrets.

    Raises:
        Unreachable: it is on another machine that does not answer, or must not be asked.
        UserError: it is not there, or not to be reached that way.
    """
    if _scheme(address) not in _LOCAL:
        if offline:
            raise Unreachable(f"{source} is not on this machine, and the network is not to be used")
        announce(f"reading {without_secrets(address)!r}")
    with _opened(address, source) as stream:
        try:
            yield stream
        except Exception as error:
            if not _is_clients(error):
                raise
            raise Unreachable(f"{source} could not be fetched whole: {_reason(error)}") from error


def _opened(address: str, source: str) -> BinaryIO:
    with extra("remote"):
        import fsspec  # noqa: PLC0415
    scheme = _scheme(address)
    try:
        return cast("BinaryIO", fsspec.open(address, "rb").open())
    except ImportError as error:
        if scheme in ("http", "https"):
            raise MissingExtra("aiohttp", "remote") from error
        raise UserError(f"{scheme}:// needs another package: {' '.join(str(error).split())}") from error
    except ValueError as error:
        raise UserError(f"{source}: unknown protocol {scheme!r}") from error
    except Exception as error:  # each protocol has errors of its own
        behind = _clients_error(
            error
        )  # fsspec says of a server that does not answer that the file is not there
        status = getattr(behind, "status", HTTPStatus.NOT_FOUND if behind is None else None)
        if isinstance(error, FileNotFoundError) and status == HTTPStatus.NOT_FOUND:
            raise UserError(f"{source} does not exist") from error
        raise Unreachable(f"{source} cannot be fetched: {_reason(behind or error)}") from error


def _scheme(address: str) -> str:
    return address.partition("://")[0].lower()


def _clients_error(error: BaseException) -> BaseException | None:
    """The error of a network's library among what led to an error."""
    seen: BaseException | None = error
    while seen is not None and not _is_clients(seen):
        seen = seen.__cause__ or seen.__context__
    return seen


def _is_clients(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] in _CLIENTS


def _reason(error: BaseException) -> str:
    """The kind of an error and its status: its words may quote the address."""
    status = getattr(error, "status", None)
    return type(error).__name__ + (f", status {status}" if status else "")
