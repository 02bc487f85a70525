"""Printing: results to standard output, everything else to standard error."""

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, JustifyMethod, RenderableType
from rich.table import Table
from rich.text import Text

from robustaudit.cli.streams import notes, results
from robustaudit.core.display import percent, visible

_WIDTH_OF_A_PIPE = 100
_LEAST_WIDTH = 72  # under this a table would drop columns: lines that wrap are the lesser evil


def console(*, stderr: bool = False) -> Console:
    """A console that respects the terminal, `COLUMNS` and `NO_COLOR`; a pipe gets plain text."""
    stream = notes() if stderr else results()
    made = Console(file=stream, highlight=False, markup=False, emoji=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made.width = _WIDTH_OF_A_PIPE
    made.width = max(made.width, _LEAST_WIDTH)
    return made


def show(renderable: RenderableType) -> None:
    """Print a result; without trailing spaces if the output is no terminal."""
    stream = console()
    if stream.is_terminal:
        stream.print(renderable)
        return
    with stream.capture() as captured:
        stream.print(renderable)
    results().writelines(_inert(line.rstrip()) + "\n" for line in captured.get().splitlines())


def show_json(content: Any) -> None:  # noqa: ANN401
    """Print a result as JSON."""
    from robustaudit.core.documents import pretty_json

    # What another encoding lacks would be written with escapes that JSON has not.
    unicode = results().encoding.lower().startswith("utf")
    text = pretty_json(content, ascii_only=not unicode)
    if in_github_actions():
        text = text.replace("##[", r"#\u0023[")
    results().write(text + "\n")


def show_markdown(text: str) -> None:
    """Print a result as Markdown."""
    results().writelines(_inert(line) + "\n" for line in text.splitlines())


def show_lines(lines: Iterable[str]) -> None:
    """Print plain lines, which may quote text from outside."""
    results().writelines(_inert(visible(line)) + "\n" for line in lines)


def saying(*, quiet: bool) -> Callable[[str], None]:
    """The function for optional messages: `say`, or nothing if `quiet`."""
    return (lambda _: None) if quiet else say


_elsewhere: Callable[[str], None] | None = None  # takes messages in place of standard error


def say_to(heard: Callable[[str], None] | None) -> None:
    """From now on, messages go to that function; None for standard error."""
    global _elsewhere  # noqa: PLW0603  (a process has one standard error)
    _elsewhere = heard


def is_said_elsewhere() -> bool:
    """Whether messages go to a function in place of standard error."""
    return _elsewhere is not None


def say(message: str) -> None:
    """Print a message to standard error, safely: it may quote text from outside."""
    if _elsewhere is not None:
        _elsewhere(message)
        return
    notes().write("\n".join(_inert(visible(line)) for line in message.split("\n")) + "\n")


def in_github_actions() -> bool:
    """Whether a GitHub Actions runner reads the output."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def _inert(line: str) -> str:
    """The line in a form that a GitHub Actions runner does not take for a workflow command."""
    if not in_github_actions():
        return line
    start = len(line) - len(line.lstrip())
    if line.startswith("::", start):
        line = f"{line[:start]}<U+003A>{line[start + 1 :]}"
    return line.replace("##[", "#<U+0023>[")


def show_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool, right: Collection[str] = ()) -> None:
    """Print rows with the same keys as a table, `right` columns right-aligned, or as a JSON array."""
    if as_json:
        show_json(rows)
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="dim")
    for name in rows[0]:
        justify: JustifyMethod = "right" if name in right else "left"
        table.add_column(name.replace("_", " "), justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row.values()))
    show(table)


def _cell(value: object) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case float():  # the numbers in rows that are not whole are shares
            return f"{percent(value)}%"
        case _:
            return visible(str(value))
