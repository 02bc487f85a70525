"""Reports that show themselves: as text where they are printed, on a console of Rich, in a notebook."""

import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.jupyter import JupyterMixin

_WIDTH = 100  # columns, where there is no terminal
_LEAST_WIDTH = 72


@dataclass(frozen=True, eq=False, repr=False)
class TextReport(JupyterMixin):
    """What `render` makes of a width in columns; `str` and `repr` of it are the text."""

    render: Callable[[int], RenderableType]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.render(max(options.max_width, _LEAST_WIDTH))

    def __str__(self) -> str:
        width = max(shutil.get_terminal_size((_WIDTH, 0)).columns, _LEAST_WIDTH)
        stream = io.StringIO()
        console = Console(file=stream, width=width, highlight=False, markup=False, emoji=False, no_color=True)
        console.print(self)
        return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())

    def __repr__(self) -> str:
        return str(self)
