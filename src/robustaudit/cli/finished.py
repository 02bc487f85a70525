"""The commands that read finished runs: `report`, `compare`, `history`, `replay` and `check`."""

import shlex
import webbrowser
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robustaudit.cli.console import say, show, show_json, show_lines, show_markdown
from robustaudit.cli.options import (
    AsJson,
    AsMarkdown,
    LoadingOptions,
    RunFolder,
    TrustModels,
    folder_option,
    grouped,
    run_or_latest,
    split_names,
)
from robustaudit.core.errors import UserError
from robustaudit.core.hub import network_access

if TYPE_CHECKING:
    from robustaudit.runs.history import RunHistory


def report(
    run: RunFolder = None,
    formats: Annotated[
        str,
        typer.Option(
            "--format", help="html, markdown, json, figures, csv, parquet, junit, sarif: one or several."
        ),
    ] = "html",
    output: Annotated[
        Path | None,
        folder_option("The folder to write to.", default="the run's own"),
    ] = None,
    plots: Annotated[bool, typer.Option("--plots", help="Also write plots as PNG and SVG.")] = False,
    opened: Annotated[bool, typer.Option("--open", help="Open the HTML page in the browser.")] = False,
) -> None:
    """Write reports of a finished run: an HTML page that opens offline, and files for other programs.

    Of a sweep (robustaudit verify) and a search they are html and json, of a repair markdown too.
    """
    from robustaudit.core.validation import check_known
    from robustaudit.gate.verdict import read_verdict
    from robustaudit.reports.formats import FORMATS
    from robustaudit.reports.plots.run_plots import write_plots
    from robustaudit.reports.report import Report
    from robustaudit.runs.stored_run import open_run

    chosen = [check_known("format", name, FORMATS) for name in split_names("format", formats)]
    if opened and "html" not in chosen:
        raise UserError(f"--open is for the HTML page: add html to --format, got {formats}")
    run = run_or_latest(run)
    folder = output or run
    address = (folder / FORMATS["html"].file).absolute().as_uri()
    if special := _special_files(run, chosen, plots=plots):
        _write(folder, special)
        _open_page(address, opened=opened)
        return
    stored = open_run(run)
    made = Report(run=stored, result=stored.finished(), verdict=read_verdict(stored))
    left_out = [name for name in chosen if FORMATS[name].needs_verdict and made.verdict is None]
    no_verdict = f"run {str(run)!r} has no verdict, which `robustaudit gate {shlex.quote(str(run))}` makes"
    if left_out == chosen:
        raise UserError(f"{', '.join(left_out)} cannot be written: {no_verdict}")
    _write(folder, {FORMATS[name].file: FORMATS[name].write(made) for name in chosen if name not in left_out})
    if left_out:
        say(f"left out: {', '.join(left_out)}, as {no_verdict}")
    for path in write_plots(made.result, folder / "plots") if plots else ():
        say(f"written to {path}")
    _open_page(address, opened=opened)


def _special_files(folder: Path, formats: Sequence[str], *, plots: bool) -> Mapping[str, bytes]:
    """The reports of a sweep, a search or a repair, by their names; empty of a run."""
    from robustaudit.repairs.stored_repair import open_repair
    from robustaudit.reports.formats import repair_files, search_files, sweep_files
    from robustaudit.worst_case.search_result import open_search
    from robustaudit.worst_case.stored_sweep import open_sweep

    kind = kind_of_folder(folder)
    if kind and plots:
        raise UserError(f"--plots is for runs, and {str(folder)!r} is a {kind}: leave it out")
    match kind:
        case "sweep":
            return sweep_files(open_sweep(folder), formats)
        case "search":
            return search_files(open_search(folder), formats)
        case "repair":
            return repair_files(open_repair(folder), formats)
    return {}


def kind_of_folder(folder: Path) -> str:
    """What a folder holds other than a run: a sweep, a search or a repair; empty of none of these."""
    from robustaudit.repairs.repair_record import holds_repair
    from robustaudit.worst_case.search_result import holds_search
    from robustaudit.worst_case.stored_sweep import holds_sweep

    kinds = {"sweep": holds_sweep, "search": holds_search, "repair": holds_repair}
    return next((kind for kind, holds in kinds.items() if holds(folder)), "")


