"""What a network is made of: its modules, and how many numbers each holds."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, nn


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
