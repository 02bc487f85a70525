"""`robustaudit run`: audit models and print what was found."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robustaudit.cli.configured import RunConfig
from robustaudit.cli.console import console, say, saying, show, show_json
from robustaudit.cli.options import (
    DATA,
    MODELS,
    Columns,
    DataFormat,
    Delimiter,
    Encoding,
    Escaped,
    GroupColumn,
    IdColumn,
    LabelColumn,
    LabelMap,
    LoadLimit,
    MaxCalls,
    MaxDataMb,
    MaxExamples,
    NoQuotes,
    OnBadRow,
    Rate,
    SegmentationOption,
    TextColumn,
    Trusted,
    TrustModels,
    TrustPickle,
    a_path,
    split_levels,
)
from robustaudit.cli.pipelines import (
    AnnotationsOption,
    JunitOption,
    SarifOption,
    check_gated,
    publisher,
)
from robustaudit.cli.progress import RunLines, listening
from robustaudit.core import defaults
from robustaudit.core.errors import Unreachable, UserError
from robustaudit.core.hub import network
from robustaudit.core.validation import check_at_least

if TYPE_CHECKING:
    from robustaudit.datasets import Dataset, Reading, Sample
    from robustaudit.runs.result import Result
    from robustaudit.statistics.sequential import Deciding

_DEFAULT_MODELS = ("1,4,7",)
_DEFAULT_DATA = "reviews"


def run(  # noqa: PLR0915
    models: Annotated[
        list[str] | None, typer.Option(help=f"{MODELS} Again for more.", show_default="1,4,7")
    ] = None,
    trials: Annotated[
        int | None,
        typer.Option(
            help="Trials for each model and attack.",
            show_default=f"{defaults.TRIALS}, or one an example with --until-decided",
        ),
    ] = None,
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
    id_column: IdColumn = None,
    group_column: GroupColumn = None,
    label_map: LabelMap = None,
    max_examples: MaxExamples = None,
    on_bad_row: OnBadRow = "stop",
    data_format: DataFormat = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    no_quotes: NoQuotes = False,
    escaped: Escaped = False,
    columns: Columns = None,
    max_data_mb: MaxDataMb = None,
    text: Annotated[str | None, typer.Option(help="Audit this one text instead.")] = None,
    label: Annotated[str | None, typer.Option(help="The true label of --text.")] = None,
    examples: Annotated[
        int | None,
        typer.Option(help="Deal the trials over so many examples.", show_default="as many as trials"),
    ] = None,
    slice_: Annotated[
        list[str] | None,
        typer.Option("--slice", help="A column of the data to cut the result by; again for more."),
    ] = None,
    baseline_model: Annotated[
        str | None,
        typer.Option(help="The model, one of --models, whose errors the others' are measured by."),
    ] = None,
    rate: Rate = None,
    severity: Annotated[
        str | None,
        typer.Option(help="Each attack at these levels from 1 to 5, such as 1,2,3,4,5, instead of --rate."),
    ] = None,
    until_decided: Annotated[
        bool,
        typer.Option(
            "--until-decided",
            help="Stop asking as soon as it is known whether each drop is at most --max-drop.",
        ),
    ] = False,
    max_drop: Annotated[
        float | None, typer.Option(help="The threshold of --until-decided, such as 0.05 for 5 points.")
    ] = None,
    alpha: Annotated[
        float | None,
        typer.Option(help="The chance that any answer of --until-decided is wrong.", show_default="0.05"),
    ] = None,
    seed: Annotated[int, typer.Option(help="All draws come from it.")] = defaults.SEED,
    segmentation: SegmentationOption = defaults.SEGMENTATION,
    batch_size: Annotated[
        int, typer.Option(help="Texts that a model is asked at once.")
    ] = defaults.BATCH_SIZE,
    jobs: Annotated[int, typer.Option(help="Processes that work side by side, each with its models.")] = 1,
    output: Annotated[
        Path | None,
        typer.Option(
            parser=a_path, metavar="PATH", help="The run's folder.", show_default="reports/<data>-<digest>"
        ),
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
    load_limit: LoadLimit = None,
    max_calls: MaxCalls = None,
    trust: Trusted = None,
    trust_pickle: TrustPickle = False,
    trust_models: TrustModels = False,  # noqa: ARG001  (looked at before the options are read)
    gate: Annotated[
        bool, typer.Option("--gate", help="Hold the run against the configuration's rules, as `gate` does.")
    ] = False,
    config: RunConfig = None,
    junit: JunitOption = None,
    sarif: SarifOption = None,
    annotations: AnnotationsOption = None,
    offline: Annotated[bool, typer.Option("--offline", help="Never use the network.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON alone.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Print all measures, worst of k, and slices too.")
    ] = False,
    brief: Annotated[
        bool, typer.Option("--brief", help="Print one table of all drops alone, without examples.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Tell nothing while it works.")] = False,
) -> None:
    """Audit models against perturbed texts and print how their accuracy drops."""
    from robustaudit.api.gates import baseline_of, judged, shortened
    from robustaudit.api.models import chosen_models, labels_of, models_folder, trusted
    from robustaudit.api.progress import RunBar
    from robustaudit.api.running import carry_out, chosen_attacks, plan_of
    from robustaudit.datasets import Reading
    from robustaudit.gate.configured import find_gate
    from robustaudit.gate.selecting import check_selections
    from robustaudit.reports import render, render_verdict
    from robustaudit.runs.guard import load_limit_or_default
    from robustaudit.runs.patience import Patience
    from robustaudit.runs.plan import sample_of
    from robustaudit.runs.stored import open_run

    publish = publisher(junit=junit, sarif=sarif, annotations=annotations)
    if not gate:
        check_gated(junit=junit, sarif=sarif, annotations=annotations)
    if config and not quiet:
        say(f"configuration {shortened(config)}")
    rules = find_gate(config) if gate else None
    known = baseline_of(rules) if rules else None
    _check_apart(brief=brief, verbose=verbose)
    check_at_least("batch size", batch_size, 1)
    check_at_least("jobs", jobs, 1)
    reading = Reading.given(
        text_column=text_column,
        label_column=label_column,
        id_column=id_column,
        group_column=group_column,
        label_map=label_map,
        max_examples=max_examples,
        on_bad_row=on_bad_row,
        data_format=data_format,
        encoding=encoding,
        delimiter=delimiter,
        no_quotes=no_quotes,
        escaped=escaped,
        columns=columns,
        max_data_mb=max_data_mb,
        slices=slice_ or (),
    )
    deciding = _deciding(until_decided=until_decided, max_drop=max_drop, alpha=alpha)
    levels = None if severity is None else split_levels(severity)
    attacks = chosen_attacks(attack, rate=rate, severities=levels)
    # Whole groups are taken until it is decided: which, can be told of all of them alone.
    sample = None if deciding else sample_of(trials or defaults.TRIALS, examples, seed=seed)
    dataset = _dataset(data, text, label, reading, sample=sample, offline=offline, quiet=quiet)
    patience = Patience(
        on_error=on_error, time_limit=time_limit, load_limit=load_limit_or_default(load_limit)
    )
    folder = models_folder(models_dir)
    tell = saying(quiet=quiet)
    allowed = trusted(trust or (), pickle=trust_pickle, max_calls=max_calls, announce=say)
    with network(allowed=not offline, announce=tell):
        sources = chosen_models(
            models or _DEFAULT_MODELS,
            folder=folder,
            trust=allowed,
            of_data=labels_of(dataset),
            load_limit=patience.load_limit,
        )
    plan = plan_of(
        dataset,
        sources,
        attacks,
        trials=trials,
        examples=examples,
        seed=seed,
        segmentation=segmentation,
        slices=slice_ or (),
        baseline_model=baseline_model,
        deciding=deciding,
        patience=patience,
        models_folder=folder,
        announce=tell,
    )
    check_selections(rules.rules if rules else (), plan)
    output = output or Path("reports") / plan.folder_name
    with listening(quiet=quiet, bar=RunBar, lines=RunLines()) as listener:
        result = carry_out(
            plan,
            output,
            batch_size=batch_size,
            jobs=jobs,
            offline=offline,
            listener=listener,
            announce=tell,
            warn=say,
        )
    verdict = judged(open_run(output), rules, known, models_dir=models_dir, announce=say) if rules else None
    if as_json:
        show_json(result.as_json() | ({"gate": verdict.as_json()} if verdict else {}))
    else:
        if verdict:
            show(render_verdict(verdict))
        show(render(result, width=console().width, verbose=verbose, brief=brief))
    if skipped := sum(row.skipped for row in result.rows):
        say(
            f"{skipped:,} trials were skipped, as a model did not answer: column error of the shards says why"
        )
    if not quiet:
        _tell(result, output, judged=verdict is not None)
    if verdict:
        publish(verdict)
    raise typer.Exit(verdict.exit_code if verdict else 0)


def _check_apart(*, brief: bool, verbose: bool) -> None:
    if brief and verbose:
        raise UserError("brief and verbose exclude each other: give --brief or --verbose")


def _tell(result: "Result", output: Path, *, judged: bool) -> None:
    """Where the run is, and what may be done with it; a gate says the latter itself."""
    from robustaudit.reports import next_steps

    say(f"written to {output}")
    for line in () if judged else next_steps(result, output):
        say(line)


def _deciding(*, until_decided: bool, max_drop: float | None, alpha: float | None) -> "Deciding | None":
    from robustaudit.statistics.sequential import Deciding

    if not until_decided:
        for name, value in (("max drop", max_drop), ("alpha", alpha)):
            if value is not None:
                raise UserError(f"{name} is for --until-decided, which is missing: got {value:g}")
        return None
    if max_drop is None:
        raise UserError("until-decided needs the drop that is still kept: give --max-drop, such as 0.05")
    return Deciding(max_drop=max_drop) if alpha is None else Deciding(max_drop=max_drop, alpha=alpha)


def _dataset(
    data: str | None,
    text: str | None,
    label: str | None,
    reading: "Reading",
    *,
    sample: "Sample | None",
    offline: bool,
    quiet: bool,
) -> "Dataset":
    from robustaudit.datasets import load, single

    if text is not None:
        if data is not None:
            raise UserError("text and data exclude each other: give --text or --data")
        if others := replace(reading, classes=()).options():
            raise UserError(f"{others[0]} is for --data, not for --text")
        if label is None:
            raise UserError("text needs its true label: give --label, such as --label 1 or --label positive")
        return single(text, label, reading.classes)
    if label is not None:
        raise UserError(f"label is that of --text, which is missing: got --label {label}")
    try:
        name = _DEFAULT_DATA if data is None else data
        return load(name, reading, sample=sample, offline=offline, announce=saying(quiet=quiet))
    except Unreachable as error:
        if data is not None:
            raise
        say(f"{error}; auditing the data 'tiny' that ships instead")
        return load("tiny")
