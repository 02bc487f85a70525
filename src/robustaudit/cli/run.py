"""`robustaudit run`: audit models and print what was found."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robustaudit.cli.configured import RunConfig
from robustaudit.cli.console import console, say, saying, show, show_json
from robustaudit.cli.gate import baseline_of, judged
from robustaudit.cli.options import (
    DATA,
    LabelColumn,
    LabelMap,
    MaxExamples,
    Rate,
    SegmentationOption,
    TextColumn,
    baseline,
    check_rate_or_severity,
    models_folder,
    split_levels,
    split_names,
)
from robustaudit.cli.progress import RunBar, RunLines, listening
from robustaudit.core import defaults
from robustaudit.core.errors import Unreachable, UserError
from robustaudit.core.hub import network
from robustaudit.core.validation import check_at_least

if TYPE_CHECKING:
    from robustaudit.attacks import NamedAttack
    from robustaudit.datasets import Dataset, Reading

_DEFAULT_DATA = "reviews"


def run(
    models: Annotated[str, typer.Option(help="Models to audit, such as 1,4,7.")] = "1,4,7",
    trials: Annotated[int, typer.Option(help="Trials for each model and attack.")] = defaults.TRIALS,
    attack: Annotated[
        list[str] | None,
        typer.Option(
            help="An attack, such as qwerty or 'homoglyph,qwerty'; again for more.", show_default="nine"
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(help=DATA, show_default="reviews"),
    ] = None,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    label_map: LabelMap = None,
    max_examples: MaxExamples = None,
    text: Annotated[str | None, typer.Option(help="Audit this one text instead.", is_eager=True)] = None,
    label: Annotated[int | None, typer.Option(help="The true label of --text.")] = None,
    examples: Annotated[
        int | None,
        typer.Option(help="Deal the trials over so many examples.", show_default="as many as trials"),
    ] = None,
    rate: Rate = None,
    severity: Annotated[
        str | None,
        typer.Option(help="Each attack at these levels from 1 to 5, such as 1,2,3,4,5, instead of --rate."),
    ] = None,
    seed: Annotated[int, typer.Option(help="All draws come from it.")] = defaults.SEED,
    segmentation: SegmentationOption = defaults.SEGMENTATION,
    batch_size: Annotated[
        int, typer.Option(help="Texts that a model is asked at once.")
    ] = defaults.BATCH_SIZE,
    jobs: Annotated[int, typer.Option(help="Processes that work side by side, each with its models.")] = 1,
    output: Annotated[
        Path | None, typer.Option(help="The run's folder.", show_default="reports/<data>-<digest>")
    ] = None,
    models_dir: Annotated[
        Path | None,
        typer.Option(help="Where trained models lie.", show_default="./trained_models, or those that ship"),
    ] = None,
    gate: Annotated[
        bool, typer.Option("--gate", help="Hold the run against the configuration's rules, as `gate` does.")
    ] = False,
    config: RunConfig = None,
    offline: Annotated[bool, typer.Option("--offline", help="Never use the network.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON alone.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Tell nothing while it works.")] = False,
) -> None:
    """Audit models against perturbed texts and print how their accuracy drops."""
    from robustaudit.attacks import out_of_reach
    from robustaudit.datasets import Reading
    from robustaudit.engine import InProcess, Processes, audit, make_plan, open_run
    from robustaudit.engine.gate import check_selections, find_gate, planned
    from robustaudit.models import resolve
    from robustaudit.perturbations import find_segmenter
    from robustaudit.reports import render, render_verdict

    rules = find_gate(config) if gate else None
    known = baseline_of(rules) if rules else None
    check_at_least("batch size", batch_size, 1)
    check_at_least("jobs", jobs, 1)
    reading = Reading.given(
        text_column=text_column, label_column=label_column, label_map=label_map, max_examples=max_examples
    )
    folder = models_folder(models_dir)
    attacks = _attacks(attack, check_rate_or_severity(rate, severity), severity)
    plan = make_plan(
        models=[resolve(name, folder=folder) for name in split_names("models", models)],
        attacks=attacks,
        dataset=_dataset(data, text, label, reading, offline=offline, quiet=quiet),
        trials=trials,
        examples=examples,
        seed=seed,
        baseline=baseline(folder),
        segmenter=find_segmenter(segmentation),
    )
    check_selections(rules.rules if rules else (), planned(plan))
    for line in [] if quiet else out_of_reach(missed for each in attacks for missed in each.missed):
        say(line)
    output = output or Path("reports") / plan.folder_name
    bar_or_lines = listening(quiet=quiet, bar=RunBar, lines=RunLines())
    with network(allowed=not offline, announce=saying(quiet=quiet)), bar_or_lines as listener:
        executor = Processes(jobs) if jobs > 1 else InProcess()
        result = audit(plan, output, batch_size=batch_size, listener=listener, executor=executor)
    verdict = judged(open_run(output), rules, known) if rules else None
    if as_json:
        show_json(result.as_json() | ({"gate": verdict.as_json()} if verdict else {}))
    else:
        if verdict:
            show(render_verdict(verdict))
        show(render(result, width=console().width))
    if not quiet:
        say(f"written to {output}")
    raise typer.Exit(verdict.exit_code if verdict else 0)


def _attacks(expressions: list[str] | None, rate: float, severity: str | None) -> "list[NamedAttack]":
    """Each attack, at each level where some are given."""
    from robustaudit.attacks import REPORT_ATTACKS, parse_attack

    levels: list[int | None] = [None] if severity is None else [*split_levels(severity)]
    return [
        parse_attack(expression, rate=rate, severity=level)
        for expression in expressions or REPORT_ATTACKS
        for level in levels
    ]


def _dataset(
    data: str | None,
    text: str | None,
    label: int | None,
    reading: "Reading",
    *,
    offline: bool,
    quiet: bool,
) -> "Dataset":
    from robustaudit.datasets import load, single

    if text is not None:
        if data is not None:
            raise UserError("text and data exclude each other: give --text or --data")
        if reading.options():
            raise UserError(f"{reading.options()[0]} is for --data, not for --text")
        if label is None:
            raise UserError("text needs its true label: give --label 0 or --label 1")
        return single(text, check_at_least("label", label, 0))
    if label is not None:
        raise UserError(f"label is that of --text, which is missing: got --label {label}")
    try:
        name = _DEFAULT_DATA if data is None else data
        return load(name, reading, offline=offline, announce=saying(quiet=quiet))
    except Unreachable as error:
        if data is not None:
            raise
        say(f"{error}; auditing the data 'tiny' that ships instead")
        return load("tiny")
