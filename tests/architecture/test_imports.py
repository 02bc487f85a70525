"""Importing costs nothing: no torch, no network, no files; `--help` answers without them."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from typer.main import get_command

from robustaudit.cli.app import COMMANDS, app

HEAVY = (
    "torch",
    "transformers",
    "sklearn",
    "scipy",
    "tokenizers",
    "pyarrow",
    "matplotlib",
    "datasets",
    "huggingface_hub",
    "onnxruntime",
    "skops",
    "httpx2",
    "tenacity",
    "jsonpath",
)

PROBE = """
import builtins, socket, sys

def forbidden(*args, **kwargs):
    raise AssertionError(f"import reached out: {args}")

socket.socket.connect = forbidden
socket.getaddrinfo = forbidden
import robustaudit
print(",".join(name for name in sys.argv[1].split(",") if name in sys.modules))
"""


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, cwd=cwd, env=environment
    )


def test_importing_the_package_loads_nothing_heavy_and_reaches_no_network(tmp_path: Path) -> None:
    done = run("-c", PROBE, ",".join(HEAVY), cwd=tmp_path)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", ["--help", "run --help", "train --help", "--version", "list --help", "models compare --help"]
)
def test_help_loads_nothing_heavy(tmp_path: Path, arguments: str) -> None:
    code = (
        "import sys; from robustaudit.cli.main import run; code = run(sys.argv[2:]); "
        "print('HEAVY', [n for n in sys.argv[1].split(',') if n in sys.modules]); sys.exit(code)"
    )
    done = run("-c", code, ",".join(HEAVY), *arguments.split(), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "HEAVY []"


LOADED = """
import atexit, sys
from robustaudit.cli.entry import main

def tell():
    if "robustaudit.cli.main" in sys.modules:  # not in the process that waits for the command
        print(*filter(sys.modules.get, asked), file=sys.stderr)

asked = sys.argv.pop(1).split(",")
atexit.register(tell)
main()
"""


def loaded(among: Iterable[str], *arguments: str, cwd: Path) -> set[str]:
    """Those of these modules that a command loads."""
    done = run("-c", LOADED, ",".join(among), *arguments, cwd=cwd)
    assert done.returncode in (0, 2), done.stderr
    return set(done.stderr.splitlines()[-1].split())


IN_NO_LIST = {
    "numpy",
    "pydantic",
    "regex",
    "jinja2",
    "lark",
    "asyncio",
    "email",
    "robustaudit.core.documents",
}
COMMAND_FILES = {
    f"robustaudit.cli.{name}" for name in ("run", "finished", "gate", "models", "train", "augment")
}


@pytest.mark.parametrize("arguments", ["--help", "list", "models", "--version"])
def test_a_list_of_commands_imports_no_other_command_and_no_library_to_check_types(
    tmp_path: Path, arguments: str
) -> None:
    others = COMMAND_FILES - {f"robustaudit.cli.{arguments}"}
    assert not loaded({*HEAVY} | IN_NO_LIST | others, arguments, cwd=tmp_path)


def test_the_list_of_commands_has_the_first_lines_of_their_own_help() -> None:
    made = get_command(app).commands  # type: ignore[attr-defined]
    first = {name: made[name].help.partition("\n\n")[0].replace("\n", " ") for name in COMMANDS}
    assert first == {name: outline.line for name, outline in COMMANDS.items()}
    assert all(made[name].rich_help_panel == outline.panel for name, outline in COMMANDS.items())


PAGE = {"jinja2", "robustaudit.reports.page.document"}
IN_NO_RUN = {
    *("matplotlib", "transformers", "sklearn", "datasets", "huggingface_hub", "onnxruntime", "skops"),
    *("joblib", "httpx2", "tenacity", "jsonpath"),
    *("robustaudit.gate.evaluation", "robustaudit.api.augmenting"),
    *("ray", "robustaudit.runs.ray_actors", "robustaudit.runs.ray_cluster"),
    *("robustaudit.runs.unit_actor", "robustaudit.runs.shared_shards"),
}
RUN = "run --models 1 --data tiny --trials 1 --attack qwerty --output made --offline"


def test_a_run_loads_what_its_models_and_tables_need_and_its_page_no_torch(tmp_path: Path) -> None:
    asked = IN_NO_RUN | PAGE | {"torch"}
    assert loaded(asked | {"pandas"}, *RUN.split(), cwd=tmp_path) == {"torch"}
    assert loaded(asked, "report", "made", cwd=tmp_path) == PAGE


def test_a_model_of_the_users_may_use_pandas(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "def judge(texts):\n"
        "    import pandas as pd, pyarrow as pa\n"
        "    column = pa.array(pd.Series([1, None] * len(texts), dtype='Int64'))\n"
        "    return column.drop_null().to_pylist()\n"
    )
    pytest.importorskip("pandas")
    command = RUN.replace("--models 1", "--models mine.py:judge")
    assert loaded({"pandas", "torch"}, *command.split(), cwd=tmp_path) == {"pandas"}


def test_what_an_attack_does_is_shown_without_models(tmp_path: Path) -> None:
    unneeded = {"torch", "sklearn", "matplotlib", "transformers", "robustaudit.runs.execution"}
    assert not loaded(unneeded, "compose", "qwerty", "--data", "tiny", cwd=tmp_path)


def test_the_catalogue_of_models_needs_no_torch(tmp_path: Path) -> None:
    code = (
        "import sys, robustaudit.models, robustaudit.training; "
        "print([name for name in ('torch', 'sklearn') if name in sys.modules])"
    )
    done = run("-c", code, cwd=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_what_tells_of_trainings_needs_no_torch_and_draws_only_when_asked(tmp_path: Path) -> None:
    code = (
        "import sys, robustaudit.reports.training_report, "
        "robustaudit.reports.plots.run_plots, robustaudit.reports.plots.training_curves; "
        "print([name for name in ('torch', 'sklearn', 'matplotlib') if name in sys.modules])"
    )
    done = run("-c", code, cwd=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
