"""The misspellings that codespell knows, read from where it is installed; its code is not run.

Its dictionary is its own (CC BY-SA 3.0) and no part of this project.
"""

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from robustaudit.core.errors import MissingExtra


def check_installed() -> None:
    """Raise a MissingExtra where codespell is not there."""
    _folder()


@cache
def misspellings() -> Mapping[str, tuple[str, ...]]:
    """Words, and the misspellings that are corrected to them and to nothing else."""
    found: dict[str, list[str]] = {}
    for line in (_folder() / "data" / "dictionary.txt").read_text(encoding="utf-8").splitlines():
        wrong, _, right = line.partition("->")
        if right.isalpha() and wrong.isalpha():
            found.setdefault(right, []).append(wrong)
    return {right: tuple(wrong) for right, wrong in found.items()}


def _folder() -> Path:
    spec = find_spec("codespell_lib")
    if spec is None or spec.origin is None:
        raise MissingExtra("codespell", "words")
    return Path(spec.origin).parent
