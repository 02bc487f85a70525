"""docs/architecture.md is true: its rooms and names are those of the sources."""

import re
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "src" / "robustaudit"
PAGE = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text(encoding="utf-8")
CODE = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py"))


def test_its_rooms_are_the_folders_of_the_sources() -> None:
    folders = {path.parent.name for path in SOURCES.glob("*/__init__.py")} | {"pytest_plugin"}
    table = PAGE.partition("| room |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == folders
    order = PAGE.partition("`core` ·")[2].partition("\n\n")[0]
    assert {"core", *re.findall(r"\w+", order)} == folders


def test_every_type_that_it_names_exists() -> None:
    named = set(re.findall(r"`([A-Z][a-z]+[A-Za-z]*)(?:\.\w+)?`", PAGE))
    assert not {name for name in named if not re.search(rf"^(?:class )?{name}\b", CODE, re.MULTILINE)}


def test_every_function_of_the_path_exists_in_its_file() -> None:
    path = PAGE.partition("| step |")[2].partition("\n\n")[0]
    home = "api/auditing.py"
    for cells in re.findall(r"\| ([^|]+) \|$", path, re.MULTILINE)[1:]:
        for name, file in re.findall(r"`(?:\w+\.)?(\w+)`(?: \(`([\w/.]+)`\))?", cells):
            source = (SOURCES / (file or home)).read_text(encoding="utf-8")
            assert re.search(rf"^\s*def {name}\b", source, re.MULTILINE), (name, file)
