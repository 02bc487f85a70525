"""The example notebook, executed as its reader would, without a network."""

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

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


class Recorder(NotebookClient):
    """Runs a notebook in a kernel, and keeps what was displayed while cells ran."""

    def __init__(self, notebook: nbformat.NotebookNode, *, folder: Path, runtime: Path) -> None:
        super().__init__(
            notebook,
            timeout=300,
            startup_timeout=300,
            record_timing=False,
            resources={"metadata": {"path": str(folder)}},
            # Ports would be chosen before the kernel takes them, which others may do meanwhile.
            config=Config(
                {"KernelManager": {"transport": "ipc", "connection_file": str(runtime / "k.json")}}
            ),
        )
        self.displayed: list[tuple[str, str]] = []

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        if msg["msg_type"] in ("display_data", "update_display_data"):
            self.displayed.append((msg["msg_type"], msg["content"]["data"]["text/plain"]))
        return super().process_message(msg, cell, cell_index)


@pytest.fixture
def run_cells(
    tmp_path: Path, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[nbformat.NotebookNode], Recorder]:
    """Runs the cells of a notebook in an empty folder and a kernel of its own."""
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name))

    def run(notebook: nbformat.NotebookNode) -> Recorder:
        client = Recorder(notebook, folder=tmp_path, runtime=short_folder)
        client.execute()
        return client

    return run


of_libraries = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of those that run a kernel


def shown(notebook: nbformat.NotebookNode) -> list[list[nbformat.NotebookNode]]:
    """The outputs of each code cell, numbered from 1, without the bar and the names of temporary folders."""
    text = json.dumps([cell.outputs for cell in notebook.cells if cell.cell_type == "code"])
    outputs = json.loads(re.sub(r"'[^']*/robustaudit-\w+'", "'a temporary folder'", text))
    return [
        [
            nbformat.from_dict(each | ({"execution_count": number} if "execution_count" in each else {}))
            for each in of_cell
            if each.get("data") != {"text/plain": ""}
        ]
        for number, of_cell in enumerate(outputs, 1)
    ]


@of_libraries
def test_it_runs_offline_and_shows_what_is_kept_in_it(
    run_cells: Callable[[nbformat.NotebookNode], Recorder], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """`pytest --regenerate` writes its outputs anew, to be read before they are committed."""
    kept = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(kept)
    notebook = deepcopy(kept)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(OFFLINE))
    mistaken = nbformat.v4.new_code_cell('audit("9", "tiny")', metadata={"tags": ["raises-exception"]})
    notebook.cells.append(mistaken)
    run_cells(notebook)
    (error,) = (each for each in notebook.cells.pop().outputs if each.output_type == "error")
    assert error.traceback == [f"UserError: {error.evalue}"]
    del notebook.cells[0]
    assert list(tmp_path.glob("reports")) == []
    if request.config.getoption("--regenerate"):
        code = (cell for cell in kept.cells if cell.cell_type == "code")
        for number, (cell, outputs) in enumerate(zip(code, shown(notebook), strict=True), 1):
            cell.execution_count, cell.outputs = number, outputs
        nbformat.write(kept, NOTEBOOK)
    assert shown(notebook) == shown(kept)


RESULTS = (
    "result",
    "result.examples()",
    'result.gate(max_drop=0.9, on_inconclusive="pass")',
    'perturb("It was a good day.", "qwerty")',
)


@of_libraries
def test_a_result_is_shown_once_prints_its_text_and_runs_behind_a_bar(
    run_cells: Callable[[nbformat.NotebookNode], Recorder],
) -> None:
    prepared = """
from robustaudit import audit, perturb
texts = [("it was a good day", 1), ("it was a bad day", 0)] * 30
result = audit(lambda texts: [int("good" in text) for text in texts], texts, attacks="qwerty", trials=40)
"""
    sources = [prepared, *RESULTS, *(f"print({each})" for each in RESULTS), "result.table()"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    client = run_cells(notebook)
    bar = [text for kind, text in client.displayed if kind == "update_display_data"]
    assert any("40/40" in text for text in bar)
    assert bar[-1] == ""  # it is cleared at the end
    assert [kind for kind, _ in client.displayed].count("display_data") == 1  # the bar, and nothing else
    _, *cells = notebook.cells
    for cell in cells:
        (output,) = cell.outputs
        if cell.source.startswith("print"):
            assert output.output_type == "stream"
            assert len(output.text.strip()) > 20
            assert "\x1b" not in output.text
        else:
            assert output.output_type == "execute_result"
            assert output.data["text/html"]
