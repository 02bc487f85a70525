"""`robustaudit train`: train reference models."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.progress import Progress, TaskID

from robustaudit.cli.console import say, saying
from robustaudit.cli.log_json import both, open_log
from robustaudit.cli.options import (
    DataName,
    Group,
    LogJson,
    Offline,
    Quiet,
    ReadingOptions,
    complete_attack,
    folder_option,
    grouped,
    split_names,
)
from robustaudit.cli.progress import listening
from robustaudit.core import spelling
from robustaudit.core.display import percent
from robustaudit.core.hub import network_access

if TYPE_CHECKING:
    from robustaudit.models.training_history import Epoch
    from robustaudit.training.augmentation import Augmentation
    from robustaudit.training.training_events import FitEvent, ModelSaved, ModelUpToDate, TrainingEvent

_EVERY = "all"
_SHARE = 0.5
_OUTPUT = "trained_models"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOptions(Group):
    """What is trained, and how."""

    PANEL = "Training"

    preset: Annotated[str, typer.Option(help="A preset that ships, or a .toml file.")] = "compact"
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="A number of the preset, such as lstm.training.epochs=3; repeat for more."
        ),
    ] = None
    seed: Annotated[int, typer.Option(help="Random seed: the same gives the same weights.")] = 0
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the training examples.", show_default="the preset's")
    ] = None
    augment: Annotated[
        str | None,
        typer.Option(
            help="Perturb a share of the training texts by this attack, anew in each epoch.",
            autocompletion=complete_attack,
        ),
    ] = None
    augment_share: Annotated[
        float | None, typer.Option(help="That share of the training texts.", show_default=f"{_SHARE:g}")
    ] = None
    retrain: Annotated[bool, typer.Option("--retrain", help="Retrain models that are up to date.")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareOptions(Group):
    """What models are trained on."""

    PANEL = "Execution"

    device: Annotated[
        Literal["auto", "cpu", "cuda", "mps"],
        typer.Option(help="Hardware to train on; auto is the fastest there is."),
    ] = "auto"
    precision: Annotated[
        Literal["auto", "float32", "bfloat16"],
        typer.Option(help="Number format; auto is bfloat16 on a CUDA device that has it."),
    ] = "auto"
    compiled: Annotated[bool, typer.Option("--compile", help="Compile networks first (torch.compile).")] = (
        False
    )
    jobs: Annotated[
        int | None,
        typer.Option(
            help="Worker processes, each training a model.",
            show_default="as cores and memory allow; 1 on a GPU",
        ),
    ] = None


@grouped
def train(
    models: Annotated[
        str, typer.Option(help="Models to train, such as 1,4,7,tfidf, or all.", rich_help_panel="Models")
    ],
    *,
    data: DataName = "reviews",
    reading: ReadingOptions,
    training: TrainingOptions,
    hardware: HardwareOptions,
    output: Annotated[
        Path | None,
        folder_option("The folder to save models in.", default=_OUTPUT, panel="Output"),
    ] = None,
    offline: Offline = False,
    quiet: Quiet = False,
    log_json: LogJson = None,
) -> None:
    """Train models and save weights, history and model card of each."""
    from robustaudit.api.training_log import TrainingLog
    from robustaudit.core.extras import extra
    from robustaudit.core.validation import check_known
    from robustaudit.datasets import load
    from robustaudit.models.reference_models import REFERENCE_MODELS
    from robustaudit.training.preset import load_preset

    log = open_log(log_json, TrainingLog)
    names = list(REFERENCE_MODELS) if models == _EVERY else split_names("models", models)
    for name in names:
        check_known("model", name, REFERENCE_MODELS)
    changes = training.changes or ()
    chosen = load_preset(training.preset, changes=changes)
    with extra("models"):
        from robustaudit.training.hardware import choose
        from robustaudit.training.parallel import count_jobs
        from robustaudit.training.train import train as train_models

    augmentation = _augmentation(training)
    device = choose(device=hardware.device, precision=hardware.precision, compiled=hardware.compiled)
    folder = output or Path(_OUTPUT)
    announce = both(saying(quiet=quiet), log.note if log else None)
    dataset = load(data, reading.parsed(), training=True, offline=offline, announce=announce)
    bar_or_lines = listening(quiet=quiet, bar=TrainingBar, lines=tell_training, log=log)
    if log:
        log.start(folder, names)
    with network_access(allowed=not offline, announce=announce), bar_or_lines as listener:
        train_models(
            names,
            dataset=dataset,
            preset=chosen,
            seed=training.seed,
            epochs=training.epochs,
            preset_name=training.preset,
            changes=changes,
            output=folder,
            hardware=device,
            jobs=count_jobs(len(names), device) if hardware.jobs is None else hardware.jobs,
            retrain=training.retrain,
            augmentation=augmentation,
            listener=listener,
        )
    if log:
        log.finish(folder)


def _augmentation(training: TrainingOptions) -> "Augmentation | None":
    from robustaudit.api.request import chosen_attacks
    from robustaudit.core.errors import UserError
    from robustaudit.training.augmentation import Augmentation

    share = training.augment_share
    if training.augment is None:
        if share is not None:
            raise UserError(f"--augment-share is for --augment, which is missing: got {share:g}")
        return None
    (attack,) = chosen_attacks((training.augment,))
    with spelling.spelt(replace(spelling.FLAGS, names={**spelling.FLAGS.names, "share": "augment-share"})):
        return Augmentation(attack=attack, share=_SHARE if share is None else share, seed=training.seed)


class TrainingBar:
    """A progress bar per model, with lasting messages printed above."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}
        self._figures: dict[str, dict[str, float]] = {}

    def __call__(self, event: "TrainingEvent") -> None:
        from robustaudit.training.training_events import (
            HardeningStarted,
            ModelEvent,
            ModelHardened,
            ModelSaved,
            ModelStarted,
        )

        match event:
            case ModelStarted() | HardeningStarted():
                self._tasks[event.name] = self._progress.add_task(
                    f"model {event.name}", total=event.steps or None
                )
            case ModelEvent():
                self._move(self._tasks[event.name], event.name, event.event)
            case ModelSaved():
                self._progress.remove_task(self._tasks.pop(event.card.name))
            case ModelHardened():
                self._progress.remove_task(self._tasks.pop(event.name))
        tell_training(event)

    def _move(self, task: TaskID, name: str, event: "FitEvent") -> None:
        from robustaudit.training.training_events import EpochDone, Resumed, StepsDone

        match event:
            case Resumed():
                self._progress.advance(task, event.steps)
            case StepsDone():
                self._progress.advance(task, event.count)
                self._describe(task, name, loss=event.loss)
            case EpochDone():
                self._describe(task, name, accuracy=event.record.validation_accuracy)

    def _describe(self, task: TaskID, name: str, **figures: float) -> None:
        """Show the latest loss, and accuracy if known, next to the model's name."""
        known = self._figures[name] = self._figures.get(name, {}) | figures
        loss = f", loss {known['loss']:.3f}" if "loss" in known else ""
        told = loss + (f", accuracy {percent(known['accuracy'])}%" if "accuracy" in known else "")
        self._progress.update(task, description=f"model {name}{told}")


