"""`robustaudit search`: look for failing edits of each example within a number of queries."""

import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from robustaudit.cli.console import console, say, saying, show, show_json
from robustaudit.cli.log_json import both, open_log
from robustaudit.cli.options import (
    LoadingOptions,
    QueriedDataOptions,
    QueriedModelOptions,
    QueryOptions,
    ReadingOptions,
    folder_option,
    grouped,
)
from robustaudit.cli.run import request_of
from robustaudit.cli.supervision import is_supervised
from robustaudit.cli.verify import SweepOptions, SweepOutputOptions, listening_to_queries, with_configuration
from robustaudit.core import spelling


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOutputOptions(SweepOutputOptions):
    """Where a search is stored, and how much of it is printed."""

    output: Annotated[
        Path | None,
        folder_option("The folder of the search.", default="reports/<data>-search-<digest>"),
    ] = None


@grouped
def search(
    *,
    models: QueriedModelOptions,
    loading: LoadingOptions,
    data: QueriedDataOptions,
    reading: ReadingOptions,
    edits: SweepOptions,
    budget: Annotated[
        int,
        typer.Option(
            help="Queries for each example: different texts, the clean one included.", rich_help_panel="Edits"
        ),
    ],
    queries: QueryOptions,
    output: SearchOutputOptions,
) -> None:
    """Search each example for edits that change the prediction, within a number of queries.

    An attack makes as many edits as at_most allows, as in 'qwerty & at_most(2)'; without it, as its draws.
    """
    from robustaudit.api.event_log import RunLog
    from robustaudit.api.searching import carry_out_search
    from robustaudit.api.verifying import check_attacks
    from robustaudit.core.no_pandas import leave_pandas_out

    log = open_log(output.log_json, RunLog)
    said: dict[str, Any] = {}
    for group in (models, loading, data, reading, edits, queries):
        said |= group.said()
    fields, places = with_configuration(said, output, consented=models.trust_models)
    with spelling.spelt(replace(spelling.FLAGS, places=places)):
        check_attacks(fields.get("attacks"))
        request = request_of(fields, gate=None, output=output.output)
        if is_supervised() and request.runs_own_code_alone:
            leave_pandas_out()
        found = carry_out_search(
            request,
            budget,
            listening=lambda: listening_to_queries(output, log),
            announce=both(saying(quiet=output.quiet), log.note if log else None),
            warn=both(say, log.warn if log else None),
        )
    if output.as_json:
        show_json(found.as_json())
    else:
        show(found.table(verbose=output.verbose).render(console().width))
    if log:
        log.finish(found.folder, verdict=None, exit_code=0)
    if not output.quiet:
        say(f"written to {found.folder}")
        say(f"its page: robustaudit report {shlex.quote(str(found.folder))} --open")
