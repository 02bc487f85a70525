from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _nothing_of_the_developer(empty_cache: Path, empty_folder: Path) -> None:
    """Neither a cache nor files in the working folder, to be read or written."""


@pytest.fixture(autouse=True)
def _as_a_command(command_line_words: None) -> None:
    """Messages are tested as the command line has them."""
