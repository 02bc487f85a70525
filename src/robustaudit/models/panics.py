"""Libraries in Rust that give up."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_panic(what: str) -> Iterator[None]:
    """A panic, which is no Exception to Python, is an error as others are.

    Raises:
        ValueError: there was one.
    """
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise ValueError(f"{what} gave up: {error}") from error
