"""`robustaudit train`: make the models that `robustaudit run` audits."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from robustaudit.cli.console import say, saying
from robustaudit.cli.options import DATA, LabelColumn, LabelMap, MaxExamples, TextColumn, split_names
from robustaudit.cli.progress import listening
from robustaudit.core.hub import network

if TYPE_CHECKING:
    from robustaudit.models.history import Epoch
    from robustaudit.training.events import Event, ModelSaved

_EVERY = "all"


def train(
    models: Annotated[str, typer.Option(help="Models to train, such as 1,4,7,tfidf, or all.")],
    preset: Annotated[str, typer.Option(help="A preset that ships, or a .toml file.")] = "compact",
    data: Annotated[str, typer.Option(help=DATA)] = "reviews",
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    label_map: LabelMap = None,
    max_examples: MaxExamples = None,
    output: Annotated[Path, typer.Option(help="The folder the models are put into.")] = Path(
        "trained_models"
    ),
    seed: Annotated[int, typer.Option(help="The same seed gives the same weights.")] = 0,
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the data.", show_default="the preset's")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="A number of the preset, such as lstm.training.epochs=3; again for more."),
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Never use the network.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Tell nothing while it works.")] = False,
) -> None:
    """Train models and store weights, history and model card of each."""
    from robustaudit.core.extras import extra
    from robustaudit.core.validation import check_known
    from robustaudit.datasets import Reading, load
    from robustaudit.models.settings import SETTINGS
    from robustaudit.training.preset import load_preset

    names = list(SETTINGS) if models == _EVERY else split_names("models", models)
    for name in names:
        check_known("model", name, SETTINGS)
    reading = Reading.given(
        text_column=text_column, label_column=label_column, label_map=label_map, max_examples=max_examples
    )
    chosen = load_preset(preset, changes=changes or ())
    with extra("models"):
        from robustaudit.training.train import train as train_models

    announce = saying(quiet=quiet)
    dataset = load(data, reading, training=True, offline=offline, announce=announce)
    bar_or_lines = listening(quiet=quiet, bar=_Bar, lines=_tell)
    with network(allowed=not offline, announce=announce), bar_or_lines as listener:
        train_models(
            names,
            dataset=dataset,
            preset=chosen,
            seed=seed,
            epochs=epochs,
            changes=changes or (),
            output=output,
            listener=listener,
        )


class _Bar:
    """A bar that counts steps, with what is worth keeping printed above it."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("preparing", total=None)

    def __call__(self, event: "Event") -> None:
        from robustaudit.training.events import ModelStarted, Resumed, StepDone

        match event:
            case ModelStarted():
                self._progress.reset(self._task, description=f"model {event.name}", total=event.steps or None)
            case Resumed():
                self._progress.advance(self._task, event.steps)
            case StepDone():
                self._progress.advance(self._task)
        _tell(event)


def _tell(event: "Event") -> None:
    """One line for each event but a step."""
    from robustaudit.training.events import EpochDone, ModelSaved, ModelStarted, Resumed, TableReady

    match event:
        case TableReady():
            say(f"word-piece vectors {event.origin}: {event.folder}")
        case ModelStarted():
            say(f"model {event.name}: {event.title}")
        case Resumed():
            say(f"  goes on after epoch {event.epoch}, where it was stopped")
        case EpochDone():
            say(_epoch_line(event.record))
        case ModelSaved():
            say(_saved_line(event))


def _epoch_line(epoch: "Epoch") -> str:
    return (
        f"  epoch {epoch.epoch}: loss {epoch.train_loss:.3f}, validation loss {epoch.validation_loss:.3f}, "
        f"validation accuracy {epoch.validation_accuracy:.3f}, {epoch.seconds:.1f} s"
    )


def _saved_line(event: "ModelSaved") -> str:
    scores = event.card.scores
    return (
        f"  saved in {event.folder}: validation accuracy {scores.validation_accuracy:.3f}, "
        f"test accuracy {scores.test_accuracy:.3f}, {event.card.run.seconds:.0f} s"
    )
