"""`robustaudit repair`: try what would repair a model of a finished run, and print what helps and harms."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from robustaudit.cli.console import console, say, saying, show, show_json, show_markdown
from robustaudit.cli.options import (
    AsJson,
    AsMarkdown,
    Group,
    LoadingOptions,
    MaxCalls,
    Offline,
    Quiet,
    RunFolder,
    TrustModels,
    complete_attack,
    folder_option,
    grouped,
    run_or_latest,
)
from robustaudit.cli.progress import RunLines, listening
from robustaudit.core import defaults
from robustaudit.core.errors import UserError

if TYPE_CHECKING:
    from robustaudit.api.repairing import Repair


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairOptions(Group):
    """What is tried."""

    PANEL = "Repair"

    model: Annotated[
        str | None,
        typer.Option(help="The model of the run to repair.", show_default="the only one of the run"),
    ] = None
    defences: Annotated[
        str | None,
        typer.Option(
            help="Defences to try, in an order that decides where the data do not: strip,fold,spell.",
            show_default="all that have a name",
        ),
    ] = None
    hardened: Annotated[
        str | None, typer.Option(help="A model that was trained on perturbed texts, as in --models of run.")
    ] = None
    max_clean_cost: Annotated[
        float | None,
        typer.Option(help="The most that a chain may cost of the clean accuracy.", show_default="0.01"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgingOptions(Group):
    """What candidates are judged on."""

    PANEL = "Judging"

    hold_out: Annotated[
        list[str] | None,
        typer.Option(
            help="An attack that the chain is not chosen on; repeat for more.",
            show_default="six of other kinds",
            autocompletion=complete_attack,
        ),
    ] = None
    examples: Annotated[
        int | None,
        typer.Option(help="Number of examples of both halves.", show_default="that of the run"),
    ] = None
    worst_case: Annotated[
        list[str] | None,
        typer.Option(
            help="An attack of which every single edit is queried, and that is searched; repeat for more.",
            show_default="those of the run with few enough edits",
            autocompletion=complete_attack,
        ),
    ] = None
    worst_examples: Annotated[
        int | None,
        typer.Option(help="Number of examples for that; 0 for none.", show_default="40"),
    ] = None
    budget: Annotated[
        int | None,
        typer.Option(help="Queries of the search for each example; 0 for none.", show_default="50"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairQueryOptions(Group):
    """How models are queried."""

    PANEL = "Execution"

    batch_size: Annotated[
        int | None,
        typer.Option(
            help="Inference batch size.", show_default=f"{defaults.BATCH_SIZE}, or what suits a model"
        ),
    ] = None
    jobs: Annotated[
        int | None,
        typer.Option(
            help="Worker processes, each with its own models.", show_default="as many as pay for their start"
        ),
    ] = None
    on_error: Annotated[
        Literal["stop", "skip"] | None,
        typer.Option(help="What to do with texts without a prediction.", show_default="stop"),
    ] = None
    time_limit: Annotated[
        float | None, typer.Option(help="Maximum seconds for one call of a model.", show_default="none")
    ] = None
    offline: Offline = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairOutputOptions(Group):
    """Where a repair is stored, and how much of it is printed."""

    PANEL = "Output"

    output: Annotated[
        Path | None,
        folder_option("The folder of the repair.", default="reports/<data>-repair-<digest>"),
    ] = None
    as_json: AsJson = False
    as_markdown: AsMarkdown = False
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Print the gain of every candidate under every attack.")
    ] = False
    quiet: Quiet = False


@grouped
def repair(
    run: RunFolder = None,
    *,
    repairing: RepairOptions,
    judging: JudgingOptions,
    loading: LoadingOptions,
    max_calls: MaxCalls = None,
    trust_models: TrustModels = False,
    queries: RepairQueryOptions,
    output: RepairOutputOptions,
) -> None:
    """Try what would repair a model of a run, and rank it: defences, their best chain, hardening.

    One half of the examples chooses the chain, the other judges.
    """
    from robustaudit.api.progress import RunBar
    from robustaudit.api.repair_request import RepairRequest
    from robustaudit.api.repairing import carry_out_repair
    from robustaudit.runs.guard import load_limit_or_default

    if output.as_json and output.as_markdown:
        raise UserError("--json and --markdown exclude each other: give one of them")
    said: dict[str, Any] = {"max_calls": max_calls, "trust_models": trust_models}
    for group in (repairing, judging, loading, queries):
        said |= group.said()
    said["load_limit"] = load_limit_or_default(said.get("load_limit"))
    request = RepairRequest.of(run_or_latest(run), output=output.output, **said)
    found = carry_out_repair(
        request,
        listening=lambda: listening(quiet=output.quiet, bar=RunBar, lines=RunLines()),
        announce=saying(quiet=output.quiet),
        warn=say,
    )
    _show(found, output)


def _show(found: "Repair", output: RepairOutputOptions) -> None:
    if output.as_json:
        show_json(found.as_json())
    elif output.as_markdown:
        show_markdown(found.to_markdown())
    else:
        show(found.table(verbose=output.verbose).render(console().width))
    if not output.quiet:
        for line in _next_lines(found):
            say(line)


def _next_lines(found: "Repair") -> Iterator[str]:
    from robustaudit.reports.repair_report import next_repair_steps

    yield f"written to {found.folder}"
    yield f"open the report page: robustaudit report {shlex.quote(str(found.folder))} --open"
    yield from next_repair_steps(found.stored)
