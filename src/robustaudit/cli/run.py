"""`robustaudit run`: audit models and print what was found."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robustaudit.cli.console import console, say, saying, show, show_json
from robustaudit.cli.options import (
    DATA,
    MODELS,
    LabelColumn,
    LabelMap,
    MaxCalls,
    MaxExamples,
    TextColumn,
    Trusted,
    TrustPickle,
    baseline,
    chosen_models,
    models_folder,
)
from robustaudit.cli.progress import RunBar, RunLines, listening
from robustaudit.core import defaults
from robustaudit.core.errors import Unreachable, UserError
from robustaudit.core.hub import network
from robustaudit.core.validation import check_at_least

if TYPE_CHECKING:
    from robustaudit.datasets import Dataset, Reading

_DEFAULT_MODELS = ("1,4,7",)
_DEFAULT_DATA = "reviews"


def run(
    models: Annotated[
        list[str] | None, typer.Option(help=f"{MODELS} Again for more.", show_default="1,4,7")
    ] = None,
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
    text: Annotated[str | None, typer.Option(help="Audit this one text instead.")] = None,
    label: Annotated[int | None, typer.Option(help="The true label of --text.")] = None,
    examples: Annotated[
        int | None,
        typer.Option(help="Deal the trials over so many examples.", show_default="as many as trials"),
    ] = None,
    rate: Annotated[float, typer.Option(help="Share of the words that an attack edits.")] = defaults.RATE,
    seed: Annotated[int, typer.Option(help="All draws come from it.")] = defaults.SEED,
    batch_size: Annotated[
        int, typer.Option(help="Texts that a model is asked at once.")
    ] = defaults.BATCH_SIZE,
    output: Annotated[
        Path | None, typer.Option(help="The run's folder.", show_default="reports/<data>-<digest>")
    ] = None,
    models_dir: Annotated[
        Path | None,
        typer.Option(help="Where trained models lie.", show_default="./trained_models, or those that ship"),
    ] = None,
    on_error: Annotated[
        str, typer.Option(help="Texts that a model does not answer: stop the run, or skip them.")
    ] = "stop",
    time_limit: Annotated[
        float | None, typer.Option(help="Seconds that one call of a model may take.", show_default="none")
    ] = None,
    max_calls: MaxCalls = None,
    trust: Trusted = None,
    trust_pickle: TrustPickle = False,
    offline: Annotated[bool, typer.Option("--offline", help="Never use the network.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON alone.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Tell nothing while it works.")] = False,
) -> None:
    """Audit models against perturbed texts and print how their accuracy drops."""
    from robustaudit.attacks import REPORT_ATTACKS, parse_attack
    from robustaudit.datasets import Reading
    from robustaudit.engine import Patience, audit, make_plan
    from robustaudit.reports import render

    check_at_least("batch size", batch_size, 1)
    reading = Reading.given(
        text_column=text_column, label_column=label_column, label_map=label_map, max_examples=max_examples
    )
    patience = Patience(on_error=on_error, time_limit=time_limit)
    folder = models_folder(models_dir)
    with network(allowed=not offline, announce=saying(quiet=quiet)):
        sources = chosen_models(
            models or _DEFAULT_MODELS, folder=folder, trust=trust, pickle=trust_pickle, max_calls=max_calls
        )
    plan = make_plan(
        models=sources,
        attacks=[parse_attack(expression, rate=rate) for expression in attack or REPORT_ATTACKS],
        dataset=_dataset(data, text, label, reading, offline=offline, quiet=quiet),
        trials=trials,
        examples=examples,
        seed=seed,
        baseline=baseline(folder),
    )
    output = output or Path("reports") / plan.folder_name
    bar_or_lines = listening(quiet=quiet, bar=RunBar, lines=RunLines())
    with network(allowed=not offline, announce=saying(quiet=quiet)), bar_or_lines as listener:
        result = audit(plan, output, batch_size=batch_size, patience=patience, listener=listener)
    if as_json:
        show_json(result.as_json())
    else:
        show(render(result, width=console().width))
    if skipped := sum(row.skipped for row in result.rows):
        say(
            f"{skipped:,} trials were skipped, as a model did not answer: column error of the shards says why"
        )
    if not quiet:
        say(f"written to {output}")


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
