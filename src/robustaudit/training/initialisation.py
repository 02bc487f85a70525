"""Networks before training: a BERT's base, the shared embeddings or random weights, and their modules."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from robustaudit.core.errors import UserError
from robustaudit.core.files import sha256_of, shipped
from robustaudit.core.validation import check_known
from robustaudit.datasets import SENTIMENTS
from robustaudit.models.architectures.build import build, build_bert, find_base
from robustaudit.models.architectures.layers import Vectors
from robustaudit.models.card import BertSizes, Provenance
from robustaudit.models.reference_models import REFERENCE_MODELS
from robustaudit.models.tokens import PieceTokenizer
from robustaudit.models.weights import load_shared_embeddings
from robustaudit.training.embeddings import SharedTable, base_provenance
from robustaudit.training.preset import BertPreset, Embeddings, NetworkPreset, Preset


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleRow:
    """One module, and how many numbers it and the modules within it hold; `name` is empty for the whole."""

    name: str
    kind: str
    depth: int
    trained: int
    frozen: int

    @property
    def parameters(self) -> int:
        """All numbers, trained and frozen."""
        return self.trained + self.frozen


def describe(network: nn.Module) -> tuple[ModuleRow, ...]:
    """The network itself, then every module within it, each after that which holds it.

    What is frozen is a parameter without a gradient, or a table that is kept but never learned.
    """
    return tuple(_row(name, module) for name, module in network.named_modules())


def _row(name: str, module: nn.Module) -> ModuleRow:
    tensors = list(_tensors(module))
    return ModuleRow(
        name=name,
        kind=type(module).__name__,
        depth=name.count(".") + 1 if name else 0,
        trained=sum(tensor.numel() for tensor in tensors if tensor.requires_grad),
        frozen=sum(tensor.numel() for tensor in tensors if not tensor.requires_grad),
    )


def _tensors(module: nn.Module) -> Iterator[Tensor]:
    """Parameters, and the buffers that hold weights: those of whole numbers count or index."""
    yield from module.parameters()
    yield from (buffer for buffer in module.buffers() if buffer.is_floating_point())


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkInit:
    """An untrained network: how it is built (from torch's generator), and the third-party parts it needs."""

    build: Callable[[], nn.Module]
    files: Mapping[str, Path]
    provenance: Provenance | None
    base_sha256: str | None = None


def initial_network(
    name: str,
    *,
    preset: NetworkPreset,
    embeddings: Embeddings,
    shared: SharedTable,
    pieces: int,
    classes: int,
) -> NetworkInit:
    """The initial network of reference model `name`."""
    files = {"tokenizer": shared.tokenizer}
    if isinstance(preset, BertPreset):
        return NetworkInit(
            build=partial(build_bert, sizes=preset.model, classes=classes),
            files=files,
            provenance=base_provenance(preset.model.base),
            base_sha256=sha256_of(find_base(preset.model.base)),
        )
    network = partial(build, name, sizes=preset.model, classes=classes)
    if embeddings.learned:
        return NetworkInit(
            build=lambda: network(vectors=_random(pieces, embeddings.width)), files=files, provenance=None
        )
    return NetworkInit(
        build=lambda: network(vectors=Vectors(table=load_shared_embeddings(shared.embeddings))),
        files=files | {"embeddings": shared.embeddings},
        provenance=shared.record().provenance,
    )


def _random(pieces: int, width: int) -> Vectors:
    """Vectors to learn from, those of the padding nothing."""
    table = torch.randn(pieces, width)
    table[0] = 0.0
    return Vectors(table=table, learned=True)


def outline(name: str, *, preset: Preset) -> tuple[ModuleRow, ...]:
    """Every module of reference model `name` under `preset`, for two classes."""
    check_known("model", name, REFERENCE_MODELS)
    if REFERENCE_MODELS[name].family == "tfidf":
        raise UserError(f"model {name!r} has no modules: it is no network")
    sizes = preset.network(name).model
    # Tensors on this device have shapes and no memory.
    with torch.device("meta"):
        if isinstance(sizes, BertSizes):
            return describe(build_bert(sizes=sizes, classes=len(SENTIMENTS), filled=False))
        table = torch.empty(_pieces(sizes.max_tokens), preset.embeddings.width)
        vectors = Vectors(table=table, learned=preset.embeddings.learned)
        return describe(build(name, sizes=sizes, vectors=vectors, classes=len(SENTIMENTS)))


def _pieces(max_tokens: int) -> int:
    """The number of word pieces of the shipped tokenizer."""
    shared = SharedTable.of(shipped("trained_models"))
    return PieceTokenizer(path=shared.tokenizer, max_tokens=max_tokens).pieces