def tell_training(event: "TrainingEvent") -> None:
    """Print a line for each event except steps."""
    from robustaudit.training.training_events import (
        EpochDone,
        HardeningStarted,
        ModelEvent,
        ModelSaved,
        ModelStarted,
        ModelUpToDate,
        Refitted,
        Resumed,
        TableReady,
    )

    match event:
        case TableReady():
            say(f"word-piece vectors {event.origin}: {event.folder}")
        case ModelStarted() | HardeningStarted():
            say(f"model {event.name}: {event.title}")
        case ModelEvent(event=Resumed(epoch=epoch)):
            say(f"model {event.name} resumes after epoch {epoch}")
        case ModelEvent(event=EpochDone(record=record, perturbed_accuracy=perturbed)):
            say(f"model {event.name}, {_epoch_line(record, perturbed)}")
        case ModelEvent(event=Refitted() as fit):
            say(
                f"model {event.name}, fit {fit.epoch}: validation accuracy "
                f"{percent(fit.validation_accuracy)}%, {percent(fit.perturbed_accuracy)}% under the attacks"
            )
        case ModelUpToDate():
            say(f"model {event.card.name} already exists {_kept_line(event)}")
        case ModelSaved():
            say(f"model {event.card.name}, {_saved_line(event)}")


def _epoch_line(epoch: "Epoch", perturbed: float | None) -> str:
    under_attack = "" if perturbed is None else f", {percent(perturbed)}% under the attacks"
    return (
        f"epoch {epoch.epoch}: loss {epoch.train_loss:.3f}, validation loss {epoch.validation_loss:.3f}, "
        f"validation accuracy {percent(epoch.validation_accuracy)}%{under_attack}, {epoch.seconds:.1f} s"
    )


def _kept_line(event: "ModelUpToDate") -> str:
    return (
        f"in {event.folder}, made by this command from the same data: test accuracy "
        f"{percent(event.card.scores.test_accuracy)}%; --retrain trains it again"
    )


def _saved_line(event: "ModelSaved") -> str:
    scores = event.card.scores
    return (
        f"written to {event.folder}: validation accuracy {percent(scores.validation_accuracy)}%, "
        f"test accuracy {percent(scores.test_accuracy)}%, {event.card.run.seconds:.0f} s"
    )
