"""Hardening: a model is trained on with perturbed texts, and saved if it stays as accurate on clean ones."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from robustaudit.attacks import parse_attack
from robustaudit.core.errors import UserError
from robustaudit.core.files import check_creatable, check_writable, exists, is_folder, remove_unfinished
from robustaudit.core.spelling import named, option
from robustaudit.models import REFERENCE_MODELS, ModelSource, TrainedModel, Trust, files_of, resolve, seen_by
from robustaudit.models.hardening_record import HardeningRecord, write_hardening
from robustaudit.runs.folder_lock import LOCK, locked
from robustaudit.training.hardened_network import harden_network, optimisation
from robustaudit.training.hardening_job import CleanBound, HardenedModel, HardeningJob, measure
from robustaudit.training.loop import NoEpochKept, count_steps
from robustaudit.training.training_events import (
    FitEvent,
    HardeningStarted,
    ModelEvent,
    ModelHardened,
    TrainingListener,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """How models of one kind are hardened: optimiser steps, and the function that does it."""

    steps: Callable[[HardeningJob], int]
    harden: Callable[..., HardenedModel]


def harden(
    job: HardeningJob, output: Path, *, trust: Trust, listener: TrainingListener = lambda _: None
) -> tuple[str, HardeningRecord]:
    """Train a model on with perturbed texts and store it as the folder `output`, which must not exist.

    Returned are the name with which commands take the model, and its record. The model is measured as it is
    read back from its files. A hardening that is interrupted goes on after its last whole epoch.

    Raises:
        UserError: models of this kind cannot be hardened, the folder exists, or no epoch may be kept.
    """
    kind, name = _kind_of(job.source), job.source.name
    job.held_out.check_unseen(job.attacks)
    job.held_out.check_unseen([parse_attack(each.expression) for each in seen_by(job.source)], model=name)
    check_new(output)
    unfinished = output.absolute().with_name(f".{output.absolute().name}.unfinished")
    bound = CleanBound.of(job)
    steps = kind.steps(job)
    listener(HardeningStarted(name=name, title=job.source.title, steps=steps, before=bound.before))
    try:
        made, record = _made(kind, job, bound, unfinished, trust=trust, listener=listener)
    except NoEpochKept as refused:
        shutil.rmtree(unfinished)
        raise bound.refusal(refused.epochs) from None
    unfinished.replace(output)
    listener(ModelHardened(name=name, folder=output, record=record))
    return made.name(output), record


def _made(
    kind: _Kind,
    job: HardeningJob,
    bound: CleanBound,
    folder: Path,
    *,
    trust: Trust,
    listener: TrainingListener,
) -> tuple[HardenedModel, HardeningRecord]:
    """The model in a folder in which no other process works, and its record.

    Raises:
        NoEpochKept: no epoch may be kept.
    """
    check_writable(folder)
    with locked(folder) as lock:
        remove_unfinished(folder)

        def on_fit(event: FitEvent) -> None:
            lock.check_held()  # each epoch has events, and ends with a checkpoint
            listener(ModelEvent(name=job.source.name, event=event))

        made = kind.harden(job.source, job, bound, folder, listener=on_fit)
        record = _checked(job, bound, made, folder, trust)
        write_hardening(record, folder)
    (folder / LOCK).unlink(missing_ok=True)
    return made, record


def check_new(output: Path) -> None:
    """Check that the folder does not exist, or is empty.

    Raises:
        UserError: there is something, or it cannot be made.
    """
    check_creatable(output.parent)
    if exists(output) and not (is_folder(output) and not any(output.iterdir())):
        raise UserError(f"{str(output)!r} already exists: choose another {option('output')}, or remove it")


def _kind_of(source: ModelSource) -> _Kind:
    """How a model is hardened.

    Raises:
        UserError: its weights cannot be trained here.
    """
    if isinstance(source, TrainedModel) and REFERENCE_MODELS[source.card.name].family != "tfidf":
        return _Kind(steps=_steps_of_network, harden=harden_network)
    raise UserError(
        f"{named('model')} must be a reference network, got {source.name!r}: `robustaudit augment` writes "
        "perturbed copies of texts, to train others on"
    )


def _steps_of_network(job: HardeningJob) -> int:
    assert isinstance(job.source, TrainedModel)
    return count_steps(len(job.splits.train), optimisation(job.source, job))


def _checked(
    job: HardeningJob, bound: CleanBound, made: HardenedModel, folder: Path, trust: Trust
) -> HardeningRecord:
    """The record of a model, measured as it is read back.

    Raises:
        NoEpochKept: it lost too much when it was stored.
    """
    stored = resolve(made.name(folder), trust=trust)
    after = measure(stored.load(), job, bound.perturbed)
    if not bound.allows(after.validation_accuracy, after.mean_perturbed_accuracy):
        raise NoEpochKept([(after.validation_accuracy, after.mean_perturbed_accuracy)])
    return HardeningRecord(
        command=job.command,
        original=job.source.uri or job.source.name,
        original_digest=job.source.digest,
        seen=job.seen,
        held_out=job.held_out.names,
        preset=job.preset.name,
        rates=job.preset.rates,
        share=job.preset.share,
        max_clean_loss=job.preset.max_clean_loss,
        training=made.training,
        seed=job.seed,
        data=job.dataset.name,
        data_digest=job.dataset.digest,
        texts_digest=made.texts_digest,
        epochs=made.epochs,
        kept_epoch=made.kept_epoch,
        seconds=round(made.seconds, 1),
        before=bound.before,
        after=after,
        versions=made.versions,
        files={file.path.name: file.sha256 for file in files_of(stored)},
    )
