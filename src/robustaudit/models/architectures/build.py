"""A setting's network."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from torch import nn

from robustaudit.models.architectures.embedding import Vectors
from robustaudit.models.architectures.lstm import EncoderDecoder, LSTMEncoder
from robustaudit.models.architectures.transformer import PostNormLayer, PreNormLayer, Transformer
from robustaudit.models.sizes import NetworkSizes

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


def build(name: str, *, sizes: NetworkSizes, vectors: Vectors, classes: int) -> nn.Module:
    """The untrained network of setting `name`: word-piece ids and their mask to logits."""
    return ARCHITECTURES[name](sizes=sizes, vectors=vectors, classes=classes)
