from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _nothing_of_the_developer(empty_cache: Path, empty_folder: Path) -> None:
    """Neither a cache nor files in the working folder, to be read or written."""
