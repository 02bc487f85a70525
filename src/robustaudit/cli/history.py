"""`robustaudit history`: what the runs of a folder found, over time."""

from pathlib import Path
from typing import Annotated

import typer

from robustaudit.cli.console import say, show, show_json, show_markdown


def history(
    folder: Annotated[Path, typer.Argument(help="A folder that holds runs.")] = Path("reports"),
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown tables.")] = False,
) -> None:
    """Show how the drop of each model under each attack went from run to run."""
    from robustaudit.core.errors import UserError
    from robustaudit.reports import history_as_json, markdown_history, render_history
    from robustaudit.runs.history import history_of

    if as_json and as_markdown:
        raise UserError("json and markdown exclude each other: give --json or --markdown")
    found = history_of(folder)
    for message in found.passed_over:
        say(f"passed over: {message}")
    if as_json:
        show_json(history_as_json(found))
    elif as_markdown:
        show_markdown(markdown_history(found))
    else:
        show(render_history(found))
