"""What is said when a heavy library of an extra is not installed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from robustaudit.core.errors import MissingExtra


@contextmanager
def extra(name: Literal["models", "bert"]) -> Iterator[None]:
    """Imports that fail inside are a MissingExtra that says how to install that extra."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "robustaudit"):
            raise
        raise MissingExtra(package, name) from error
