"""`robustaudit diff`: compare two models over every single edit, and print what newly fails."""

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from robustaudit.cli.console import console, say, saying, show, show_json, show_markdown
from robustaudit.cli.log_json import both, open_log
from robustaudit.cli.options import (
    AsMarkdown,
    LoadingOptions,
    MaxCalls,
    QueriedDataOptions,
    QueryOptions,
    ReadingOptions,
    grouped,
)
from robustaudit.cli.run import request_of
from robustaudit.cli.supervision import is_supervised
from robustaudit.cli.verify import SweepOptions, SweepOutputOptions, listening_to_queries, with_configuration
from robustaudit.core import spelling
from robustaudit.core.errors import UserError

if TYPE_CHECKING:
    from robustaudit.api.event_log import RunLog
    from robustaudit.api.model_difference import Diff

_FAILED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffOutputOptions(SweepOutputOptions):
    """Where the sweep of both models is stored, and how the difference is printed."""

    verbose: Annotated[
        bool, typer.Option("--verbose", help="Print every edit that newly fails or holds.")
    ] = False
    as_markdown: AsMarkdown = False


@grouped
def diff(
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="A model, as in --models of run, or the folder of a sweep.")
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The model or sweep to compare with it.")],
    *,
    loading: LoadingOptions,
    max_calls: MaxCalls = None,
    data: QueriedDataOptions,
    reading: ReadingOptions,
    sweep: SweepOptions,
    max_new_failures: Annotated[
        int | None,
        typer.Option(
            help="Exit with 1 if more edits newly fail, with clean texts that are newly wrong.",
            show_default="no limit",
            rich_help_panel="Gate",
        ),
    ] = None,
    queries: QueryOptions,
    output: DiffOutputOptions,
) -> None:
    """Compare two models over every single edit: which edits newly fail, and which newly hold.

    Exit codes: 0 unless there are more new failures than allowed, else 1.
    """
    from robustaudit.api.event_log import RunLog
    from robustaudit.api.model_difference import checked_limit, is_sweep

    if output.as_json and output.as_markdown:
        raise UserError("--json and --markdown exclude each other: give one of them")
    said: dict[str, Any] = {} if max_calls is None else {"max_calls": max_calls}
    for group in (loading, data, reading, sweep, queries):
        said |= group.said()
    with spelling.spelt(spelling.FLAGS):
        most = checked_limit(max_new_failures)
    log = open_log(output.log_json, RunLog)
    found = _of_sweeps if is_sweep(old) or is_sweep(new) else partial(_of_models, output=output, log=log)
    made = found(old, new, said, most)
    _show(made, output)
    failed = most is not None and not made.passed
    if log:
        folder = made.kept.folder if made.kept else None
        verdict = None if most is None else "failed" if failed else "passed"
        log.finish(folder, verdict=verdict, exit_code=_FAILED if failed else 0)
    if failed:
        raise typer.Exit(_FAILED)


def _of_sweeps(old: str, new: str, said: dict[str, Any], most: int | None) -> "Diff":
    from robustaudit.api.model_difference import diff_of_sweeps

    return diff_of_sweeps(old, new, max_new_failures=most, given=said)


def _of_models(
    old: str,
    new: str,
    said: dict[str, Any],
    most: int | None,
    *,
    output: DiffOutputOptions,
    log: "RunLog | None",
) -> "Diff":
    from robustaudit.api.model_difference import carry_out_diff
    from robustaudit.api.verifying import check_attacks
    from robustaudit.core.no_pandas import leave_pandas_out

    fields, places = with_configuration({**said, "models": [old, new]}, output, consented=False)
    with spelling.spelt(replace(spelling.FLAGS, places=places)):
        check_attacks(fields.get("attacks"))
        request = request_of(fields, gate=None, output=output.output)
        if is_supervised() and request.runs_own_code_alone:
            leave_pandas_out()
        return carry_out_diff(
            request,
            max_new_failures=most,
            listening=lambda: listening_to_queries(output, log),
            announce=both(saying(quiet=output.quiet), log.note if log else None),
            warn=both(say, log.warn if log else None),
        )


def _show(found: "Diff", output: DiffOutputOptions) -> None:
    if output.as_json:
        show_json(found.as_json())
    elif output.as_markdown:
        show_markdown(found.to_markdown())
    else:
        show(found.table(verbose=output.verbose).render(console().width))
    if found.kept and not output.quiet:
        say(f"written to {found.kept.folder}")
