"""Multi-head attention (Vaswani et al., 2017, section 3.2.2)."""

from torch import Tensor, nn
from torch.nn import functional


class MultiHeadAttention(nn.Module):
    """Self-attention over real tokens; states of shape (batch, length, d), d = num_heads * head_size.

    Four linear layers with biases: 4 * d**2 + 4 * d parameters.
    """

    def __init__(self, *, num_heads: int, head_size: int, dropout: float) -> None:
        super().__init__()
        width = num_heads * head_size
        self.num_heads = num_heads
        self.head_size = head_size
        self.dropout = dropout
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)

    def forward(self, states: Tensor, real: Tensor) -> Tensor:
        attended = functional.scaled_dot_product_attention(
            self._by_head(self.query(states)),
            self._by_head(self.key(states)),
            self._by_head(self.value(states)),
            attn_mask=real[:, None, None, :],
            dropout_p=self.dropout if self.training else 0.0,
        )
        output: Tensor = self.output(attended.transpose(1, 2).flatten(start_dim=2))
        return output

    def _by_head(self, projected: Tensor) -> Tensor:
        """From (batch, length, d) to (batch, num_heads, length, head_size)."""
        texts, length, _ = projected.shape
        return projected.view(texts, length, self.num_heads, self.head_size).transpose(1, 2)
