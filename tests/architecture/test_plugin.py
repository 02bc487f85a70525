"""A perturbation of another package: the example of docs/plugins.md, built, installed and used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import regex

from processes import COMMAND
from wheels import unpacked_wheel

REPOSITORY = Path(__file__).parents[2]
GUIDE = (REPOSITORY / "docs" / "plugins.md").read_text(encoding="utf-8")
LONGEST = 15  # lines of the module


def quoted(language: str) -> str:
    """What the guide says is in the file of that language."""
    (found,) = regex.findall(rf"```{language}\n(.*?)```", GUIDE, regex.DOTALL)
    return str(found)


def install(folder: Path, module: str, *, project: str) -> Path:
    """Build and unpack a package of the guide's module; the folder in which it lies then."""
    source = folder / "source"
    source.mkdir()
    (source / "pyproject.toml").write_text(project, encoding="utf-8")
    (source / "robustaudit_ampersand.py").write_text(module, encoding="utf-8")
    return unpacked_wheel(source, folder)


def call(site: Path, *command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("plugin"), quoted("python"), project=quoted("toml"))


def test_the_module_is_short() -> None:
    lines = [line for line in quoted("python").splitlines() if line]
    assert len(lines) <= LONGEST


def test_it_is_listed(site: Path, tmp_path: Path) -> None:
    done = call(site, *COMMAND, "list", "perturbations", "--markdown", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("| `ampersand`"))
    assert "| words | Write `and` as a sign: `fish and chips` becomes `fish & chips`." in line
    assert "| kept | `plus`: false |" in line


def test_it_is_used_with_its_parameter_and_in_a_mix(site: Path, tmp_path: Path) -> None:
    data = tmp_path / "menu.csv"
    data.write_text("text,label\nfish and chips,1\n", encoding="utf-8")
    expression = "ampersand(plus=true) + ampersand"
    done = call(site, *COMMAND, "compose", expression, "--data", str(data), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "ampersand(plus=true)" in done.stdout
    assert "fish + chips" in done.stdout or "fish & chips" in done.stdout


def test_it_keeps_the_laws_of_all_perturbations(site: Path) -> None:
    options = ("--quiet", "--numprocesses", "0", "-p", "no:cacheprovider", "-k", "ampersand")
    done = call(site, sys.executable, "-m", "pytest", *options, "tests/laws", cwd=REPOSITORY)
    assert done.returncode == 0, done.stdout
    assert regex.search(r"\b(?:[4-9]|\d\d+) passed", done.stdout)


@pytest.mark.parametrize(
    ("name", "module", "complaint"),
    [
        (
            "qwerty",
            "raise AssertionError",
            (
                "package 'robustaudit-ampersand' offers perturbation 'qwerty', "
                "which robustaudit has already: one of them must go, or take another name"
            ),
        ),
        (
            "ampersand",
            "import nowhere",
            (
                "perturbation 'ampersand' of package 'robustaudit-ampersand' cannot be loaded: "
                "ModuleNotFoundError: No module named 'nowhere'"
            ),
        ),
        (
            "and_sign",
            quoted("python"),
            (
                "perturbation 'and_sign' of package 'robustaudit-ampersand' calls itself 'ampersand': "
                "entry point and decorator must agree"
            ),
        ),
    ],
    ids=["a name of ours", "a module that fails", "two names"],
)
def test_one_that_cannot_be_used_is_named_with_its_package(
    tmp_path: Path, name: str, module: str, complaint: str
) -> None:
    project = quoted("toml").replace("\nampersand =", f"\n{name} =")
    site = install(tmp_path, module, project=project)
    both = f"run(['list', 'perturbations']), run(['compose', {name!r}])"
    code = f"from robustaudit.cli.main import run; print({both})"
    done = call(site, sys.executable, "-c", code, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("2 2\n", 2 * f"robustaudit: {complaint}\n")
