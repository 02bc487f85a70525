"""Every option that the docs show is one that the command has."""

import re
from collections.abc import Iterator
from pathlib import Path

from typer.main import get_command

from robustaudit.cli.app import app

REPOSITORY = Path(__file__).parents[2]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
OF_OTHERS = {"--help", "--robustaudit-gate", "--peers", "--texts"}  # of pytest and of benchmarks


def commands(command, path: str = "robustaudit") -> Iterator[tuple[str, set[str]]]:
    yield path, {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, f"{path} {name}")


KNOWN = dict(commands(get_command(app)))


def test_options_in_the_docs_exist() -> None:
    known = set().union(*KNOWN.values(), OF_OTHERS)
    shown = {(page.name, name) for page in PAGES for name in OPTION.findall(page.read_text(encoding="utf-8"))}
    assert not {(page, name) for page, name in shown if name not in known}


def test_a_command_in_the_docs_is_shown_with_its_own_options() -> None:
    wrong = []
    for page in PAGES:
        for line in re.findall(r"robustaudit [a-z][^\n`#]*", page.read_text(encoding="utf-8")):
            words = line.split()
            command = next(
                (path for n in (3, 2) if (path := " ".join(words[:n])) in KNOWN and len(words) >= n), None
            )
            if command:
                wrong += [
                    (page.name, line)
                    for name in OPTION.findall(line)
                    if name not in KNOWN[command] | OF_OTHERS
                ]
    assert not wrong
