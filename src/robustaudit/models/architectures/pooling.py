"""One vector for a text from one vector for each of its tokens; padding never counts."""

from torch import Tensor, cat, nn

from robustaudit.models.sizes import PoolingName


class Pooling(nn.Module):
    """Mean, mean and maximum side by side, over real tokens; or what stands first.

    States of shape (batch, length, width) become (batch, `width`).
    """

    def __init__(self, *, name: PoolingName, width: int) -> None:
        super().__init__()
        self.name = name
        self.width = width * (2 if name == "mean_max" else 1)

    def forward(self, states: Tensor, real: Tensor) -> Tensor:
        if self.name == "first":
            return states[:, 0]
        mask = real.unsqueeze(-1)
        mean = (states * mask).sum(dim=1) / mask.sum(dim=1)
        if self.name == "mean":
            return mean
        return cat((mean, states.masked_fill(~mask, float("-inf")).amax(dim=1)), dim=1)
