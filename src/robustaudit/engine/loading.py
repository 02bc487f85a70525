"""Loading a model: code and files of others, which may do anything, or never end."""

from collections.abc import Iterator
from contextlib import contextmanager

from robustaudit.core import defaults, watch
from robustaudit.core.errors import ModelError, RobustAuditError
from robustaudit.engine.guard import guarded, reason_of
from robustaudit.engine.patience import OutOfTimeError, at_most, can_ring
from robustaudit.models import Classifier, ModelSource


def loaded(source: ModelSource, *, limit: float | None = None) -> Classifier:
    """The classifier of a source, within so many seconds.

    Raises:
        UserError: it cannot be used; the message says why.
        ModelError: loading it failed otherwise, or took longer.
    """
    with loading(source.name, limit=limit):
        return source.load()


def load_limit_or_default(given: float | None) -> float | None:
    """Seconds that a model may take, as given or, where this process has a timer, as ever."""
    return defaults.LOAD_LIMIT if given is None and can_ring() else given


@contextmanager
def loading(model: str, *, limit: float | None = None) -> Iterator[None]:
    """Load a model inside, or find out what it is.

    Raises:
        ModelError: what runs inside raised anything but an error of ours, or took longer.
    """
    try:
        with watch.doing(f"model {model!r} was loaded"), guarded(), at_most(limit):
            yield
    except RobustAuditError:
        raise
    except OutOfTimeError:
        raise ModelError(
            f"model {model!r} was not loaded within {limit:g} s: give it more with --load-limit"
        ) from None
    except Exception as error:
        raise ModelError(f"model {model!r} cannot be loaded: it {reason_of(error)}") from error
