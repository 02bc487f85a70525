"""A reference network that is hardened: its weights learn on, and get a folder with all that they need."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from robustaudit.core.typed_values import parse_typed
from robustaudit.models import TrainedModel
from robustaudit.models.card import Numbers
from robustaudit.models.reference_models import REFERENCE_MODELS, ModelFamily
from robustaudit.models.torch_classifier import SIZES, load_network
from robustaudit.training.checkpoint import Checkpoint
from robustaudit.training.hardened_card import write_hardened_card
from robustaudit.training.hardening_job import CleanBound, HardenedModel, HardeningJob
from robustaudit.training.hardware import Hardware
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
    source: TrainedModel,
    job: HardeningJob,
    bound: CleanBound,
    folder: Path,
    *,
    hardware: Hardware,
    listener: FitListener,
) -> HardenedModel:
    """Train a reference network on, and store it with its card in `folder`, with copies of what it needs.

    Raises:
        NoEpochKept: no epoch may be kept; nothing is stored.
    """
    module, tokenizer = load_network(source.card, source.folder)
    how = optimisation(source, job)
    checkpoint = Checkpoint(path=folder / "checkpoint.safetensors", training=job.digest(hardware))
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
        hardware=hardware,
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
    write_hardened_card(source, made, hardened, job=job, folder=folder)
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
