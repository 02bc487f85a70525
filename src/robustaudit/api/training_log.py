"""The events of a training as JSON objects, in the form of those of a run; docs/cli.md lists their keys."""

from collections.abc import Sequence
from pathlib import Path

from robustaudit.api.event_log import EventLog
from robustaudit.models.hardening_record import HardeningScores
from robustaudit.training.training_events import (
    EpochDone,
    FitEvent,
    HardeningStarted,
    ModelEvent,
    ModelHardened,
    ModelSaved,
    ModelStarted,
    ModelUpToDate,
    Refitted,
    Resumed,
    StepsDone,
    TableReady,
    TrainingEvent,
)


class TrainingLog(EventLog):
    """A listener for the events of a training; steps, which are many, have no object."""

    def __call__(self, event: TrainingEvent) -> None:
        match event:
            case TableReady():
                self.log("vectors_ready", folder=str(event.folder), origin=event.origin)
            case ModelStarted():
                self.log("model_started", model=event.name, title=event.title, steps=event.steps)
            case ModelEvent():
                self._log_fit(event.name, event.event)
            case HardeningStarted():
                before = _scores(event.before)
                self.log("model_started", model=event.name, title=event.title, steps=event.steps, **before)
            case ModelHardened():
                after, seconds = _scores(event.record.after), event.record.seconds
                folder = str(event.folder)
                self.log("model_hardened", model=event.name, folder=folder, **after, seconds=seconds)
            case ModelUpToDate():
                scores = event.card.scores
                self.log(
                    "model_up_to_date",
                    model=event.card.name,
                    folder=str(event.folder),
                    validation_accuracy=scores.validation_accuracy,
                    test_accuracy=scores.test_accuracy,
                )
            case ModelSaved():
                scores = event.card.scores
                self.log(
                    "model_saved",
                    model=event.card.name,
                    folder=str(event.folder),
                    validation_accuracy=scores.validation_accuracy,
                    test_accuracy=scores.test_accuracy,
                    seconds=event.card.run.seconds,
                )

    def start(self, output: Path, models: Sequence[str]) -> None:
        self.log("started", output=str(output), models=list(models))

    def finish(self, output: Path) -> None:
        self.log("finished", output=str(output), exit_code=0)

    def _log_fit(self, model: str, event: FitEvent) -> None:
        match event:
            case Resumed():
                self.log("model_resumed", model=model, epoch=event.epoch, steps=event.steps)
            case EpochDone(record=epoch, perturbed_accuracy=perturbed):
                self.log(
                    "epoch_done",
                    model=model,
                    epoch=epoch.epoch,
                    train_loss=epoch.train_loss,
                    validation_loss=epoch.validation_loss,
                    validation_accuracy=epoch.validation_accuracy,
                    seconds=epoch.seconds,
                    **({} if perturbed is None else {"perturbed_accuracy": perturbed}),
                )
            case Refitted():
                self.log(
                    "epoch_done",
                    model=model,
                    epoch=event.epoch,
                    validation_accuracy=event.validation_accuracy,
                    perturbed_accuracy=event.perturbed_accuracy,
                )
            case StepsDone():
                pass


def _scores(scores: HardeningScores) -> dict[str, float]:
    """Accuracies of a model: on validation examples, clean and under the attacks, and on test examples."""
    return {
        "validation_accuracy": scores.validation_accuracy,
        "perturbed_accuracy": scores.mean_perturbed_accuracy,
        "test_accuracy": scores.test_accuracy,
    }
