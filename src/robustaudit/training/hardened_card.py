"""The card of a hardened reference model."""

from pathlib import Path

from robustaudit.models import Card, TrainedModel
from robustaudit.models.card import AugmentationRecord, PresetRecord, RunRecord, write_card
from robustaudit.models.hardening_record import hardened_title
from robustaudit.models.training_history import write_validation
from robustaudit.training.fitted_model import FittedModel, predictions_for, score
from robustaudit.training.hardening_job import HardenedModel, HardeningJob


def write_hardened_card(
    source: TrainedModel, made: FittedModel, hardened: HardenedModel, *, job: HardeningJob, folder: Path
) -> None:
    """Write the card of a model, with the scores of what is stored, and its validation predictions."""
    validation = predictions_for(made.classifier, job.splits.validation)
    test = predictions_for(made.classifier, job.splits.test)
    write_validation(validation, folder)
    card = Card(
        name=source.card.name,
        title=hardened_title(source.title, job.seen),
        labels=source.labels,
        parameters=made.parameters,
        preset=PresetRecord(name=job.preset.name, model=made.model, training=made.training),
        run=_run_record(hardened, job),
        scores=score(validation=validation, test=test, classes=len(source.labels)),
        files=made.files,
        embeddings=made.embeddings,
        base_sha256=made.base_sha256,
    )
    write_card(card, folder)


def _run_record(hardened: HardenedModel, job: HardeningJob) -> RunRecord:
    last = job.schedule(hardened.epochs).at(hardened.epochs)
    return RunRecord(
        command=job.command,
        data=job.dataset.name,
        data_digest=job.dataset.digest,
        augmentation=AugmentationRecord(
            attack=last.attack.label,
            expression=str(last.attack.attack),
            share=last.share,
            seed=last.seed,
            texts_digest=hardened.texts_digest,
        ),
        seed=job.seed,
        epochs=hardened.epochs,
        best_epoch=hardened.kept_epoch,
        seconds=round(hardened.seconds, 1),
        versions=hardened.versions,
    )
