"""What a command prints where it refuses."""

import pytest

from robustaudit.cli.main import run


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line with which a command refuses wrong use, without the program's name; it gives no result."""
    capsys.readouterr()
    assert run(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("robustaudit: ")
    assert printed.err.count("\n") == 1
    return printed.err.removeprefix("robustaudit: ").removesuffix("\n")
