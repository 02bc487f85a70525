"""A reference network that is hardened: its weights learn on, and get a folder with all that they need."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from robustaudit.core.typed_values import parse_typed
from robustaudit.models import Card, TrainedModel
from robustaudit.models.card import AugmentationRecord, Numbers, PresetRecord, RunRecord, write_card
from robustaudit.models.hardening_record import hardened_title
from robustaudit.models.reference_models import REFERENCE_MODELS, ModelFamily
from robustaudit.models.torch_classifier import SIZES, load_network
from robustaudit.models.training_history import write_validation
from robustaudit.training.checkpoint import Checkpoint
from robustaudit.training.fitted_model import FittedModel, predictions_for, score
from robustaudit.training.hardening_job import CleanBound, HardenedModel, HardeningJob
from robustaudit.training.initialisation import NetworkInit
from robustaudit.training.loop import UnderAttack
from robustaudit.training.network import make_network
from robustaudit.training.preset import (
    BertPreset,
    LSTMPreset,
    NetworkPreset,
    Optimisation,
    TransformerPreset,
)
from robustaudit.training.stepper import encode
from robustaudit.training.training_events import FitListener

_PRESETS: Mapping[ModelFamily, type[NetworkPreset]] = {
    "lstm": LSTMPreset,
    "transformer": TransformerPreset,
    "bert": BertPreset,
}


def optimisation(source: TrainedModel, job: HardeningJob) -> Optimisation:
    """How the weights of a reference network learn on."""
    return job.preset.pretrained if _family(source) == "bert" else job.preset.network


def harden_network(
    source: TrainedModel, job: HardeningJob, bound: CleanBound, folder: Path, *, listener: FitListener
) -> HardenedModel:
    """Train a reference network on, and store it with its card in `folder`, with copies of what it needs.

    Raises:
        NoEpochKept: no epoch may be kept; nothing is stored.
    """
    module, tokenizer = load_network(source.card, source.folder)
    how = optimisation(source, job)
    checkpoint = Checkpoint(path=folder / "checkpoint.safetensors", training=job.digest)
    made = make_network(
        job.splits,
        foundation=NetworkInit(
            build=lambda: module,
            files=_copied(source, folder),
            provenance=source.card.embeddings,
            base_sha256=source.card.base_sha256,
        ),
        tokenizer=tokenizer,
        preset=_preset(source, how),
        seed=job.seed,
        folder=folder,
        listener=listener,
        hardware=job.hardware,
        checkpoint=checkpoint,
        augmentation=job.schedule(how.epochs),
        under_attack=UnderAttack(validation=encode(bound.perturbed_examples, tokenizer), allows=bound.allows),
    )
    hardened = HardenedModel(
        name=str,
        training=made.training,
        accuracies=made.accuracies,
        kept_epoch=bound.best_of(made.accuracies),
        texts_digest=made.augmented_digest or "",
        seconds=sum(epoch.seconds for epoch in made.epochs),
        library=made.library,
    )
    _write_card(source, made, hardened, job=job, folder=folder)
    checkpoint.remove()
    return hardened


def _family(source: TrainedModel) -> ModelFamily:
    return REFERENCE_MODELS[source.card.name].family


def _copied(source: TrainedModel, folder: Path) -> dict[str, Path]:
    """Copies of the files that the network needs beside its weights, by the part that they play."""
    copies = {}
    for role in source.card.files.keys() - {"weights"}:
        path = source.card.locate(role, source.folder)
        copies[role] = Path(shutil.copy(path, folder / path.name))
    return copies


def _preset(source: TrainedModel, how: Optimisation) -> NetworkPreset:
    """The sizes of the network as they are, with the optimisation that goes with them."""
    family = _family(source)
    sizes: Numbers = source.card.preset.model
    model = parse_typed(SIZES[family], sizes, where=f"model card of {source.card.name!r}")
    return _PRESETS[family](model=model, training=how)  # type: ignore[arg-type]  # those of one family


def _write_card(
    source: TrainedModel, made: FittedModel, hardened: HardenedModel, *, job: HardeningJob, folder: Path
) -> None:
    """Write the model's card, with the scores of the weights as they are stored."""
    validation = predictions_for(made.classifier, job.splits.validation)
    test = predictions_for(made.classifier, job.splits.test)
    write_validation(validation, folder)
    last = job.schedule(hardened.epochs).at(hardened.epochs)
    card = Card(
        name=source.card.name,
        title=hardened_title(source.title, job.seen),
        labels=source.labels,
        parameters=made.parameters,
        preset=PresetRecord(name=job.preset.name, model=made.model, training=made.training),
        run=RunRecord(
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
        ),
        scores=score(validation=validation, test=test, classes=len(source.labels)),
        files=made.files,
        embeddings=made.embeddings,
        base_sha256=made.base_sha256,
    )
    write_card(card, folder)
