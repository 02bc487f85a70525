"""`robustaudit init`: a configuration to start from, made of a first run."""

from pathlib import Path
from typing import Annotated

import typer

from robustaudit.cli.console import say
from robustaudit.cli.options import a_path
from robustaudit.core.configuration import NAME


def init(
    run: Annotated[
        Path, typer.Argument(help="The folder of a first run, such as reports/tiny-0123456789ab.")
    ],
    output: Annotated[
        Path | None, typer.Option(parser=a_path, metavar="PATH", help="The file.", show_default=NAME)
    ] = None,
) -> None:
    """Write a commented robustaudit.toml whose rules that run keeps, with room; nothing is overwritten."""
    from robustaudit.api.consent import hand_on_consent
    from robustaudit.core.files import write_new
    from robustaudit.reports import starter
    from robustaudit.runs.stored import open_run

    stored = open_run(run)
    result = stored.finished()
    path = output or Path(NAME)
    write_new(path, starter(result).encode())
    hand_on_consent(stored, path)
    say(f"written to {path}: read it, then `robustaudit run --gate`")
