import re
import shlex
import sys
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from robustaudit.core.installing import Extra, install_command, python_command

ROOT = Path(__file__).parents[2]


def extras() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return set(project["optional-dependencies"])


def test_messages_name_only_extras_that_there_are() -> None:
    assert set(get_args(Extra)) <= extras()


def test_docs_name_only_extras_that_there_are() -> None:
    docs = [
        ROOT / "README.md",
        ROOT / "action.yml",
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("examples/**/*.ipynb"),
    ]
    named = {
        extra.strip()
        for path in docs
        for group in re.findall(r"robustaudit\[([a-z, ]+)\]", path.read_text(encoding="utf-8"))
        for extra in group.split(",")
    }
    assert {"models", "hub"} <= named <= extras()


def test_in_an_activated_environment_the_command_is_short() -> None:
    assert install_command("hf") == "pip install 'robustaudit[hf]'"
    assert python_command() == "python"


@pytest.mark.parametrize("has_pip", [True, False])
def test_elsewhere_it_names_the_python_that_runs(
    has_pip: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for program in ("pip", "python"):  # of another environment
        (tmp_path / program).write_text("#!/bin/sh\n")
        (tmp_path / program).chmod(0o755)
    if not has_pip:
        monkeypatch.setattr("robustaudit.core.installing.find_spec", lambda _: None)
    python = shlex.quote(sys.executable)
    wanted = (
        f"{python} -m pip install 'robustaudit[hf]'"
        if has_pip
        else f"uv pip install --python {python} 'robustaudit[hf]'"
    )
    assert install_command("hf") == wanted
    assert python_command() == python