def _write(folder: Path, files: Mapping[str, bytes | Iterator[bytes]]) -> None:
    from robustaudit.core.files import check_writable, write_atomically

    check_writable(folder)
    for name, content in files.items():
        write_atomically(folder / name, content)
        say(f"written to {folder / name}")


def _open_page(address: str, *, opened: bool) -> None:
    if opened and not webbrowser.open(address):
        say(f"no browser was found: open the page yourself, {address}")


def compare(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(help="The folders of one or two runs.", show_default="the latest in reports"),
    ] = None,
    models: Annotated[
        str | None,
        typer.Option(
            help="Two models, such as 1,4, of one run or one of each.",
            show_default="models that both runs have",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare two audited models, attack by attack: how much more accuracy the second loses."""
    from robustaudit.reports.comparison_report import render_contrasts
    from robustaudit.reports.notes import label_warnings
    from robustaudit.runs.comparison import compare as contrasts_of
    from robustaudit.runs.stored_run import models_to_compare, read_run

    runs = runs or [run_or_latest(None)]
    if len(runs) > 2:  # noqa: PLR2004
        raise UserError(f"compare takes one run or two, got {len(runs)}")
    stored = [read_run(folder) for folder in {each.resolve(): each for each in runs}.values()]
    pairs = models_to_compare(stored, None if models is None else split_names("models", models))
    contrasts = contrasts_of(pairs)
    for each in stored:
        for line in label_warnings(each.result):
            say(f"run {str(each.folder)!r}: {line}")
    if as_json:
        show_json([asdict(contrast) for contrast in contrasts])
    else:
        show(render_contrasts(pairs, contrasts))


def history(
    folder: Annotated[Path, typer.Argument(help="The folder of the runs.")] = Path("reports"),
    formats: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="html, markdown, json: write history.html and the like instead of printing; one or several.",
            show_default="printed",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        folder_option("The folder to write to.", default="that of the runs"),
    ] = None,
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
) -> None:
    """Show how the drop of each model under each attack changed from run to run.

    The HTML page lists all runs, to filter, sort and open.
    """
    from robustaudit.reports.stored_runs import history_as_json, markdown_history, render_history
    from robustaudit.runs.history import history_of

    chosen = _history_formats(formats, output)
    if (as_json, as_markdown, bool(chosen)).count(True) > 1:
        raise UserError("--json, --markdown and --format exclude each other: give one of them")
    found = history_of(folder)
    for run in found.unread:
        say(f"skipped: {run.reason}")
    if chosen:
        _write_history(found, folder, output or folder, chosen)
    elif as_json:
        show_json(history_as_json(found))
    elif as_markdown:
        show_markdown(markdown_history(found))
    else:
        show(render_history(found))


_HISTORY_FILES = {"html": "history.html", "markdown": "history.md", "json": "history.json"}


def _history_formats(formats: str | None, output: Path | None) -> list[str]:
    """The formats to write; a folder to write to alone means the page."""
    from robustaudit.core.validation import check_known

    if formats is None:
        return [] if output is None else ["html"]
    return [check_known("format", name, _HISTORY_FILES) for name in split_names("format", formats)]


def _write_history(history: "RunHistory", folder: Path, output: Path, formats: list[str]) -> None:
    from robustaudit.core.documents import to_pretty_json
    from robustaudit.core.files import check_writable, write_atomically
    from robustaudit.reports.page.run_browser import browser_page
    from robustaudit.reports.stored_runs import history_as_json, markdown_history

    check_writable(output)
    writers = {
        "html": lambda: browser_page(history, folder=folder, at=output),
        "markdown": lambda: markdown_history(history).encode(),
        "json": lambda: to_pretty_json(history_as_json(history)),
    }
    for name in formats:
        write_atomically(output / _HISTORY_FILES[name], writers[name]())
        say(f"written to {output / _HISTORY_FILES[name]}")


_DIFFERS = 1


@grouped
def replay(
    run: Annotated[
        str,
        typer.Argument(
            metavar="[RUN]",
            help="The folder of a run, such as reports/tiny-0123456789ab; without it, the latest in reports.",
        ),
    ],
    trial: Annotated[
        int | None,
        typer.Argument(metavar="TRIAL", help="The number of the trial, from 0 on.", show_default=False),
    ] = None,
    *,
    model: Annotated[str | None, typer.Option(help="Only this model.", show_default="all")] = None,
    attack: Annotated[str | None, typer.Option(help="Only this attack.", show_default="all")] = None,
    no_model: Annotated[
        bool, typer.Option("--no-model", help="Redraw the text only; query no model.")
    ] = False,
    loading: LoadingOptions,
    trust_models: TrustModels = False,
    as_json: AsJson = False,
) -> None:
    """Repeat one trial from its seed, attack, example and draw, and compare it with the stored one."""
    from robustaudit.api.consent import check_replayed
    from robustaudit.api.models import models_folder, models_of_run, trusted
    from robustaudit.reports.trial_report import render_replay, replay_as_json
    from robustaudit.runs.guard import load_limit_or_default
    from robustaudit.runs.planned_labels import relabel_as_in_plan
    from robustaudit.runs.replay import changes_since, predict_again, redraw_trial
    from robustaudit.runs.stored_run import open_run

    limit = load_limit_or_default(loading.load_limit)
    folder, trial = _of_run(run, trial)
    stored = open_run(folder)
    if stored.result is None:
        say(f"run {str(folder)!r} is not finished: a trial of its first part is redone")
    found = redraw_trial(stored, trial, model=model, attack=attack)
    names = [] if no_model else list(dict.fromkeys(pair.model for each in found for pair in each.predictions))
    sources = []
    if not trust_models:
        check_replayed(stored, names, given=model)
    if names:
        sources = models_of_run(
            stored.plan,
            names,
            folder=models_folder(loading.models_dir),
            trust=trusted(loading.trust or (), pickle=loading.trust_pickle, announce=say),
            load_limit=limit,
        )
        sources = [relabel_as_in_plan(stored.plan, source) for source in sources]
    changes = changes_since(stored, found, sources)
    if sources:
        with network_access(allowed=False, announce=say):
            retests = stored.result.retests if stored.result else ()
            found = tuple(
                predict_again(each, sources, retests=retests, forms=stored.forms, load_limit=limit)
                for each in found
            )
    if as_json:
        show_json(replay_as_json(found, changes, stored.planned.classes))
    else:
        show(render_replay(found, changes, stored.planned.classes))
    if not all(each.same for each in found):
        raise typer.Exit(_DIFFERS)


def _of_run(run: str, trial: int | None) -> tuple[Path, int]:
    """The run and the number of a trial; a number alone is of the latest run."""
    if trial is not None:
        return Path(run), trial
    try:
        number = int(run)
    except ValueError as error:
        raise UserError(
            f"replay needs the number of a trial, such as `robustaudit replay {shlex.quote(run)} 0`"
        ) from error
    return run_or_latest(None), number


_NOT_WHOLE = 1


_CHECKED_BY = {"sweep": "verify", "search": "search"}
"""The command that checks such a folder."""


def refuse_others(command: str, folder: Path) -> None:
    """Say that a command is for runs, and what checks a sweep or a search.

    Raises:
        UserError: the folder holds a sweep or a search.
    """
    if (kind := kind_of_folder(folder)) in _CHECKED_BY:
        made_by = _CHECKED_BY[kind]
        raise UserError(
            f"{command} is for runs, and {str(folder)!r} is a {kind}: its robustaudit {made_by} command, "
            "started again, checks its files and does what is missing or damaged"
        )


def check(
    run: RunFolder = None,
    as_json: AsJson = False,
) -> None:
    """Check whether a run is complete and its files are intact, and say how to repair it.

    Exit codes: 0 finished and intact, 1 not, 2 no run.
    """
    from robustaudit.gate.run_health import check_run
    from robustaudit.reports.stored_runs import health_lines

    folder = run_or_latest(run)
    refuse_others("check", folder)
    found = check_run(folder)
    if as_json:
        show_json(found.as_json())
    else:
        show_lines(health_lines(found))
    if not found.is_intact:
        raise typer.Exit(_NOT_WHOLE)
