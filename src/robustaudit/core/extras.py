"""Optional dependencies: one clear line if an extra is not installed."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from robustaudit.core.errors import MissingExtra
from robustaudit.core.installing import Extra


def check_installed(name: Extra, packages: Collection[str]) -> None:
    """Raise `MissingExtra` if a package of an extra is not installed; imports none of them."""
    for package in packages:
        if find_spec(package) is None:
            raise MissingExtra(package, name)


@contextmanager
def extra(name: Extra) -> Iterator[None]:
    """Turn failed imports into a `MissingExtra`, which says how to install the extra."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "robustaudit"):
            raise
        raise MissingExtra(package, name) from error
