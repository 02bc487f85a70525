import shutil

import pytest

from robustaudit.core.files import shipped


@pytest.fixture
def trained(tmp_path):
    """A copy of the models that ship, to be damaged at will."""
    return shutil.copytree(shipped("trained_models"), tmp_path / "trained_models")


@pytest.fixture(autouse=True)
def _as_a_command(command_line_words: None) -> None:
    """Messages are tested as the command line has them."""
