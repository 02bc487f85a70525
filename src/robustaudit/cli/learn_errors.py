"""`robustaudit learn-errors`: an error channel from lists of misspellings."""

from pathlib import Path
from typing import Annotated

import typer

from robustaudit.cli.console import show, show_json
from robustaudit.cli.options import AsJson


def learn_errors(
    corpora: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Lines such as wrong->right, a .csv file of wrong,right, or pairs of sentences.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The file of the channel, such as my_errors.toml.")
    ],
    source: Annotated[
        str | None, typer.Option(help="Where the misspellings are from.", show_default="names of the files")
    ] = None,
    licence: Annotated[str, typer.Option(help="Their licence, kept in the file.")] = "not stated",
    as_json: AsJson = False,
) -> None:
    """Learn from misspellings which errors people make where; the attack human makes such errors."""
    from robustaudit.api.learning_errors import learn_errors as learn
    from robustaudit.reports.error_channel_report import render_errors

    found = learn(corpora, output=output, source=source, licence=licence)
    if as_json:
        show_json(found.as_json())
    else:
        show(render_errors(found.channel.file, found.attack))
