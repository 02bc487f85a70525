"""What a pipe of a given width gets of a report."""

import io

from rich.console import Console, RenderableType


def printed(renderable: RenderableType, *, width: int) -> str:
    console = Console(width=width, file=io.StringIO(), markup=False, highlight=False)
    with console.capture() as captured:
        console.print(renderable)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"
