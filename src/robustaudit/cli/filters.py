"""`robustaudit filter`: a finished run read as that of a filter, such as of toxic texts."""

from typing import Annotated

import typer

from robustaudit.cli.console import show, show_json, show_markdown
from robustaudit.cli.options import AsJson, AsMarkdown, RunFolder, run_or_latest
from robustaudit.core.errors import UserError


def filter_(
    run: RunFolder = None,
    positive: Annotated[
        str, typer.Option(help="The class that is to be caught, such as toxic.", show_default=False)
    ] = "",
    fpr: Annotated[
        float | None,
        typer.Option(
            help="The share of clean negatives that may be taken for positive, such as 0.01.",
            show_default="the model decides",
        ),
    ] = None,
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
) -> None:
    """Read a run as that of a filter: what gets through under each attack, and its false alarms."""
    from robustaudit.reports.filter_report import markdown_filter, render_filter
    from robustaudit.reports.layout import TextReport
    from robustaudit.runs.filter_audit import audit_filter
    from robustaudit.runs.stored_run import open_run

    if as_json and as_markdown:
        raise UserError("--json and --markdown exclude each other: give one of them")
    if not positive:
        raise UserError("a filter needs the class that is to be caught, such as --positive toxic")
    found = audit_filter(open_run(run_or_latest(run)), positive, fpr)
    if as_json:
        show_json(found.as_json())
    elif as_markdown:
        show_markdown(markdown_filter(found))
    else:
        show(TextReport(lambda width: render_filter(found, width=width)))
