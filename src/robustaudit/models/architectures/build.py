"""A setting's network."""

from collections.abc import Mapping
from types import MappingProxyType

from torch import Tensor, nn

from robustaudit.models.architectures.lstm import AttentiveEncoderDecoder, LSTMEncoder
from robustaudit.models.architectures.transformer import PostNormTransformer
from robustaudit.models.sizes import NetworkSizes

ARCHITECTURES: Mapping[str, type[nn.Module]] = MappingProxyType(
    {"1": LSTMEncoder, "4": AttentiveEncoderDecoder, "7": PostNormTransformer}
)


def build(name: str, *, sizes: NetworkSizes, table: Tensor, classes: int) -> nn.Module:
    """The untrained network of setting `name`: word-piece ids and their mask to logits.

    `table` holds the word pieces' vectors, of shape (pieces, width).
    """
    return ARCHITECTURES[name](sizes=sizes, table=table, classes=classes)
