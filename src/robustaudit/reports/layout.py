"""The kit of all reports, on a terminal: tables, facts, sections, legends; reports that print themselves."""

import io
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.jupyter import JupyterMixin
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import visible

_WIDTH = 100  # columns, where there is no terminal
_LEAST_WIDTH = 72


def table(*names: str, figures: Iterable[str] = (), expand: bool = False, lines: bool = False) -> Table:
    """A table with a rule below its head: columns of names, which fold, then of figures, to the right."""
    made = Table(
        box=box.SIMPLE_HEAD,
        padding=(0, 1),
        show_edge=False,
        header_style="dim",
        expand=expand,
        show_lines=lines,
    )
    for name in names:
        made.add_column(name, overflow="fold")
    for name in figures:
        made.add_column(name, justify="right", no_wrap=True)
    return made


def facts(rows: Iterable[tuple[str, RenderableType]]) -> Table:
    """Names in bold, each with what it is; of rows of one name only the first shows it."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    previous = None
    for name, fact in rows:
        grid.add_row("" if name == previous else name, fact)
        previous = name
    return grid


def strong(text: str) -> Text:
    """A title, or the name of a row, from outside."""
    return Text(visible(text), style="bold")


def section(title: str | Text, *parts: RenderableType) -> RenderableType:
    """Parts under a title, with a blank line above."""
    return Padding(Group(strong(title) if isinstance(title, str) else title, *parts), (1, 0, 0, 0))


def stacked(*parts: RenderableType) -> RenderableType:
    """Parts, one below the other."""
    return Group(*parts)


def legend(lines: Iterable[str], *more: RenderableType) -> RenderableType:
    """Lines in a quiet style, and what else follows, with blank lines around."""
    return Padding(Group(Text("\n".join(lines), style="dim"), *more), (1, 0))


@dataclass(frozen=True, eq=False, repr=False)
class TextReport(JupyterMixin):
    """A report that `render` draws at a width in columns; `str` and `repr` are its text."""

    render: Callable[[int], RenderableType]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.render(max(options.max_width, _LEAST_WIDTH))

    def __str__(self) -> str:
        width = max(shutil.get_terminal_size((_WIDTH, 0)).columns, _LEAST_WIDTH)
        stream = io.StringIO()
        console = Console(
            file=stream,
            width=width,
            highlight=False,
            markup=False,
            emoji=False,
            color_system=None,
            force_terminal=False,  # whatever FORCE_COLOR says, which notebooks set
            force_jupyter=False,  # in a notebook, rich would display the text and write none
        )
        console.print(self)
        return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())

    def __repr__(self) -> str:
        return str(self)
