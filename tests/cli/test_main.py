import pytest

import robustaudit
from robustaudit.cli.main import run
from robustaudit.core.errors import ModelError

Captured = pytest.CaptureFixture[str]


def test_the_version(capsys: Captured) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"robustaudit {robustaudit.__version__}"


def test_without_a_command_the_help_is_shown(capsys: Captured) -> None:
    assert run([]) == 2
    printed = capsys.readouterr()
    assert "run" in printed.out + printed.err
    assert "compose" in printed.out + printed.err


def test_an_unknown_command_is_one_line(capsys: Captured) -> None:
    assert run(["rnu"]) == 2
    assert capsys.readouterr().err.startswith("robustaudit: No such command 'rnu'.")


def test_a_model_that_breaks_its_contract_is_exit_code_3_without_a_traceback(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ModelError("model 'x' gave no probabilities for '\x1b[2J'")

    monkeypatch.setattr("robustaudit.attacks.list_attacks", broken)
    assert run(["list", "attacks"]) == 3
    error = capsys.readouterr().err
    assert "the same command goes on from there" in error
    assert "Traceback" not in error
    assert "\x1b" not in error
