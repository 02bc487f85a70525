from importlib import import_module
from pathlib import Path

import pytest

STARS = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")


@pytest.fixture(scope="session")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A transformer of two classes."""
    folder = tmp_path_factory.mktemp("transformers") / "two"
    import_module("transformers_made").save_transformer(folder, ("negative", "positive"))
    return folder


@pytest.fixture(scope="session")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A transformer of five classes."""
    folder = tmp_path_factory.mktemp("transformers") / "five"
    import_module("transformers_made").save_transformer(folder, STARS)
    return folder
