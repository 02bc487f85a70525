"""`robustaudit models`: networks, scores, and reports on trainings."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich import box
from rich.table import Table

from robustaudit.cli.console import console, say, saying, show, show_json, show_rows
from robustaudit.cli.options import (
    MODELS,
    AsJson,
    DataName,
    LoadingOptions,
    MaxCalls,
    ModelsDir,
    Offline,
    ReadingOptions,
    RunFolder,
    complete_models,
    folder_option,
    grouped,
    run_or_latest,
    split_names,
)
from robustaudit.core import defaults
from robustaudit.core.hub import network_access

if TYPE_CHECKING:
    from robustaudit.training.initialisation import ModuleRow
    from robustaudit.training.trainings import Training


PresetName = Annotated[str, typer.Option(help="A preset that ships, or a .toml file.")]
PresetChanges = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="Override a value of the preset, such as lstm.model.hidden=64; repeat for more."
    ),
]


def describe(
    model: Annotated[str, typer.Argument(help="A reference model, such as 4.")],
    preset: PresetName = "compact",
    changes: PresetChanges = None,
    as_json: AsJson = False,
) -> None:
    """Show every module of a reference model, with its trainable and frozen parameters."""
    from robustaudit.core.extras import extra
    from robustaudit.core.hub import network_access
    from robustaudit.training.preset import load_preset

    chosen = load_preset(preset, changes=changes or ())
    with extra("models"):
        from robustaudit.training.initialisation import outline
    with network_access(allowed=True, announce=say):
        rows = outline(model, preset=chosen)
    if as_json:
        show_json([asdict(row) for row in rows])
    else:
        show(_table(rows))


def _table(rows: "tuple[ModuleRow, ...]") -> Table:
    """The nested modules, with the whole network as the last row."""
    whole, *within = rows
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="dim", show_footer=True)
    table.add_column("module", footer="total", overflow="fold")
    table.add_column("type", footer=whole.kind)
    for name in ("parameters", "trained", "frozen"):
        table.add_column(name, footer=f"{getattr(whole, name):,}", justify="right")
    for row in within:
        last = row.name.rpartition(".")[2]
        numbers = (row.parameters, row.trained, row.frozen)
        table.add_row("  " * (row.depth - 1) + last, row.kind, *(f"{number:,}" for number in numbers))
    return table


@grouped
def score(
    names: Annotated[list[str], typer.Argument(help=MODELS, autocompletion=complete_models)],
    data: DataName,
    *,
    reading: ReadingOptions,
    loading: LoadingOptions,
    max_calls: MaxCalls = None,
    offline: Offline = False,
    as_json: AsJson = False,
) -> None:
    """Measure accuracy and F1 of models on unperturbed data."""
    import numpy as np

    from robustaudit.api.models import chosen_models, labels_of, models_folder, trusted
    from robustaudit.api.seen_data import trained_on
    from robustaudit.core.extras import extra
    from robustaudit.datasets import load
    from robustaudit.reports.notes import clean_label_lines
    from robustaudit.runs.guard import load_limit_or_default, loaded
    from robustaudit.runs.planned_labels import match_labels
    from robustaudit.runs.predictions import predict_all

    folder, limit = models_folder(loading.models_dir), load_limit_or_default(loading.load_limit)
    allowed = trusted(loading.trust or (), pickle=loading.trust_pickle, max_calls=max_calls, announce=say)
    dataset = load(data, reading.parsed(), offline=offline, announce=saying(quiet=as_json))
    with network_access(allowed=not offline, announce=saying(quiet=as_json)):
        sources = chosen_models(
            names, folder=folder, trust=allowed, data_labels=labels_of(dataset), load_limit=limit
        )
    for name in trained_on(dataset, sources):
        say(f"model {name} was trained on most of these examples: accuracy on others may be lower")
    fitted = [match_labels(dataset, dataset.audited, [source]) for source in sources]
    with extra("models"):
        from robustaudit.training.fitted_model import accuracy_and_f1

    texts = [example.text for example in dataset.audited]
    rows = []
    for source, found in zip(sources, fitted, strict=True):
        with network_access(allowed=not offline, announce=saying(quiet=as_json)):
            classifier = loaded(source, limit=limit)
        answers = predict_all(classifier, texts, model=source.name, batch_size=defaults.BATCH_SIZE)
        labels = np.array([example.label for example in found.examples])
        accuracy, f1 = accuracy_and_f1(answers.predictions, labels, classes=len(source.labels))
        rows.append(
            {
                "model": source.name,
                "title": source.title,
                "examples": len(texts),
                "accuracy": round(accuracy, 4),
                "f1": round(f1, 4),
            }
        )
        plan = {**found.as_json(), "examples": len(texts)}
        for line in clean_label_lines(plan, {source.name: accuracy}):
            say(line)
    show_rows(rows, as_json=as_json, right={"examples", "accuracy", "f1"})


models = typer.Typer(
    help="Describe, score and compare models and how they learned.",
    no_args_is_help=True,
)

Names = Annotated[
    str | None,
    typer.Argument(help="Models, such as 1,4,7.", show_default="every trained network"),
]
models.command("describe")(describe)
models.command("score")(score)


@models.command("compare")
def compare(names: Names = None, models_dir: ModelsDir = None, as_json: AsJson = False) -> None:
    """Compare trainings: times, losses, accuracies, and which differences are significant."""
    from robustaudit.reports.training_report import comparison_as_json, render_comparison

    trainings = _trainings(names, models_dir)
    if as_json:
        show_json(comparison_as_json(trainings))
    else:
        show(render_comparison(trainings))


@models.command("cost")
def cost(
    names: Annotated[
        str | None,
        typer.Argument(help="Models, such as 1,4,7.", show_default="every network"),
    ] = None,
    preset: PresetName = "compact",
    changes: PresetChanges = None,
    tokens: Annotated[int, typer.Option(help="Word pieces of each text.")] = 32,
    device: Annotated[
        Literal["auto", "cpu", "cuda", "mps"],
        typer.Option(help="Hardware to train on; auto is the fastest there is."),
    ] = "auto",
    as_json: AsJson = False,
) -> None:
    """Measure what training takes: memory by kind and CPU time, each model in a process of its own."""
    from robustaudit.core.extras import extra
    from robustaudit.models.reference_models import REFERENCE_MODELS
    from robustaudit.training.preset import load_preset

    networks = [name for name, model in REFERENCE_MODELS.items() if model.family != "tfidf"]
    chosen = networks if names is None else split_names("models", names)
    numbers = load_preset(preset, changes=changes or ())
    with extra("models"):
        from robustaudit.training.hardware import choose
        from robustaudit.training.training_cost import training_costs
    from robustaudit.reports.cost_report import render_costs

    with network_access(allowed=True, announce=saying(quiet=as_json)):
        costs = training_costs(chosen, preset=numbers, tokens=tokens, hardware=choose(device=device))
    if as_json:
        show_json([asdict(each) for each in costs])
    else:
        show(render_costs(costs))


@models.command("tokens")
def tokens(run: RunFolder = None, models_dir: ModelsDir = None, as_json: AsJson = False) -> None:
    """Show how word pieces split the edited words of a run, and what of the drops goes with that."""
    from robustaudit.api.models import models_folder
    from robustaudit.api.token_accounts import token_accounts
    from robustaudit.reports.token_report import render_accounts
    from robustaudit.runs.stored_run import open_run

    with network_access(allowed=False, announce=saying(quiet=as_json)):
        found = token_accounts(open_run(run_or_latest(run)), models_dir=models_folder(models_dir))
    if as_json:
        show_json([asdict(each) for each in found])
    else:
        show(render_accounts(found))


@models.command("curves")
def curves(
    names: Names = None,
    models_dir: ModelsDir = None,
    output: Annotated[
        Path | None,
        folder_option("Also draw curves.png and curves.svg into this folder."),
    ] = None,
) -> None:
    """Show learning curves: training loss, validation loss, validation accuracy."""
    from robustaudit.reports.plots.training_curves import write_curves
    from robustaudit.reports.terminal_charts import render_curves

    trainings = _trainings(names, models_dir)
    written = write_curves(trainings, output) if output else ()
    show(render_curves(trainings, width=console().width))
    for path in written:
        say(f"written to {path}")


@models.command("report")
def report_models(
    names: Names = None,
    models_dir: ModelsDir = None,
    output: Annotated[
        Path | None,
        folder_option("The folder to write to.", default="the current one"),
    ] = None,
) -> None:
    """Write models.html, a page that opens offline: models compared, their learning curves, the diagnosis."""
    from robustaudit.core.files import check_writable, write_atomically
    from robustaudit.reports.page.models_page import models_page

    content = models_page(_trainings(names, models_dir))
    folder = output or Path()
    check_writable(folder)
    write_atomically(folder / "models.html", content)
    say(f"written to {folder / 'models.html'}")


@models.command("diagnose")
def diagnose(names: Names = None, models_dir: ModelsDir = None) -> None:
    """Detect over-fitting, under-fitting and instability by stated rules, and report memory use."""
    from robustaudit.reports.training_report import render_diagnosis

    show(render_diagnosis(_trainings(names, models_dir)))


def _trainings(names: str | None, models_dir: Path | None) -> "tuple[Training, ...]":
    from robustaudit.api.models import models_folder
    from robustaudit.training.trainings import read_trainings

    chosen = None if names is None else split_names("models", names)
    return read_trainings(chosen, folder=models_folder(models_dir))
