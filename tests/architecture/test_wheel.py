"""Installed as a wheel, outside the repository, the package finds its recipes and weights."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wheels import unpacked_wheel

REPOSITORY = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from robustaudit.cli.main import main; main()")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked_wheel(REPOSITORY, tmp_path_factory.mktemp("wheel"))


def robustaudit(installed: Path, *arguments: str, cwd: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_its_own_files_are_used(installed: Path, tmp_path: Path) -> None:
    code = "from robustaudit.core.files import shipped; print(shipped('attacks'), shipped('trained_models'))"
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(Path(folder).is_relative_to(installed) for folder in done.stdout.split())


def test_the_models_that_ship_are_audited_with_the_recipe_that_ships(installed: Path, tmp_path: Path) -> None:
    arguments = (
        "--models",
        "1,4,7",
        "--data",
        "tiny",
        "--attack",
        "report-mix",
        "--trials",
        "5",
        "--json",
        "--quiet",
    )
    rows = json.loads(robustaudit(installed, "run", *arguments, cwd=tmp_path))["rows"]
    assert [(row["model"], row["attack"]) for row in rows] == [(name, "report-mix") for name in "147"]


def test_data_maps_and_grammar_are_inside(installed: Path, tmp_path: Path) -> None:
    assert "changes" in robustaudit(installed, "compose", "contract,qwerty | homoglyph", cwd=tmp_path)


def test_pytest_finds_the_plug_in_of_what_is_installed(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(
        "from robustaudit.pytest_plugin import assert_robust\n"
        "def test_typos():\n"
        '    assert_robust("1", "tiny", "qwerty", max_drop=0.9, trials=20)\n'
    )
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-m", "pytest", "--trace-config", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"robustaudit.pytest_plugin' from '{installed}" in done.stdout
