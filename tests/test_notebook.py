"""The example notebook, executed as its reader would, without a network."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import pytest
from nbclient import NotebookClient
from traitlets.config import Config

NOTEBOOK = Path(__file__).parents[1] / "examples" / "notebook" / "audit.ipynb"

# Set in the kernel before the first cell: whatever reaches out fails.
OFFLINE = """
import socket

def forbidden(*address):
    raise AssertionError(f"the notebook reached out: {address}")

socket.getaddrinfo = forbidden
"""


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder with a short name: that of a socket has some hundred characters at most."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


def test_it_is_kept_without_outputs() -> None:
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the libraries that run a kernel
def test_it_runs_and_shows_what_it_says(
    tmp_path: Path, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(OFFLINE))
    mistaken = nbformat.v4.new_code_cell('audit("9", "tiny")', metadata={"tags": ["raises-exception"]})
    notebook.cells.append(mistaken)
    client = NotebookClient(
        notebook,
        timeout=300,
        startup_timeout=300,
        resources={"metadata": {"path": str(tmp_path)}},
        # Ports would be chosen before the kernel takes them, which others may do meanwhile.
        config=Config(
            {"KernelManager": {"transport": "ipc", "connection_file": str(short_folder / "k.json")}}
        ),
    )
    client.execute()
    shown = [_html(cell) for cell in notebook.cells if cell.cell_type == "code"]
    for place, sought in ((2, "draws"), (3, "Largest drop"), (4, "<ins>"), (5, "drop_low"), (6, "PASSED")):
        assert sought in shown[place]
    assert "Model by_one_word" in shown[7]
    assert "reading texts from column" in _printed(notebook.cells[-2])
    (error,) = (each for each in notebook.cells[-1].outputs if each.output_type == "error")
    assert error.traceback == [f"UserError: {error.evalue}"]
    assert list(tmp_path.glob("reports")) == []


def _html(cell: nbformat.NotebookNode) -> str:
    data = [output.data for output in cell.outputs if output.output_type == "execute_result"]
    return "".join(each.get("text/html", "") for each in data)


def _printed(cell: nbformat.NotebookNode) -> str:
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")
