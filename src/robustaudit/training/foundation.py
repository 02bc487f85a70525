"""What a network stands on before it learns: a BERT's base, the shared table, or nothing but chance."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import nn

from robustaudit.core.errors import UserError
from robustaudit.core.files import sha256_of, shipped
from robustaudit.core.validation import check_known
from robustaudit.datasets import SENTIMENTS
from robustaudit.models.architectures.build import build, build_bert, find_base
from robustaudit.models.architectures.layers import Vectors
from robustaudit.models.card import BertSizes, Provenance
from robustaudit.models.catalog import SETTINGS
from robustaudit.models.checkpoints import load_table
from robustaudit.models.describe import ModuleRow, describe
from robustaudit.models.tokens import PieceTokenizer
from robustaudit.training.embeddings import SharedTable, base_provenance
from robustaudit.training.preset import BertPreset, Embeddings, NetworkPreset, Preset


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """How an untrained network is built, which draws from torch's generator, and what of others it needs."""

    build: Callable[[], nn.Module]
    files: Mapping[str, Path]
    provenance: Provenance | None
    base_sha256: str | None = None


def lay(
    name: str,
    *,
    preset: NetworkPreset,
    embeddings: Embeddings,
    shared: SharedTable,
    pieces: int,
    classes: int,
) -> Foundation:
    """The foundation of setting `name`, for so many word pieces and classes."""
    files = {"tokenizer": shared.tokenizer}
    if isinstance(preset, BertPreset):
        return Foundation(
            build=partial(build_bert, sizes=preset.model, classes=classes),
            files=files,
            provenance=base_provenance(preset.model.base),
            base_sha256=sha256_of(find_base(preset.model.base)),
        )
    network = partial(build, name, sizes=preset.model, classes=classes)
    if embeddings.learned:
        return Foundation(
            build=lambda: network(vectors=_random(pieces, embeddings.width)), files=files, provenance=None
        )
    return Foundation(
        build=lambda: network(vectors=Vectors(table=load_table(shared.embeddings))),
        files=files | {"embeddings": shared.embeddings},
        provenance=shared.record().provenance,
    )


def _random(pieces: int, width: int) -> Vectors:
    """Vectors to learn from, those of the padding nothing."""
    table = torch.randn(pieces, width)
    table[0] = 0.0
    return Vectors(table=table, learned=True)


def outline(name: str, *, preset: Preset) -> tuple[ModuleRow, ...]:
    """Every module of the network that `preset` makes of setting `name`, for two classes."""
    check_known("model", name, SETTINGS)
    if SETTINGS[name].family == "tfidf":
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
    """How many word pieces the tokenizer that ships has."""
    shared = SharedTable.of(shipped("trained_models"))
    return PieceTokenizer(path=shared.tokenizer, max_tokens=max_tokens).pieces
