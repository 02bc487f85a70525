"""A network's training, from examples to files."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from torch import nn

from robustaudit.core.files import write_atomically
from robustaudit.models.architectures.build import build
from robustaudit.models.card import CardFile, record_file
from robustaudit.models.checkpoints import load_table, load_weights, save_weights
from robustaudit.models.threads import one_thread
from robustaudit.models.tokens import PieceTokenizer
from robustaudit.models.torch_classifier import TorchClassifier
from robustaudit.training.batches import encode
from robustaudit.training.embeddings import SharedTable
from robustaudit.training.events import EpochDone, Listener
from robustaudit.training.loop import fit, seeded
from robustaudit.training.made import Made
from robustaudit.training.preset import NetworkPreset
from robustaudit.training.splits import Splits


def make_network(
    name: str,
    splits: Splits,
    *,
    preset: NetworkPreset,
    seed: int,
    shared: SharedTable,
    folder: Path,
    listener: Listener,
) -> Made:
    """Train the network of setting `name` and store it in `folder`."""
    tokenizer = PieceTokenizer(path=shared.tokenizer, max_tokens=preset.model.max_tokens)
    with one_thread(), seeded(seed):
        table = load_table(shared.embeddings)
        module = build(name, sizes=preset.model, table=table, classes=len(splits.labels))
        history = fit(
            module,
            train=encode(splits.train, tokenizer),
            validation=encode(splits.validation, tokenizer),
            how=preset.training,
            seed=seed,
            listener=listener,
        )
    files = _store(module, history, shared=shared, folder=folder)
    return Made(
        classifier=TorchClassifier(module=module, tokenizer=tokenizer, labels=splits.labels),
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        model=asdict(preset.model),
        training=asdict(preset.training),
        files=files,
        library="torch",
        history=history,
        embeddings=shared.record().provenance,
    )


def _store(
    module: nn.Module, history: Sequence[EpochDone], *, shared: SharedTable, folder: Path
) -> dict[str, CardFile]:
    """Write weights and history, and leave `module` with the weights as they were stored."""
    weights = folder / "model.safetensors"
    save_weights(module, weights)
    # Half precision rounds them, and what is scored has to be what is loaded later.
    load_weights(module, weights)
    lines = "".join(json.dumps(asdict(epoch)) + "\n" for epoch in history)
    write_atomically(folder / "history.jsonl", lines.encode())
    paths = {"weights": weights, "embeddings": shared.embeddings, "tokenizer": shared.tokenizer}
    return {role: record_file(path, folder) for role, path in paths.items()}
