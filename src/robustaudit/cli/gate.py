"""`robustaudit gate`, `init` and `baseline`: the verdict on a run, for people and pipelines."""

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robustaudit.cli.console import in_github_actions, say, show, show_json, show_markdown
from robustaudit.cli.options import (
    STANDARD_OUTPUT,
    AsJson,
    AsMarkdown,
    PublishOptions,
    RunFolder,
    file_option,
    grouped,
    run_or_latest,
)
from robustaudit.cli.streams import notes, results
from robustaudit.core.configuration import NAME
from robustaudit.core.errors import UserError
from robustaudit.core.files import is_file, write_to

if TYPE_CHECKING:
    from robustaudit.gate.verdict import Verdict
    from robustaudit.reports.pipelines import RuleSource
    from robustaudit.runs.result import Result


_OUTPUT_LIMIT = 500_000  # characters; the outputs of a job have room for 1 MiB


def publish(verdict: "Verdict", result: "Result | None", options: PublishOptions) -> None:
    """Publish a verdict on a result, None for a sweep or a search, for pipelines, as the options say."""
    from robustaudit.reports.pipelines import annotations, figures_json, junit
    from robustaudit.reports.sarif import sarif

    _tell_of_older_pages(Path(verdict.run))
    source = _source(verdict)
    if options.junit is not None:
        _write(options.junit, junit(verdict))
    if options.sarif is not None:
        _write(options.sarif, sarif(verdict, source))
    if in_github_actions() if options.annotations is None else options.annotations:
        # The runner reads both streams; results alone belong on the other.
        notes().writelines(f"{line}\n" for line in annotations(verdict, source))
        _summarise(verdict, result)
        set_outputs(run=verdict.run, outcome=verdict.outcome, figures=figures_json(verdict))


def _tell_of_older_pages(run: Path) -> None:
    """Say that reports in the folder of a run do not have the verdict that was just made."""
    from robustaudit.reports.formats import FORMATS

    older = [name for name in ("html", "markdown") if is_file(run / FORMATS[name].file)]
    if older:
        files = " and ".join(str(run / FORMATS[name].file) for name in older)
        formats = [] if older == ["html"] else ["--format", ",".join(older)]
        again = shlex.join(["robustaudit", "report", str(run), *formats])
        say(f"made before this verdict: {files}; `{again}` makes it again")


def _write(path: Path, content: bytes) -> None:
    if path == STANDARD_OUTPUT:
        results().flush()
        results().buffer.write(content)  # the stream's own encoding may be another than the file declares
    else:
        write_to(path, content)


def check_gated(options: PublishOptions) -> None:
    """Refuse options for a verdict without a gate."""
    for name in ("junit", "sarif", "annotations"):
        if getattr(options, name):
            raise UserError(f"--{name} is for a verdict, which is not asked for: give --gate too")


def set_outputs(**outputs: str) -> None:
    """Set outputs of this step of a GitHub workflow; longer ones than it takes are left out."""
    if not (path := os.environ.get("GITHUB_OUTPUT")):
        return
    fitting = {
        name: value for name, value in outputs.items() if value.isprintable() and len(value) < _OUTPUT_LIMIT
    }
    try:
        with Path(path).open("a", encoding="utf-8", errors="surrogateescape") as stream:
            stream.writelines(f"{name}={value}\n" for name, value in fitting.items())
    except OSError as error:
        say(f"the outputs {path!r} cannot be written: {error.strerror or error}")


def _source(verdict: "Verdict") -> "RuleSource":
    from robustaudit.reports.pipelines import RuleSource

    path = Path(verdict.config).absolute()
    root = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).absolute()
    shown = path.relative_to(root) if path.is_relative_to(root) else Path(path.name)
    return RuleSource(shown.as_posix(), path.read_text(encoding="utf-8") if is_file(path) else "")


def _summarise(verdict: "Verdict", result: "Result | None") -> None:
    """Append the verdict and the findings to the step summary, if there is one, within its size limit."""
    from robustaudit.reports.gate_report import markdown_verdict
    from robustaudit.reports.markdown import markdown_findings
    from robustaudit.reports.pipelines import STEP_SUMMARY_LIMIT, truncate

    if not (path := os.environ.get("GITHUB_STEP_SUMMARY")):
        return
    try:
        with Path(path).open("ab") as stream:
            text = "\n".join((markdown_verdict(verdict), *(markdown_findings(result) if result else ())))
            stream.write(truncate(text, STEP_SUMMARY_LIMIT - stream.tell()).encode())
    except OSError as error:
        say(f"the step summary {path!r} cannot be written: {error.strerror or error}")


