"""`robustaudit harden`: train a model on with perturbed texts."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from robustaudit.cli.console import console, say, saying, show, show_json
from robustaudit.cli.log_json import both, open_log
from robustaudit.cli.options import (
    AsJson,
    DataName,
    Group,
    LoadingOptions,
    LogJson,
    Offline,
    Quiet,
    ReadingOptions,
    StrengthOptions,
    complete_attack,
    complete_models,
    folder_option,
    grouped,
)
from robustaudit.cli.progress import listening
from robustaudit.cli.train import TrainingBar, tell_training

if TYPE_CHECKING:
    from robustaudit.api.hardening import Hardened


@dataclass(frozen=True, slots=True, kw_only=True)
class HardeningOptions(Group):
    """How a model is hardened."""

    PANEL = "Training"

    preset: Annotated[
        str | None, typer.Option(help="A preset that ships, or a .toml file.", show_default="balanced")
    ] = None
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the training examples.", show_default="the preset's")
    ] = None
    share: Annotated[
        float | None,
        typer.Option(help="Share of the texts perturbed in an epoch.", show_default="the preset's"),
    ] = None
    max_clean_loss: Annotated[
        float | None,
        typer.Option(
            help="Accuracy on clean validation texts that may be lost, such as 0.01.",
            show_default="the preset's",
        ),
    ] = None
    seed: Annotated[
        int | None, typer.Option(help="Random seed: the same gives the same weights.", show_default="0")
    ] = None
    device: Annotated[
        Literal["auto", "cpu", "cuda", "mps"] | None,
        typer.Option(
            help="Hardware to train networks on; auto is the fastest there is.", show_default="auto"
        ),
    ] = None
    precision: Annotated[
        Literal["auto", "float32", "bfloat16"] | None,
        typer.Option(
            help="Number format; auto is bfloat16 on a CUDA device that has it.", show_default="auto"
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HardeningStrengthOptions(StrengthOptions):
    """The strength of the attacks to train with."""

    rate: Annotated[
        float | None,
        typer.Option(help="Share of the words that an attack edits.", show_default="the preset's rates"),
    ] = None


@grouped
def harden(
    *,
    model: Annotated[
        str,
        typer.Option(
            help="The model: a number such as 4, tfidf, hf:FOLDER, or sklearn:FILE.",
            rich_help_panel="Models",
            autocompletion=complete_models,
        ),
    ],
    loading: LoadingOptions,
    attack: Annotated[
        list[str],
        typer.Option(
            help="An attack to train with, such as qwerty; repeat for more.",
            rich_help_panel="Attacks",
            autocompletion=complete_attack,
        ),
    ],
    hold_out: Annotated[
        list[str] | None,
        typer.Option(
            help="An attack, or a family such as unicode, that must not be trained with; repeat for more.",
            rich_help_panel="Attacks",
            autocompletion=complete_attack,
        ),
    ] = None,
    strength: HardeningStrengthOptions,
    data: DataName = "reviews",
    reading: ReadingOptions,
    training: HardeningOptions,
    output: Annotated[
        Path, folder_option("The folder to save the model in, a new one.", "--output", "-o", panel="Output")
    ],
    offline: Offline = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    log_json: LogJson = None,
) -> None:
    """Train a model on with perturbed texts, and save it if it stays accurate on clean ones."""
    from robustaudit.api.hardening import harden_with
    from robustaudit.api.training_log import TrainingLog
    from robustaudit.runs.guard import load_limit_or_default

    log = open_log(log_json, TrainingLog)
    fields: dict[str, Any] = {"attacks": attack, "hold_out": hold_out, "output": output, "offline": offline}
    for group in (loading, strength, reading, training):
        fields |= group.said()
    fields["load_limit"] = load_limit_or_default(loading.load_limit)
    if log:
        log.start(output, [model])
    with listening(quiet=quiet, bar=TrainingBar, lines=tell_training, log=log) as listener:
        announce = both(saying(quiet=quiet), log.note if log else None)
        found = harden_with(model, data, fields, listener=listener, announce=announce)
    if as_json:
        show_json(found.as_json())
    else:
        show(found.table().render(console().width))
    if not quiet:
        say(_next(found))
    if log:
        log.finish(output)


def _next(found: "Hardened") -> str:
    """What to do with the model: an audit beside its original, under what was held out."""
    import shlex

    attacks = [word for name in found.held_out_attacks for word in ("--attack", name)]
    models = f"{found.record.original},{found.name}"
    command = shlex.join(["robustaudit", "run", "--models", models, *attacks])
    return f"written to {found.folder}; next: {command}"
