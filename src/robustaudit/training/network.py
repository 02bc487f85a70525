"""A network's training, from examples to files."""

from dataclasses import asdict
from pathlib import Path

import torch
from torch import nn

from robustaudit.models.architectures.build import build
from robustaudit.models.architectures.embedding import Vectors
from robustaudit.models.card import record_file
from robustaudit.models.checkpoints import load_table, load_weights, save_weights
from robustaudit.models.history import write_history
from robustaudit.models.threads import one_thread
from robustaudit.models.tokens import PieceTokenizer
from robustaudit.models.torch_classifier import TorchClassifier
from robustaudit.training.batches import encode
from robustaudit.training.checkpoint import Checkpoint
from robustaudit.training.embeddings import SharedTable
from robustaudit.training.events import Listener
from robustaudit.training.loop import fit, seeded
from robustaudit.training.made import Made
from robustaudit.training.preset import Embeddings, NetworkPreset
from robustaudit.training.splits import Splits


def make_network(
    name: str,
    splits: Splits,
    *,
    preset: NetworkPreset,
    embeddings: Embeddings,
    seed: int,
    shared: SharedTable,
    folder: Path,
    listener: Listener,
    checkpoint: Checkpoint,
) -> Made:
    """Train the network of setting `name` and store it in `folder`."""
    tokenizer = PieceTokenizer(path=shared.tokenizer, max_tokens=preset.model.max_tokens)
    with one_thread(), seeded(seed):
        vectors = _vectors(embeddings, shared, pieces=tokenizer.pieces)
        module = build(name, sizes=preset.model, vectors=vectors, classes=len(splits.labels))
        history = fit(
            module,
            train=encode(splits.train, tokenizer),
            validation=encode(splits.validation, tokenizer),
            how=preset.training,
            seed=seed,
            listener=listener,
            checkpoint=checkpoint,
        )
    write_history(history, folder)
    paths = {"weights": _store(module, folder), "tokenizer": shared.tokenizer}
    if not embeddings.learned:
        paths["embeddings"] = shared.embeddings
    return Made(
        classifier=TorchClassifier(module=module, tokenizer=tokenizer, labels=splits.labels),
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        model=asdict(preset.model),
        training=asdict(preset.training),
        files={role: record_file(path, folder) for role, path in paths.items()},
        library="torch",
        epochs=history.epochs,
        embeddings=None if embeddings.learned else shared.record().provenance,
    )


def _vectors(embeddings: Embeddings, shared: SharedTable, *, pieces: int) -> Vectors:
    """The shared table, or one drawn at random to learn from."""
    if not embeddings.learned:
        return Vectors(table=load_table(shared.embeddings))
    table = torch.randn(pieces, embeddings.width)
    table[0] = 0.0  # the padding's
    return Vectors(table=table, learned=True)


def _store(module: nn.Module, folder: Path) -> Path:
    """Write the weights, and leave `module` with them as they were stored."""
    weights = folder / "model.safetensors"
    save_weights(module, weights)
    # Half precision rounds them, and what is scored has to be what is loaded later.
    load_weights(module, weights)
    return weights
