"""What can go wrong, and whose fault it is.

RobustAuditError
├── UserError              the user can mend it: one clear line, exit code 2
│   ├── MissingExtra       an optional dependency is not installed
│   └── NetworkUnavailable a package index or hub did not answer, or may not be queried
├── ModelError             a classifier broke its contract: names the example, exit code 3
├── WorkerDied             a worker process ended early: exit code 3
└── CallLimitReached       no further model call is allowed: finished work is kept, exit code 5

Anything else that is raised is a defect of ours: a traceback, exit code 3.
"""

from typing import Self


class InconclusiveWarning(UserWarning):
    """The trials do not show whether a classifier is robust enough."""


class RobustAuditError(Exception):
    """The root of all errors that robustaudit raises itself."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the line that says what is wrong, and no frames of ours."""
        from robustaudit.core.display import visible  # noqa: PLC0415  (only where something went wrong)

        return [f"{type(self).__name__}: {visible(str(self))}"]


class UserError(RobustAuditError, ValueError):
    """A value, name or path from outside that cannot be used; the message says what is allowed."""


class MissingExtra(UserError):
    """An optional dependency that is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed: pip install 'robustaudit[{extra}]'")
        self._given = (package, extra)

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        """What another process makes it of again."""
        return type(self), self._given


class NetworkUnavailable(UserError):
    """A package index or hub that could not be reached, or may not be asked."""


class ModelError(RobustAuditError):
    """A classifier that raised, or whose answer has the wrong shape or is no probability."""


class WorkerDied(RobustAuditError):
    """A process that worked beside this one and ended, or was ended, before it was done."""


class CallLimitReached(RobustAuditError):
    """The calls that a run may make of its models are made."""


class ForeignError(Exception):
    """What code of others raised and means something else here: `SystemExit`, or an error of ours."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(message_of(error))
        self.error = error


def message_of(error: BaseException) -> str:
    """What an error of anybody's says, on one line; nothing where it cannot say it."""
    try:
        text = " ".join(str(error).split())
    except BaseException:  # noqa: BLE001  (its text is code of others too)
        return ""
    return text.encode("utf-8", "backslashreplace").decode()  # half a character could be stored nowhere
