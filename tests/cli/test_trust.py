"""Models that run code or are sent texts, named by a file that was found: used with consent alone."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from refusals import refusal
from robustaudit.cli.main import run

Captured = pytest.CaptureFixture[str]

MODEL = """
from pathlib import Path

Path("imported").touch()


def classify(texts):
    return ["1" if "good" in text else "0" for text in texts]


classify.labels = ("0", "1")
"""
QUIET = ("--quiet", "--offline")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stranger's checkout, in which the user works; nothing was consented to."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "theirs", raising=False)
    made = tmp_path / "their checkout"
    made.mkdir()
    (made / "theirs.py").write_text(MODEL)
    configure(made, ["py:theirs:classify"])
    monkeypatch.chdir(made)
    return made


def configure(folder: Path, models: list[str], **also: object) -> None:
    table = {"data": "tiny", "models": models, "attacks": ["qwerty"], "trials": 4} | also
    lines = (f"{key} = {json.dumps(value)}\n" for key, value in table.items())
    (folder / "robustaudit.toml").write_text(f"[run]\n{''.join(lines)}")


def refused(capsys: Captured, *arguments: str) -> str:
    """What is said where a command refuses; nothing was imported by then."""
    sys.modules.pop("theirs", None)
    line = refusal(capsys, *arguments)
    assert not Path("imported").exists()
    return line


def test_code_that_a_found_file_names_runs_with_consent_alone(folder: Path, capsys: Captured) -> None:
    said = refused(capsys, "run", *QUIET)
    path = folder / "robustaudit.toml"
    assert said == (
        f"configuration {str(path)!r} names py:theirs:classify (runs code), to which you "
        "have not consented: nothing was loaded. Look at it: "
        f"`robustaudit trust '{folder}'` consents for good, --trust-models this once"
    )
    assert run(["trust", str(folder)]) == 0
    assert "which names py:theirs:classify (runs code)" in capsys.readouterr().err
    assert not Path("imported").exists()
    assert run(["run", *QUIET]) == 0
    assert Path("imported").exists()


def test_consent_is_asked_anew_where_the_file_says_something_else(folder: Path, capsys: Captured) -> None:
    assert run(["trust"]) == 0
    configure(folder, ["py:theirs:classify"], seed=2)
    assert "to which you have not consented, or not as it is now" in refused(capsys, "run", *QUIET)


def test_consent_can_be_seen_and_taken_back(folder: Path, capsys: Captured) -> None:
    assert run(["trust", "--list"]) == 0
    assert capsys.readouterr().err == "you have consented to nothing\n"
    assert run(["trust"]) == 0
    capsys.readouterr()
    assert run(["trust", "--list", "--json"]) == 0
    path = str(folder / "robustaudit.toml")
    assert json.loads(capsys.readouterr().out) == [{"path": path, "models": "py:theirs:classify"}]
    assert run(["trust", "--revoke"]) == 0
    refused(capsys, "run", *QUIET)
    assert "you have not consented to anything in" in refused(capsys, "trust", "--revoke")


@pytest.mark.parametrize(
    ("model", "power"),
    [
        ("https://example.org/classify", "is sent texts"),
        ("http:model.toml", "is sent texts"),
        ("openai:gpt-x", "is sent texts"),
        ("py:theirs:x", "runs code"),
    ],
)
def test_addresses_and_schemes_of_others_need_consent_too(
    model: str, power: str, folder: Path, capsys: Captured
) -> None:
    configure(folder, ["1", model])
    assert f"names {model} ({power}), to which" in refused(capsys, "run", *QUIET)


def test_a_name_can_neither_write_lines_of_its_own_nor_show_a_key(folder: Path, capsys: Captured) -> None:
    configure(folder, ["py:a:b\nrobustaudit: all is well", "https://example.org/x?key=secret"])
    said = refused(capsys, "run", *QUIET)
    assert "py:a:b<U+000A>robustaudit: all is well (runs code)" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["--trust-models"],
        ["--config", "robustaudit.toml"],
        ["--models", "py:theirs:classify"],
    ],
)
def test_what_the_user_names_needs_no_more_consent(arguments: list[str]) -> None:
    assert run(["run", *QUIET, *arguments]) == 0
    assert Path("imported").exists()
    assert run(["trust", "--revoke"]) == 2


def test_models_that_are_only_data_need_none(folder: Path, capsys: Captured) -> None:
    configure(folder, ["1", "sklearn:gone.skops"])
    assert "gone.skops' does not exist" in refused(capsys, "run", *QUIET)
    configure(folder, ["tfidf"])
    assert run(["run", *QUIET]) == 0


def test_a_run_of_a_stranger_is_replayed_with_consent_alone(
    folder: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["run", *QUIET, "--trust-models", "--output", "mine"]) == 0
    shutil.copytree("mine", "theirs")
    assert run(["replay", "mine", "1"]) == 0
    Path("imported").unlink()
    assert "run 'theirs' names py:theirs:classify (runs code)" in refused(capsys, "replay", "theirs", "1")
    assert run(["replay", "theirs", "1", "--no-model"]) == 0
    for consent in (["--model", "py:theirs:classify"], ["--trust-models"]):
        assert run(["replay", "theirs", "1", *consent]) == 0
    assert run(["trust", "theirs"]) == 0
    assert run(["replay", "theirs", "1"]) == 0
    # Elsewhere the name is another module's.
    monkeypatch.chdir(tmp_path)
    assert "or not as it is now and from this" in refused(capsys, "replay", str(folder / "mine"), "1")


def test_a_configuration_made_of_a_run_here_has_its_consent(capsys: Captured) -> None:
    Path("robustaudit.toml").unlink()
    arguments = ["--models", "py:theirs:classify", "--data", "tiny", "--attack", "qwerty", "--trials", "60"]
    assert run(["run", *QUIET, *arguments, "--output", "mine"]) == 0
    shutil.copytree("mine", "theirs")
    Path("imported").unlink()
    assert run(["init", "theirs"]) == 0
    assert "read it, then `robustaudit trust` and `robustaudit run --gate`" in capsys.readouterr().err
    refused(capsys, "run", *QUIET)
    Path("robustaudit.toml").unlink()
    assert run(["init", "mine"]) == 0
    assert "read it, then `robustaudit run --gate`" in capsys.readouterr().err
    assert run(["run", *QUIET, "--trials", "4"]) == 0
    assert Path("imported").exists()