@grouped
def gate(
    run: RunFolder = None,
    *,
    publishing: PublishOptions,
    models_dir: Annotated[
        Path | None,
        typer.Option(
            help="The folder of trained models that commands to replay counterexamples name.",
            show_default="none: those that such a command finds",
            rich_help_panel="Models",
        ),
    ] = None,
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
) -> None:
    """Check a run, a sweep or a search against the rules of a configuration file.

    Exit codes: 0 passed, 1 a rule failed, 2 usage error, 3 internal error, 4 inconclusive (with
    on_inconclusive = "fail").
    """
    from robustaudit.api.gates import baseline_of, judged, judged_worst_case
    from robustaudit.gate.rules import find_gate
    from robustaudit.reports.notes import label_warnings, label_warnings_markdown
    from robustaudit.runs.manifest import VERDICT
    from robustaudit.runs.stored_run import open_run

    if as_json and as_markdown:
        raise UserError("--json and --markdown exclude each other: give one of them")
    rules = find_gate(publishing.config)
    if run is not None and (of_worst_case := judged_worst_case(run, rules)):
        _show_verdict(of_worst_case, as_json=as_json, as_markdown=as_markdown)
        publish(of_worst_case, None, publishing)
        raise typer.Exit(of_worst_case.exit_code)
    stored = open_run(run_or_latest(run), anew=[VERDICT])
    for damage in stored.passed_over:
        say(f"{damage.path} {damage.what}: it is made anew")
    verdict = judged(stored, rules, baseline_of(rules), models_dir=models_dir, announce=say)
    result = stored.finished()
    for line in label_warnings(result):
        say(line)
    _show_verdict(verdict, as_json=as_json, as_markdown=as_markdown, more=label_warnings_markdown(result))
    publish(verdict, result, publishing)
    raise typer.Exit(verdict.exit_code)


def _show_verdict(verdict: "Verdict", *, as_json: bool, as_markdown: bool, more: str = "") -> None:
    from robustaudit.reports.gate_report import markdown_verdict, render_verdict
    from robustaudit.reports.gate_text import verdict_as_json

    if as_json:
        show_json(verdict_as_json(verdict))
    elif as_markdown:
        show_markdown(markdown_verdict(verdict) + more)
    else:
        show(render_verdict(verdict))


baseline = typer.Typer(no_args_is_help=True)


@baseline.callback()
def _baseline() -> None:
    """Save the figures of a run as the reference for later runs."""


@baseline.command("save")
def save(
    run: RunFolder = None,
    output: Annotated[
        Path | None,
        file_option("The file, - for standard output.", default="robustaudit-baseline.json"),
    ] = None,
) -> None:
    """Write the baseline that `max_regression` compares with; commit it."""
    from robustaudit.gate.baseline import encode_baseline, make_baseline
    from robustaudit.gate.rules import BASELINE
    from robustaudit.runs.stored_run import open_run

    stored = open_run(run_or_latest(run))
    path = output or Path(BASELINE)
    made = make_baseline(stored.finished(), stored.shards)
    content = encode_baseline(made)
    _write(path, content)
    if path != STANDARD_OUTPUT:
        say(f"written to {path}: {len(content):,} bytes; commit it, and set max_regression in [gate]")


def init(
    run: RunFolder = None,
    output: Annotated[
        Path | None,
        file_option("The file, - for standard output.", default=NAME),
    ] = None,
    baseline_file: Annotated[
        Path | None,
        typer.Option(
            "--baseline",
            help="The file that `baseline save` wrote.",
            show_default="robustaudit-baseline.json beside the output, if it is there",
        ),
    ] = None,
) -> None:
    """Write a commented robustaudit.toml with rules that a run passes, with a margin; overwrite nothing."""
    from robustaudit.api.consent import hand_on_consent
    from robustaudit.core.files import write_new
    from robustaudit.gate.baseline import read_baseline
    from robustaudit.gate.rules import BASELINE
    from robustaudit.reports.commands import gate_command
    from robustaudit.reports.starter_config import starter_config as starter
    from robustaudit.reports.starter_config import starter_warnings
    from robustaudit.runs.stored_run import open_run

    stored = open_run(run_or_latest(run))
    result = stored.finished()
    path = output or Path(NAME)
    if baseline_file:
        read_baseline(baseline_file)
    elif is_file(path.parent / BASELINE):
        baseline_file = path.parent / BASELINE
    content = starter(result, Path() if path == STANDARD_OUTPUT else path.parent, baseline=baseline_file)
    if path == STANDARD_OUTPUT:
        results().write(content)
    else:
        write_new(path, content.encode())
    for line in starter_warnings(result, path.parent):
        say(line)
    if path == STANDARD_OUTPUT:
        return
    consented = hand_on_consent(stored, path)
    named = [] if path == Path(NAME) else ["--config", str(path)]
    first = "" if consented or named else "`robustaudit trust` and "
    say(f"written to {path}: read it, then {first}`{gate_command(result, *named)}`")
    if not baseline_file:
        save = shlex.join(["robustaudit", "baseline", "save", str(stored.folder)])
        say(f"to fail new versions that are worse: `{save}`, and take max_regression out of its comment")
