from collections.abc import Sequence
from pathlib import Path

import pytest

from robustaudit import Audit, audit

TEXTS = [
    (f"it was a {'good' if label else 'bad'} day, number {i}", label) for i in range(30) for label in (0, 1)
]


def spells(texts: Sequence[str]) -> list[int]:
    """Right on every clean text, and lost without the one word."""
    return [int("good" in text) for text in texts]


@pytest.fixture(autouse=True)
def _nothing_of_the_developer(empty_cache: Path, empty_folder: Path) -> None:
    """Neither a cache nor files in the working folder, to be read or written."""


@pytest.fixture(scope="session")
def found() -> Audit:
    """A function under two attacks, one of which leaves it no text to be lost on."""
    return audit({"spells": spells}, TEXTS, attacks=["qwerty@0.5", "contract"], trials=60)
