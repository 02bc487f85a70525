"""What several commands list: rows, as a table for people or as JSON for programs."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from robustaudit.cli.console import show, show_json
from robustaudit.core.display import visible


def show_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool, right: Collection[str] = ()) -> None:
    """Print rows of the same keys as a table, `right` columns on their right side, or as a JSON array."""
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
        case float():
            return f"{value:.3f}"
        case _:
            return visible(str(value))
