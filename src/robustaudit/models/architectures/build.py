"""The networks of the reference models."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from torch import nn

from robustaudit.core.extras import extra
from robustaudit.models.architectures.layers import Vectors
from robustaudit.models.architectures.lstm import EncoderDecoder, LSTMEncoder
from robustaudit.models.architectures.transformer import PostNormLayer, PreNormLayer, Transformer
from robustaudit.models.card import BertSizes, LSTMSizes, TransformerSizes

ARCHITECTURES: Mapping[str, Callable[..., nn.Module]] = MappingProxyType(
    {
        "1": LSTMEncoder,
        "2": LSTMEncoder,
        "3": partial(EncoderDecoder, attentive=False),
        "4": partial(EncoderDecoder, attentive=True),
        "5": partial(Transformer, layer=PreNormLayer, depth=2),
        "6": partial(Transformer, layer=PreNormLayer, depth=4),
        "7": partial(Transformer, layer=PostNormLayer, depth=2),
    }
)


def build(name: str, *, sizes: LSTMSizes | TransformerSizes, vectors: Vectors, classes: int) -> nn.Module:
    """The untrained network of reference model `name` over word-piece vectors: ids and mask to logits."""
    return ARCHITECTURES[name](sizes=sizes, vectors=vectors, classes=classes)


def build_bert(*, sizes: BertSizes, classes: int, filled: bool = True) -> nn.Module:
    """The network of reference model 8; its base is pre-trained if `filled`, else only shaped."""
    with extra("bert"):
        # transformers takes seconds to import, and only this setting needs it.
        from robustaudit.models.architectures.bert import FineTunedBert, load_base  # noqa: PLC0415

        model = FineTunedBert(sizes=sizes, classes=classes)
        if filled:
            load_base(model, sizes.base)
    return model


def find_base(name: str) -> Path:
    """The weights of the base of reference model 8, downloaded if missing and allowed.

    Raises:
        UserError: it is not, or what it needs is not installed.
    """
    with extra("bert"):
        from robustaudit.models.architectures.bert import base_weights  # noqa: PLC0415

        return base_weights(name)
