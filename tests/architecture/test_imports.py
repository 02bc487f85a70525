"""Importing costs nothing: no torch, no network, no files; `--help` answers without them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
