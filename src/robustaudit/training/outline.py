"""A setting's network as a preset shapes it, without its numbers: what there would be to train."""

import torch

from robustaudit.core.errors import UserError
from robustaudit.core.resources import shipped
from robustaudit.core.validation import check_known
from robustaudit.datasets import SENTIMENTS
from robustaudit.models.architectures.build import build, build_bert
from robustaudit.models.architectures.embedding import Vectors
from robustaudit.models.describe import ModuleRow, describe
from robustaudit.models.settings import SETTINGS
from robustaudit.models.sizes import BertSizes
from robustaudit.models.tokens import PieceTokenizer
from robustaudit.training.embeddings import SharedTable
from robustaudit.training.preset import Preset


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
