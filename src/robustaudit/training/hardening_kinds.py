"""Hardening: a model is trained on with perturbed texts, and saved if it stays as accurate on clean ones."""

import importlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from robustaudit.attacks import parse_attack
from robustaudit.core.errors import UserError
from robustaudit.core.extras import extra
from robustaudit.core.files import check_creatable, check_writable, exists, is_folder, remove_unfinished
from robustaudit.core.spelling import named, option
from robustaudit.models import REFERENCE_MODELS, TrainedModel, Trust, files_of, resolve, seen_by
from robustaudit.models.hardening_record import HardeningRecord, write_hardening
from robustaudit.runs.folder_lock import LOCK, locked
from robustaudit.training.fitted_model import NoEpochKept
from robustaudit.training.hardening_job import CleanBound, HardenedModel, HardeningJob, measure
from robustaudit.training.preset import Optimisation
from robustaudit.training.training_events import (
    FitEvent,
    HardeningStarted,
    ModelEvent,
    ModelHardened,
    TrainingListener,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """How models of one kind are hardened: optimiser steps, 0 without any, and the function that does it."""

    steps: int
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
    kind, name = _kind_of(job), job.source.name
    job.held_out.check_unseen(job.attacks)
    job.held_out.check_unseen([parse_attack(each.expression) for each in seen_by(job.source)], model=name)
    check_new(output)
    unfinished = output.absolute().with_name(f".{output.absolute().name}.unfinished")
    bound = CleanBound.of(job)
    listener(HardeningStarted(name=name, title=job.source.title, steps=kind.steps, before=bound.before))
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


def _kind_of(job: HardeningJob) -> _Kind:
    """How the model of a job is hardened.

    Raises:
        UserError: its weights cannot be trained here, or the device is not there.
    """
    source = job.source
    if isinstance(source, TrainedModel):
        baseline = REFERENCE_MODELS[source.card.name].family == "tfidf"
        return _refitted("harden_baseline") if baseline else _network(source, job)
    match (source.uri or source.name).partition(":")[0]:
        case "hf":
            return _transformer(job)
        case "sklearn":
            return _refitted("harden_pipeline")
    raise UserError(
        f"{named('model')} must be a reference model, an hf: model or an sklearn: pipeline, got "
        f"{source.name!r}: `robustaudit augment` writes perturbed copies of texts, to train others on"
    )


def _network(source: TrainedModel, job: HardeningJob) -> _Kind:
    from robustaudit.training.hardened_network import harden_network, optimisation  # noqa: PLC0415  (torch)

    return _learning_on(harden_network, job, optimisation(source, job))


def _transformer(job: HardeningJob) -> _Kind:
    with extra("hf"):
        from robustaudit.training.hardened_transformer import harden_transformer  # noqa: PLC0415  (torch)

    return _learning_on(harden_transformer, job, job.preset.pretrained)


def _refitted(function: str) -> _Kind:
    with extra("sklearn"):
        refitting = importlib.import_module("robustaudit.training.refitting")
    return _Kind(steps=0, harden=getattr(refitting, function))


def _learning_on(harden: Callable[..., HardenedModel], job: HardeningJob, how: Optimisation) -> _Kind:
    """How a model that learns in steps is hardened, on the hardware of a job."""
    from robustaudit.training.hardware import choose  # noqa: PLC0415  (torch)
    from robustaudit.training.loop import count_steps  # noqa: PLC0415

    hardware = choose(device=job.device, precision=job.precision)
    return _Kind(steps=count_steps(len(job.splits.train), how), harden=partial(harden, hardware=hardware))


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
