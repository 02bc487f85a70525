"""`robustaudit models describe`: the modules of a network, and their parameters."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

from robustaudit.cli.console import say, show, show_json

if TYPE_CHECKING:
    from robustaudit.models.describe import ModuleRow


def describe(
    model: Annotated[str, typer.Argument(help="A setting, such as 4.")],
    preset: Annotated[str, typer.Option(help="A preset that ships, or a .toml file.")] = "compact",
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="A number of the preset, such as lstm.model.hidden=64; again for more."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """Show every module of a setting's network, with its parameters trained and frozen."""
    from robustaudit.core.extras import extra
    from robustaudit.core.hub import network
    from robustaudit.training.preset import load_preset

    chosen = load_preset(preset, changes=changes or ())
    with extra("models"):
        from robustaudit.training.foundation import outline
    with network(allowed=True, announce=say):
        rows = outline(model, preset=chosen)
    if as_json:
        show_json([asdict(row) for row in rows])
    else:
        show(_table(rows))


def _table(rows: "tuple[ModuleRow, ...]") -> Table:
    """The modules as they lie within each other, and the whole network as the last row."""
    whole, *within = rows
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="dim", show_footer=True)
    table.add_column("module", footer="total", overflow="fold")
    table.add_column("type", footer=whole.kind)
    for name in ("parameters", "trained", "frozen"):
        table.add_column(name, footer=f"{getattr(whole, name):,}", justify="right")
    for row in within:
        last = row.name.rpartition(".")[2]
        numbers = (row.parameters, row.trained, row.frozen)
        table.add_row("  " * (row.depth - 1) + last, row.kind, *(f"{number:,}" for number in numbers))
    return table
