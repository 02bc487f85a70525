"""Errors, by whose fault they are.

RobustAuditError
├── UserError              the user can fix it: one clear line, exit code 2
│   ├── MissingExtra       an optional dependency is not installed
│   └── NetworkUnavailable a package index or hub did not answer, or may not be queried
├── ModelError             a classifier broke its contract: names the example, exit code 3
├── WorkerDied             a worker process ended early: exit code 3
└── CallLimitReached       no further model call is allowed: finished work is kept, exit code 5

Any other exception is a defect of robustaudit: a traceback, exit code 3.
"""

from typing import Self

from robustaudit.core.installing import Extra, install_command


class InconclusiveWarning(UserWarning):
    """The trials do not show whether a classifier is robust enough."""


class RobustAuditError(Exception):
    """Base class of the errors that robustaudit raises itself."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: one line, without frames of robustaudit."""
        from robustaudit.core.display import visible  # noqa: PLC0415  (only where something went wrong)

        return [f"{type(self).__name__}: {visible(str(self))}"]


class UserError(RobustAuditError, ValueError):
    """A value, name or path from outside that cannot be used; the message says what is allowed."""


class MissingExtra(UserError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: Extra) -> None:
        super().__init__(f"{package} is not installed: {install_command(extra)}")
        self._given = (package, extra)

    def __reduce__(self) -> tuple[type[Self], tuple[str, Extra]]:
        """Pickle the arguments: the message has another form."""
        return type(self), self._given


class NetworkUnavailable(UserError):
    """A package index or hub did not answer, or may not be queried."""


class ModelError(RobustAuditError):
    """A classifier raised, or its predictions have the wrong shape or are not probabilities."""


class WorkerDied(RobustAuditError):
    """A worker process ended, or was killed, before it was done."""


class CallLimitReached(RobustAuditError):
    """A run has made all model calls that it may make."""


class ForeignError(Exception):
    """An exception of third-party code that would be misread here: `SystemExit`, or one of robustaudit's."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(message_of(error))
        self.error = error


def message_of(error: BaseException) -> str:
    """The message of any exception, on one line; empty if even `str` fails."""
    try:
        text = " ".join(str(error).split())
    except BaseException:  # noqa: BLE001  (its text is code of others too)
        return ""
    return text.encode("utf-8", "backslashreplace").decode()  # half a character could be stored nowhere
