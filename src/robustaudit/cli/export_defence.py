"""`robustaudit export-defence`: a chain of defences as a file, for services."""

from pathlib import Path
from typing import Annotated

import typer

from robustaudit.cli.console import say
from robustaudit.cli.options import STANDARD_OUTPUT, file_option
from robustaudit.cli.streams import results


def export_defence(
    defences: Annotated[str, typer.Argument(help="Defences in their order, such as strip,fold,spell.")],
    *,
    output: Annotated[
        Path,
        file_option(
            "The file to write: .py, a module, or .json, its tables; - for a module on standard output.",
            "--output",
            "-o",
        ),
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace the output if it exists.")] = False,
) -> None:
    """Write defences as a Python module of its own, for a service without robustaudit.

    The module has a function `clean(text)`, and says in its head what it needs.
    """
    from robustaudit.api import exporting

    if output == STANDARD_OUTPUT:
        typer.echo(exporting.exported_defence(defences), file=results(), nl=False)
        return
    exporting.export_defence(defences, output=output, force=force)
    say(f"written to {output}")
