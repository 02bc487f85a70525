"""`robustaudit compare`: what two audited models differ by."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from robustaudit.cli.console import say, show, show_json
from robustaudit.cli.options import split_names


def compare(
    runs: Annotated[list[Path], typer.Argument(help="The folder of a run, or of two.")],
    models: Annotated[
        str | None,
        typer.Option(
            help="Two models, such as 1,4: of one run, or one of each.",
            show_default="those that both runs have",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """Compare two audited models: how much more accuracy the second loses, attack by attack."""
    from robustaudit.core.errors import UserError
    from robustaudit.reports import label_doubts, render_contrasts
    from robustaudit.runs.comparison import compare as contrasts_of
    from robustaudit.runs.stored import read_run, sides

    if len(runs) > 2:  # noqa: PLR2004
        raise UserError(f"compare takes one run or two, got {len(runs)}")
    stored = [read_run(folder) for folder in dict.fromkeys(runs)]
    pairs = sides(stored, None if models is None else split_names("models", models))
    contrasts = contrasts_of(pairs)
    for each in stored:
        for line in label_doubts(each.result):
            say(f"run {str(each.folder)!r}: {line}")
    if as_json:
        show_json([asdict(contrast) for contrast in contrasts])
    else:
        show(render_contrasts(pairs, contrasts))
