from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _no_recipes_of_the_developer(empty_folder: Path) -> Path:
    return empty_folder
