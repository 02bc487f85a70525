"""Where that which ships with the package lies: inside a wheel, at the top of a repository otherwise."""

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped(name: Literal["attacks", "trained_models"]) -> Path:
    """The folder of that name, whether the package is installed as a wheel or run from its repository."""
    in_wheel = _PACKAGE / "shipped" / name
    return in_wheel if in_wheel.is_dir() else _PACKAGE.parents[1] / name
