import pytest


@pytest.fixture(autouse=True)
def _as_a_command(command_line_words: None) -> None:
    """Messages are tested as the command line has them."""
