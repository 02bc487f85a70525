"""`robustaudit run`: audit models and print what was found."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from robustaudit.cli.console import console, in_github_actions, say, saying, show, show_json
from robustaudit.cli.gate import check_gated, publish, set_outputs
from robustaudit.cli.log_json import both, open_log
from robustaudit.cli.options import (
    ALPHA,
    AsJson,
    Group,
    LoadingOptions,
    LogJson,
    PublishOptions,
    QueriedDataOptions,
    QueriedModelOptions,
    QueryOptions,
    Quiet,
    ReadingOptions,
    StrengthOptions,
    complete_attack,
    folder_option,
    grouped,
)
from robustaudit.cli.progress import RunLines, listening
from robustaudit.cli.supervision import is_supervised
from robustaudit.core import defaults, spelling
from robustaudit.core.configuration import Configuration, find_configuration, read_configuration
from robustaudit.core.errors import UserError

if TYPE_CHECKING:
    from robustaudit.api.event_log import RunLog
    from robustaudit.api.outcome import Audit
    from robustaudit.api.request import AuditRequest
    from robustaudit.datasets import Dataset
    from robustaudit.gate.rules import GateConfig
    from robustaudit.gate.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions(QueriedModelOptions):
    """The models to audit."""

    baseline_model: Annotated[
        str | None,
        typer.Option(help="One of --models, whose errors the others' are divided by (relative error)."),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataOptions(QueriedDataOptions):
    """The data to audit on."""

    slices: Annotated[
        list[str] | None,
        typer.Option(
            "--slice", "--slices", help="A column of the data to report results by; repeat for more."
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialOptions(Group):
    """Trials, and the sequential test."""

    PANEL = "Statistics"

    trials: Annotated[
        int | None,
        typer.Option(
            help="Number of trials per model and attack.",
            show_default="as many as take half a minute, or one an example with --until-decided",
        ),
    ] = None
    examples: Annotated[
        int | None, typer.Option(help="Number of examples.", show_default="as many as trials")
    ] = None
    seed: Annotated[int | None, typer.Option(help="Random seed.", show_default=str(defaults.SEED))] = None
    until_decided: Annotated[
        bool,
        typer.Option(
            "--until-decided",
            help="Sequential test: stop early once each drop is known to be above or below --max-drop.",
        ),
    ] = False
    max_drop: Annotated[
        float | None, typer.Option(help="Threshold of --until-decided, such as 0.05 for 5 percentage points.")
    ] = None
    alpha: Annotated[
        float | None,
        typer.Option(help=ALPHA, show_default="0.05"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceOptions(QueryOptions):
    """How models are queried, and in which form."""

    shards: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="An address, such as s3://BUCKET/PATH, for finished units too; those there are taken over.",
        ),
    ] = None
    exact: Annotated[
        bool,
        typer.Option("--exact", help="Compute in single precision (fp32), even where bf16 is faster."),
    ] = False
    minimal: Annotated[
        Literal["none", "some", "all"] | None,
        typer.Option(
            help="Failing trials whose fewest edits that fail are sought; some: with up to 4% more texts.",
            show_default="some, none for models behind an address",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputOptions(Group):
    """Where the result is stored, and how much of it is printed."""

    PANEL = "Output"

    output: Annotated[
        Path | None,
        folder_option("The run's folder.", default="reports/<data>-<digest>"),
    ] = None
    as_json: AsJson = False
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Print all measures, worst-of-k accuracy and slices too.")
    ] = False
    brief: Annotated[bool, typer.Option("--brief", help="Print one table of all drops, no examples.")] = False
    quiet: Quiet = False
    log_json: LogJson = None


@grouped
def run(
    *,
    models: ModelOptions,
    loading: LoadingOptions,
    data: DataOptions,
    reading: ReadingOptions,
    attacks: Annotated[
        list[str] | None,
        typer.Option(
            "--attack",
            "--attacks",
            help="An attack, such as qwerty or 'homoglyph,qwerty'; repeat for more.",
            show_default="nine",
            rich_help_panel="Attacks",
            autocompletion=complete_attack,
        ),
    ] = None,
    strength: StrengthOptions,
    trials: TrialOptions,
    gated: Annotated[
        bool,
        typer.Option(
            "--gate", help="Check the run against the configuration's rules.", rich_help_panel="Gate"
        ),
    ] = False,
    publishing: PublishOptions,
    inference: InferenceOptions,
    output: OutputOptions,
) -> None:
    """Audit models on perturbed texts and print how much accuracy drops."""
    from robustaudit.api.auditing import carry_out
    from robustaudit.api.event_log import RunLog
    from robustaudit.api.gates import shortened
    from robustaudit.api.progress import RunBar
    from robustaudit.core.no_pandas import leave_pandas_out
    from robustaudit.gate.rules import find_gate

    log = open_log(output.log_json, RunLog)
    if output.brief and output.verbose:
        raise UserError("--brief and --verbose exclude each other: give one of them")
    if not gated:
        check_gated(publishing)
    said: dict[str, Any] = {"attacks": attacks} if attacks else {}
    for group in (models, loading, data, reading, strength, trials, inference):
        said |= group.said()
    path = publishing.config or find_configuration(Path.cwd())
    configuration = read_configuration(path) if path else None
    if configuration and publishing.config is None and not models.trust_models:
        check_found(configuration, said)
    of_file = beside(said, configuration)
    if configuration and not output.quiet:
        say(f"configuration {shortened(configuration.path)}{sets(of_file)}")
    gate = find_gate(path) if gated else None
    places = {name: f"{name} in {configuration.where('run')}" for name in of_file} if configuration else {}
    with spelling.spelt(replace(spelling.FLAGS, places=places)):
        request = request_of(of_file | said, gate=gate, output=output.output)
        if is_supervised() and request.runs_own_code_alone:
            leave_pandas_out()
        found = carry_out(
            request,
            listening=lambda: listening(quiet=output.quiet, bar=RunBar, lines=RunLines(), log=log),
            announce=both(saying(quiet=output.quiet), log.note if log else None),
            warn=both(say, log.warn if log else None),
        )
    _show(found, output)
    if code := _publish(found, publishing, log):
        raise typer.Exit(code)


def _publish(found: "Audit", publishing: PublishOptions, log: "RunLog | None") -> int:
    """Publish the verdict, if there is one, for pipelines, and end the log; the exit code."""
    verdict = None if found.judgement is None else found.judgement.verdict
    if verdict:
        publish(verdict, found.result, publishing)
    elif in_github_actions():
        set_outputs(run=str(found.folder))
    code = verdict.exit_code if verdict else 0
    if log:
        log.finish(found.folder, verdict=verdict.outcome if verdict else None, exit_code=code)
    return code


def check_found(configuration: Configuration, said: Mapping[str, Any]) -> None:
    """Refuse models named by a configuration that was found, not given, unless the user consents."""
    from robustaudit.api.consent import Found, check_consent

    table = configuration.tables.get("run", {})
    if "models" in table and "models" not in said:
        check_consent(Found.configuration(configuration.path, table))


def sets(fields: Mapping[str, Any]) -> str:
    """The fields that a configuration sets for this run, numbers with their values."""
    named = [f"{name} {value:g}" if type(value) in (int, float) else name for name, value in fields.items()]
    return f": sets {', '.join(named)}" if named else ""


def beside(said: Mapping[str, Any], configuration: Configuration | None) -> dict[str, Any]:
    """The fields of the configuration that the command line leaves open and does not exclude."""
    from robustaudit.api.request import fields_in
    from robustaudit.datasets import BUILT_IN, READERS

    excluded: set[str] = set()
    if "text" in said:
        excluded |= {"data", "examples", *READERS}
    if said.get("data") in BUILT_IN:
        excluded |= {*READERS}
    if "rate" in said:
        excluded.add("severities")
    if "severities" in said:
        excluded.add("rate")
    if said.get("executor") == "local":
        excluded |= {"actor_cpus", "actor_gpus"}
    kept = fields_in(configuration) if configuration else {}
    return {name: value for name, value in kept.items() if name not in excluded | said.keys()}


def request_of(fields: dict[str, Any], *, gate: "GateConfig | None", output: Path | None) -> "AuditRequest":
    """The request of those fields, whose data may be a single text.

    Raises:
        UserError: a value cannot be used.
    """
    from robustaudit.api.request import RUNS, AuditRequest
    from robustaudit.runs.guard import load_limit_or_default

    fields.pop("trust_models", None)
    fields["load_limit"] = load_limit_or_default(fields.get("load_limit"))
    models, data = fields.pop("models", None), fields.pop("data", None)
    text, label = fields.pop("text", None), fields.pop("label", None)
    if text is not None:
        data = _single(text, label, data, fields)
    elif label is not None:
        raise UserError(f"--label is for --text, which is missing: got {label}")
    return AuditRequest.of(models, data, gate=gate, output=output, output_parent=RUNS, **fields)


def _single(text: str, label: str | None, data: str | None, fields: dict[str, Any]) -> "Dataset":
    """The data set of a single text; of the read options, only the label map applies."""
    from robustaudit.datasets import READERS, ReadOptions, single

    if data is not None:
        raise UserError("--text and --data exclude each other: give one of them")
    classes = ReadOptions.parse(label_map=fields.pop("label_map", None)).label_map
    if others := [name for name in READERS if name in fields]:
        raise UserError(f"{spelling.named(others[0])} is for --data, not for --text")
    if label is None:
        raise UserError("--text needs its true label: give --label, such as --label 1 or --label positive")
    return single(text, label, classes)


def _show(found: "Audit", output: OutputOptions) -> None:
    """Print the result, its location and, without a gate, the next steps."""
    from robustaudit.reports.next_steps import next_steps

    result = found.result
    verdict = None if found.judgement is None else found.judgement.verdict
    if output.as_json:
        show_json(result.as_json() | (_verdict_as_json(verdict) if verdict else {}))
    else:
        from robustaudit.reports.terminal import render

        show(render(result, width=console().width, verbose=output.verbose, brief=output.brief))
        if verdict:
            _show_verdict(verdict)
    if skipped := sum(row.skipped for row in result.rows):
        say(f"{skipped:,} trials were skipped, as a model gave no prediction: see column error of the shards")
    if not output.quiet:
        say(f"written to {found.folder}")
        for line in () if verdict else next_steps(result, found.folder):
            say(line)


def _show_verdict(verdict: "Verdict") -> None:
    from robustaudit.reports.gate_report import render_verdict

    show(render_verdict(verdict, outcome_last=True))


def _verdict_as_json(verdict: "Verdict") -> dict[str, Any]:
    from robustaudit.reports.gate_text import verdict_as_json

    return {"gate": verdict_as_json(verdict)}
