"""A setting's network as a preset shapes it, without its numbers: what there would be to train."""

import torch

from robustaudit.core.errors import UserError
from robustaudit.core.resources import shipped
from robustaudit.core.validation import check_known
from robustaudit.models.architectures.build import ARCHITECTURES, build
from robustaudit.models.architectures.embedding import Vectors
from robustaudit.models.describe import ModuleRow, describe
from robustaudit.models.settings import SETTINGS
from robustaudit.models.tokens import PieceTokenizer
from robustaudit.training.embeddings import SharedTable
from robustaudit.training.preset import Preset
from robustaudit.training.splits import SENTIMENTS


def outline(name: str, *, preset: Preset) -> tuple[ModuleRow, ...]:
    """Every module of the network that `preset` makes of setting `name`, for two classes."""
    check_known("model", name, SETTINGS)
    if name not in ARCHITECTURES:
        raise UserError(f"model {name!r} has no modules: it is no network")
    sizes = preset.network(name).model
    shared = SharedTable(shipped("trained_models") / "shared")
    tokenizer = PieceTokenizer(path=shared.tokenizer, max_tokens=sizes.max_tokens)
    # Tensors on this device have shapes and no memory.
    with torch.device("meta"):
        table = torch.empty(tokenizer.pieces, preset.embeddings.width)
        vectors = Vectors(table=table, learned=preset.embeddings.learned)
        return describe(build(name, sizes=sizes, vectors=vectors, classes=len(SENTIMENTS)))
