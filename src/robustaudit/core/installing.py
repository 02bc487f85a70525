"""Commands that install something for the Python that runs, whichever `pip` and `python` the shell finds."""

import shlex
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

Extra = Literal[
    "models",
    "bert",
    "hub",
    "remote",
    "hf",
    "sklearn",
    "onnx",
    "http",
    "words",
    "segmentation",
    "wordnet",
    "textattack",
    "nlpaug",
    "notebook",
    "plots",
    "ray",
    "repair",
]
"""The optional dependencies of pyproject.toml that a message may name."""


def install_command(extra: Extra) -> str:
    """The command that installs an extra; robustaudit itself is there, so that no index needs to have it."""
    what = f"install 'robustaudit[{extra}]'"
    if _is_ours("pip"):
        return f"pip {what}"
    if find_spec("pip") is not None or not sys.executable:
        return f"{python_command()} -m pip {what}"
    return f"uv pip install --python {shlex.quote(sys.executable)} 'robustaudit[{extra}]'"


def python_command() -> str:
    """The command that starts the Python that runs."""
    return "python" if _is_ours("python") or not sys.executable else shlex.quote(sys.executable)


def _is_ours(program: str) -> bool:
    """Whether the shell finds the program next to the Python that runs."""
    found = shutil.which(program)
    return found is not None and Path(found).parent == Path(sys.executable).parent
