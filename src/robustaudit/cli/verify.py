"""`robustaudit verify`: query models for every single edit, and print which texts none can make fail."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from robustaudit.cli.console import console, say, saying, show, show_json
from robustaudit.cli.log_json import both, open_log
from robustaudit.cli.options import (
    AsJson,
    Group,
    LoadingOptions,
    LogJson,
    QueriedDataOptions,
    QueriedModelOptions,
    QueryOptions,
    Quiet,
    ReadingOptions,
    WordSegmentation,
    complete_attack,
    folder_option,
    grouped,
)
from robustaudit.cli.progress import RunLines, listening
from robustaudit.cli.run import beside, check_found, request_of, sets
from robustaudit.cli.supervision import is_supervised
from robustaudit.core import defaults, spelling
from robustaudit.core.configuration import Configuration, find_configuration, read_configuration

if TYPE_CHECKING:
    from robustaudit.api.event_log import RunLog
    from robustaudit.api.request import Reader
    from robustaudit.api.verifying import Verification
    from robustaudit.gate.verdict import Verdict


NOT_OF_A_SWEEP = ("trials", "rate", "severities", "slices", "baseline_model", "exact", "minimal")
"""Fields of a configuration's [run] that say nothing of a sweep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepOptions(Group):
    """Which edits of which examples are queried."""

    PANEL = "Edits"

    attacks: Annotated[
        list[str] | None,
        typer.Option(
            "--attack",
            "--attacks",
            help="An attack, such as qwerty or 'qwerty & keep(first_letter)'; repeat for more.",
            autocompletion=complete_attack,
        ),
    ] = None
    examples: Annotated[int | None, typer.Option(help="Number of examples.", show_default="200")] = None
    seed: Annotated[
        int | None, typer.Option(help="Seed that examples are drawn by.", show_default=str(defaults.SEED))
    ] = None
    segmentation: Annotated[
        WordSegmentation | None,
        typer.Option(
            help="Word segmentation for scripts without spaces, such as Chinese.",
            show_default=defaults.SEGMENTATION,
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepOutputOptions(Group):
    """Where a sweep is stored, and how much of it is printed."""

    PANEL = "Output"

    output: Annotated[
        Path | None,
        folder_option("The folder of the sweep.", default="reports/<data>-worst-case-<digest>"),
    ] = None
    as_json: AsJson = False
    verbose: Annotated[bool, typer.Option("--verbose", help="Print every example that fails.")] = False
    quiet: Quiet = False
    log_json: LogJson = None
    config: Annotated[
        Path | None,
        typer.Option(
            help="Configuration file.", show_default="robustaudit.toml or pyproject.toml, here or above"
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationOptions(Group):
    """How many edits are made at once, and whether all are queried."""

    PANEL = "Edits"

    edits: Annotated[
        int | None,
        typer.Option(
            help="Query texts of up to this many edits, of the examples that no single edit makes fail.",
            show_default="1",
        ),
    ] = None
    max_texts: Annotated[
        int | None,
        typer.Option(
            help="Query all texts of several edits of an example if they are at most so many, else draws.",
            show_default="10000",
        ),
    ] = None
    all_edits: Annotated[
        bool,
        typer.Option("--all", help="Query every edit, also of examples that fail: then rho is known."),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdOptions(Group):
    """The least that is allowed."""

    PANEL = "Gate"

    min_certified: Annotated[
        float | None, typer.Option(help="Exit with 1 if certified accuracy is below, such as 0.4.")
    ] = None
    min_rho: Annotated[
        float | None,
        typer.Option(help="Exit with 1 if a smaller share of edits holds, such as 0.95; needs --all."),
    ] = None


@grouped
def verify(
    *,
    models: QueriedModelOptions,
    loading: LoadingOptions,
    data: QueriedDataOptions,
    reading: ReadingOptions,
    sweep: SweepOptions,
    verifying: VerificationOptions,
    thresholds: ThresholdOptions,
    queries: QueryOptions,
    output: SweepOutputOptions,
) -> None:
    """Query models for every single edit of an attack: which texts none can make fail."""
    from robustaudit.api.event_log import RunLog
    from robustaudit.api.verifying import IN_FILES, OWN_FIELDS, carry_out_verification, check_attacks
    from robustaudit.core.no_pandas import leave_pandas_out
    from robustaudit.gate.worst_case_checks import least_allowed

    log = open_log(output.log_json, RunLog)
    said: dict[str, Any] = {}
    for group in (models, loading, data, reading, sweep, verifying, thresholds, queries):
        said |= group.said()
    fields, places = with_configuration(
        said, output, consented=models.trust_models, table="verify", readers=IN_FILES
    )
    own = {name: fields.pop(name) for name in OWN_FIELDS if name in fields}
    with spelling.spelt(replace(spelling.FLAGS, places=places)):
        check_attacks(fields.get("attacks"))
        least = least_allowed(
            own.pop("min_certified", None), own.pop("min_rho", None), all_edits=own.get("all_edits", False)
        )
        request = request_of(fields, gate=None, output=output.output)
        if is_supervised() and request.runs_own_code_alone:
            leave_pandas_out()
        found = carry_out_verification(
            request,
            **own,
            listening=lambda: listening_to_queries(output, log),
            announce=both(saying(quiet=output.quiet), log.note if log else None),
            warn=both(say, log.warn if log else None),
        )
    verdict = found.judged(least)
    _show(found, output, verdict)
    if log:
        outcome = verdict.outcome if verdict.checks else None
        log.finish(found.folder, verdict=outcome, exit_code=verdict.exit_code)
    if verdict.exit_code:
        raise typer.Exit(verdict.exit_code)


def with_configuration(
    said: Mapping[str, Any],
    output: SweepOutputOptions,
    *,
    consented: bool,
    table: str = "",
    readers: "Mapping[str, Reader]" = MappingProxyType({}),
) -> tuple[dict[str, Any], dict[str, str]]:
    """The fields of a sweep, those of a configuration file too, and where each of these stands.

    Those of the command's own table, if it has one, come before those of `[run]`.

    Raises:
        UserError: the file cannot be used, or names models that the user has not consented to.
    """
    from robustaudit.api.gates import shortened
    from robustaudit.api.request import table_in

    path = output.config or find_configuration(Path.cwd())
    configuration: Configuration | None = read_configuration(path) if path else None
    if configuration and output.config is None and not consented:
        check_found(configuration, said)
    of_file = {
        name: value for name, value in beside(said, configuration).items() if name not in NOT_OF_A_SWEEP
    }
    of_table = table_in(configuration, table, readers) if configuration and table else {}
    of_table = {name: value for name, value in of_table.items() if name not in said}
    of_file |= of_table
    if configuration and not output.quiet:
        say(f"configuration {shortened(configuration.path)}{sets(of_file)}")
    places = {}
    if configuration:
        where = {name: configuration.where(table if name in of_table else "run") for name in of_file}
        places = {name: f"{name} in {place}" for name, place in where.items()}
    return of_file | dict(said), places


def listening_to_queries(output: SweepOutputOptions, log: "RunLog | None") -> Any:  # noqa: ANN401  (a context manager of a listener)
    """Progress over the texts to query, unless `quiet`; and the log, if any."""
    from robustaudit.api.progress import RunBar

    return listening(quiet=output.quiet, bar=RunBar, lines=RunLines(), log=log)


def _show(found: "Verification", output: SweepOutputOptions, verdict: "Verdict") -> None:
    if output.as_json:
        from robustaudit.reports.gate_text import verdict_as_json

        show_json(found.as_json() | ({"gate": verdict_as_json(verdict)} if verdict.checks else {}))
    else:
        from robustaudit.reports.gate_report import render_verdict

        show(found.table(verbose=output.verbose).render(console().width))
        if verdict.checks:
            show(render_verdict(verdict))
    if not output.quiet:
        say(f"written to {found.folder}")
        say(f"texts with their costliest edits: robustaudit report {shlex.quote(str(found.folder))} --open")
