"""What training a model takes: memory by kind and time of the processor, each in a process of its own."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import cast

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from robustaudit.core.errors import UserError
from robustaudit.core.files import shipped
from robustaudit.core.processes import sending_errors, start
from robustaudit.core.validation import check_at_least, check_known
from robustaudit.models.reference_models import REFERENCE_MODELS
from robustaudit.models.tokens import PieceTokenizer, TokenBatch
from robustaudit.models.weights import one_thread
from robustaudit.training.embeddings import SharedTable
from robustaudit.training.hardware import Hardware, peak_rss_bytes
from robustaudit.training.initialisation import initial_network
from robustaudit.training.loop import seeded
from robustaudit.training.preset import Preset
from robustaudit.training.stepper import Optimiser, of

_CLASSES = 2
_STEPS = 5  # the first allocates what the others use again
_FIRST_PIECE = 1000  # of the vocabulary, those before are special or unused


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingCost:
    """Bytes by kind, and CPU seconds a step, of a batch of `texts` texts with `tokens` word pieces each.

    `weights` are trained and frozen ones; `optimiser` are moments and the moving average of weights;
    `activations` are what the forward pass keeps for the backward pass. `process_peak` is the RAM of the
    whole process, libraries included; `gpu_peak` is None where none was used.
    """

    model: str
    title: str
    texts: int
    tokens: int
    weights: int
    gradients: int
    optimiser: int
    activations: int
    process_peak: int
    gpu_peak: int | None
    step_seconds: float


def training_costs(
    names: Sequence[str], *, preset: Preset, tokens: int, hardware: Hardware
) -> tuple[TrainingCost, ...]:
    """The cost of each network, measured one after another, each once and in a process of its own.

    Raises:
        UserError: an unknown model, one that is no network, or texts too long for one.
        WorkerDied: a process ended early.
    """
    check_at_least("tokens", tokens, 1)
    for name in names:
        check_known("model", name, REFERENCE_MODELS)
        if REFERENCE_MODELS[name].family == "tfidf":
            raise UserError(f"model {name!r} is fitted at once: it takes no training steps")
        if tokens > (most := preset.network(name).model.max_tokens):
            raise UserError(f"tokens must be at most {most}, which model {name!r} reads, got {tokens}")
    return tuple(_measured_alone(name, preset, tokens, hardware) for name in dict.fromkeys(names))


def _measured_alone(name: str, preset: Preset, tokens: int, hardware: Hardware) -> TrainingCost:
    process = start(_measure, name, preset, tokens, hardware, what=_what(name))
    try:
        found = cast(TrainingCost, process.receive())
        process.join()
    finally:
        process.end()
    return found


def _measure(name: str, preset: Preset, tokens: int, hardware: Hardware, connection: Connection) -> None:
    with sending_errors(connection, _what(name)):
        connection.send(measure_cost(name, preset=preset, tokens=tokens, hardware=hardware))


def _what(name: str) -> str:
    return f"measured model {name}"


def measure_cost(name: str, *, preset: Preset, tokens: int, hardware: Hardware) -> TrainingCost:
    """The cost of training a network with random texts, in this process, whose peak it has, too."""
    chosen = preset.network(name)
    shared = SharedTable.of(shipped("trained_models"))
    tokenizer = PieceTokenizer(path=shared.tokenizer, max_tokens=chosen.model.max_tokens)
    initial = initial_network(
        name,
        preset=chosen,
        embeddings=preset.embeddings,
        shared=shared,
        pieces=tokenizer.pieces,
        classes=_CLASSES,
    )
    with one_thread(), seeded(0):
        network = initial.build()
        network.train()
        optimiser = Optimiser(network, how=chosen.training, steps=_STEPS, hardware=hardware)
        batch, labels = _batch(chosen.training.batch_size, tokens, tokenizer.pieces)
        activations = _activations(optimiser, batch, labels)
        began = time.process_time()
        for _ in range(_STEPS):
            optimiser.step(batch, labels).item()
        seconds = (time.process_time() - began) / _STEPS
    state = optimiser.tensors()
    kept = [*of("optimizer", state).values(), *of("average", state).values()]
    return TrainingCost(
        model=name,
        title=REFERENCE_MODELS[name].title,
        texts=len(labels),
        tokens=tokens,
        weights=_bytes(_weights(network)),
        gradients=_bytes(each.grad for each in network.parameters() if each.grad is not None),
        optimiser=_bytes(kept),
        activations=activations,
        process_peak=peak_rss_bytes(),
        gpu_peak=hardware.memory.peak() if hardware.memory else None,
        step_seconds=seconds,
    )


def _batch(texts: int, tokens: int, pieces: int) -> tuple[TokenBatch, Tensor]:
    ids = torch.randint(min(_FIRST_PIECE, pieces - 1), pieces, (texts, tokens))
    real = torch.ones(texts, tokens, dtype=torch.bool)
    return TokenBatch(ids, real), torch.arange(texts) % _CLASSES


def _activations(optimiser: Optimiser, batch: TokenBatch, labels: Tensor) -> int:
    """The bytes that one step keeps for its backward pass, each storage once, without weights and inputs."""
    given = [*_weights(optimiser.module), batch.ids, batch.real, labels]
    known = {tensor.untyped_storage().data_ptr() for tensor in given}
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in known:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        optimiser.step(batch, labels)
    return sum(kept.values())


def _weights(network: nn.Module) -> list[Tensor]:
    return [*network.parameters(), *(each for each in network.buffers() if each.is_floating_point())]


def _bytes(tensors: Iterable[Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
