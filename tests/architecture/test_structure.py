"""`scripts/check-structure` finds each kind of fault, each in a small package of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "check-structure"
CLEAN = {
    "__init__.py": "if not TYPE_CHECKING:\n    from mine.core.text import Text\n",
    "core/__init__.py": "",
    "core/text.py": "Words = list[str]\n\n\nclass Text:\n    pass\n",
    "api/run.py": "from mine.core.text import Text\n\n\ndef run():\n    return Text()\n",
    "cli/run.py": "from mine.api import run\n",
}


def check(folder: Path, files: dict[str, str], *options: str) -> tuple[int, list[str]]:
    for name, content in files.items():
        path = folder / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *options, str(folder / "mine")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr
    return done.returncode, done.stdout.splitlines()


def test_a_clean_package_has_no_fault(tmp_path: Path) -> None:
    assert check(tmp_path, CLEAN) == (0, ["5 files, 13 lines, 2 in the median function", "faults: 0"])


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        (
            {"core/text.py": "def long():\n" + "    pass\n" * 80, "core/short.py": "def f(): 1\n" * 3},
            "core/text.py:1: long has 81 lines, more than 80",
        ),
        (
            {"core/a.py": "def f():\n" + "    pass\n" * 6, "core/b.py": "def g():\n" + "    pass\n" * 6},
            "the median function has 7 lines, more than 6",
        ),
        (
            {"core/text.py": "def late():\n    import mine.api.run\n"},
            "import cycle: api/run.py:1 imports core/text.py, core/text.py:2 imports api/run.py",
        ),
        (
            {"core/text.py": "if TYPE_CHECKING:\n    from mine.api import run\n"},
            "import cycle: api/run.py:1 imports core/text.py, core/text.py:2 imports api/run.py",
        ),
        (
            {"core/text.py": "from importlib import import_module\nrun = import_module('mine.api.run')\n"},
            "import cycle: api/run.py:1 imports core/text.py, core/text.py:2 imports api/run.py",
        ),
        (
            {
                "core/text.py": "from mine.core import names\n",
                "core/__init__.py": "from mine.core.text import f\n",
            },
            "import cycle: core/text.py:1 imports core/__init__.py, core/__init__.py:1 imports core/text.py",
        ),
        (
            {"api/text_of.py": "class Text:\n    pass\n"},
            "type Text is there 2 times: api/text_of.py:1, core/text.py:4",
        ),
        (
            {"api/words.py": "Words: TypeAlias = tuple\n"},
            "type Words is there 2 times: api/words.py:1, core/text.py:1",
        ),
        ({"api/text.py": ""}, "file text.py is there 2 times: api/text.py, core/text.py"),
        ({"cli/more/run.py": ""}, "file run.py is there 2 times: cli/more/run.py, cli/run.py"),
    ],
    ids=[
        "a long function",
        "the median",
        "an import in a function",
        "an import for type checkers",
        "an import by name",
        "a package's own __init__",
        "a class twice",
        "an alias twice",
        "a file twice",
        "a command twice",
    ],
)
def test_each_fault_is_found(files: dict[str, str], fault: str, tmp_path: Path) -> None:
    code, told = check(tmp_path, CLEAN | files)
    assert (code, told[1:]) == (1, [fault, "faults: 1"])


def test_every_cycle_is_told_once(tmp_path: Path) -> None:
    files = {
        "core/a.py": "import mine.core.b\n",
        "core/b.py": "import mine.core.a, mine.core.c\n",
        "core/c.py": "import mine.core.b\n",
    }
    assert len(check(tmp_path, CLEAN | files)[1]) == 4


def test_a_report_fails_nothing(tmp_path: Path) -> None:
    code, told = check(tmp_path, CLEAN | {"api/text.py": ""}, "--report")
    assert (code, told[-1]) == (0, "faults: 1")
