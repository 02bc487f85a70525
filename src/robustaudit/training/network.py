"""A network's training, from examples to files."""

from dataclasses import asdict
from pathlib import Path

from torch import nn

from robustaudit.models.card import record_file
from robustaudit.models.tokens import PieceTokenizer
from robustaudit.models.torch_classifier import TorchClassifier
from robustaudit.models.training_history import write_history
from robustaudit.models.weights import load_weights, one_thread, save_weights, trained_tensors
from robustaudit.training.augmentation import AugmentationSchedule, AugmentedEpochs
from robustaudit.training.checkpoint import Checkpoint
from robustaudit.training.fitted_model import FittedModel
from robustaudit.training.hardware import Hardware
from robustaudit.training.initialisation import NetworkInit
from robustaudit.training.loop import UnderAttack, fit, seeded
from robustaudit.training.preset import NetworkPreset
from robustaudit.training.stepper import encode
from robustaudit.training.training_events import FitListener
from robustaudit.training.training_splits import TrainingSplits


def make_network(
    splits: TrainingSplits,
    *,
    foundation: NetworkInit,
    tokenizer: PieceTokenizer,
    preset: NetworkPreset,
    seed: int,
    folder: Path,
    listener: FitListener,
    hardware: Hardware,
    checkpoint: Checkpoint,
    augmentation: AugmentationSchedule | None = None,
    under_attack: UnderAttack | None = None,
) -> FittedModel:
    """Train the network that `foundation` builds, and store it in `folder`.

    Raises:
        UserError: the training diverged, or its checkpoint is of another one.
        NoEpochKept: with `under_attack`, no epoch may be kept; nothing is stored.
    """
    epochs = AugmentedEpochs(splits.train, augmentation) if augmentation else None
    with one_thread(), seeded(seed):
        module = foundation.build()
        history = fit(
            module,
            train=encode(splits.train, tokenizer),
            validation=encode(splits.validation, tokenizer),
            how=preset.training,
            seed=seed,
            listener=listener,
            hardware=hardware,
            checkpoint=checkpoint,
            of_epoch=(lambda epoch: encode(epochs.examples(epoch), tokenizer)) if epochs else None,
            under_attack=under_attack,
        )
    write_history(history, folder)
    paths = {"weights": _store(module.cpu(), folder), **foundation.files}
    return FittedModel(
        classifier=TorchClassifier(module=module, tokenizer=tokenizer, labels=splits.labels),
        parameters=sum(tensor.numel() for tensor in trained_tensors(module).values()),
        model=asdict(preset.model),
        training=asdict(preset.training),
        files={role: record_file(path, folder) for role, path in paths.items()},
        library="torch",
        epochs=history.epochs,
        embeddings=foundation.provenance,
        base_sha256=foundation.base_sha256,
        augmented_digest=epochs.digest(len(history.epochs)) if epochs else None,
        accuracies=history.accuracies if under_attack else (),
    )


def _store(module: nn.Module, folder: Path) -> Path:
    """Write the weights, and leave `module` with them as they were stored."""
    weights = folder / "model.safetensors"
    save_weights(module, weights)
    # Half precision rounds them, and what is scored has to be what is loaded later.
    load_weights(module, weights)
    return weights
