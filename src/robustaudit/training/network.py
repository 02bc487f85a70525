"""A network's training, from examples to files."""

from dataclasses import asdict
from pathlib import Path

from torch import nn

from robustaudit.models.building import one_thread
from robustaudit.models.card import record_file
from robustaudit.models.checkpoints import learned, load_weights, save_weights
from robustaudit.models.history import write_history
from robustaudit.models.tokens import PieceTokenizer
from robustaudit.models.torch_classifier import TorchClassifier
from robustaudit.training.checkpoint import Checkpoint
from robustaudit.training.events import FitListener
from robustaudit.training.foundation import Foundation
from robustaudit.training.hardware import Hardware
from robustaudit.training.loop import fit, seeded
from robustaudit.training.preset import NetworkPreset
from robustaudit.training.scoring import Made
from robustaudit.training.splits import Splits
from robustaudit.training.stepper import encode


def make_network(
    splits: Splits,
    *,
    foundation: Foundation,
    tokenizer: PieceTokenizer,
    preset: NetworkPreset,
    seed: int,
    folder: Path,
    listener: FitListener,
    hardware: Hardware,
    checkpoint: Checkpoint,
) -> Made:
    """Train the network that stands on `foundation`, and store it in `folder`."""
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
        )
    write_history(history, folder)
    paths = {"weights": _store(module.cpu(), folder), **foundation.files}
    return Made(
        classifier=TorchClassifier(module=module, tokenizer=tokenizer, labels=splits.labels),
        parameters=sum(tensor.numel() for tensor in learned(module).values()),
        model=asdict(preset.model),
        training=asdict(preset.training),
        files={role: record_file(path, folder) for role, path in paths.items()},
        library="torch",
        epochs=history.epochs,
        embeddings=foundation.provenance,
        base_sha256=foundation.base_sha256,
    )


def _store(module: nn.Module, folder: Path) -> Path:
    """Write the weights, and leave `module` with them as they were stored."""
    weights = folder / "model.safetensors"
    save_weights(module, weights)
    # Half precision rounds them, and what is scored has to be what is loaded later.
    load_weights(module, weights)
    return weights
