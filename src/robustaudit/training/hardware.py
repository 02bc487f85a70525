"""The hardware of a training: device, precision and memory use."""

import resource
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast, get_args

import torch
from torch import Tensor, nn

from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_known
from robustaudit.models.tokens import TokenBatch

# Only the CPU has been measured; what is written for CUDA and MPS follows PyTorch's documentation.

DeviceName = Literal["cpu", "cuda", "mps"]
PrecisionName = Literal["float32", "bfloat16"]
AUTO = "auto"


class DeviceMemory(Protocol):
    """The bytes that a device holds for this process."""

    def held(self) -> int:
        """Bytes held now."""

    def peak(self) -> int | None:
        """The most bytes held since the process began; null where the device does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """A device with the way in which it is used; `compiled` runs networks through `torch.compile`."""

    device: DeviceName = "cpu"
    precision: PrecisionName = "float32"
    compiled: bool = False
    memory: DeviceMemory | None = None

    def options(self) -> list[str]:
        """The options of a command for this hardware, if it is more than a plain CPU."""
        options = [] if self.device == "cpu" else ["--device", self.device]
        if self.precision != "float32":
            options += ["--precision", self.precision]
        return [*options, "--compile"] if self.compiled else options

    def place(self, module: nn.Module) -> nn.Module:
        """Move a network there, and return what computes its answers with the same parameters."""
        module.to(self.device)
        # Lengths differ from batch to batch: without `dynamic`, each would be compiled anew.
        return torch.compile(module, dynamic=True) if self.compiled else module  # type: ignore[return-value]

    def send(self, batch: TokenBatch, labels: Tensor) -> tuple[TokenBatch, Tensor]:
        """Put a batch where the network is; on CUDA from pinned memory, without waiting for it."""
        return TokenBatch(self._send(batch.ids), self._send(batch.real)), self._send(labels)

    def computing(self) -> AbstractContextManager[object]:
        """Inside, what is safe in the lower precision is computed in it; weights stay float32."""
        return torch.autocast(self.device, torch.bfloat16, enabled=self.precision == "bfloat16")

    def generators(self) -> dict[str, Tensor]:
        """The states of torch's generators that layers and dropout draw from."""
        own = {} if self.device == "cpu" else {"device": self._backend().get_rng_state()}
        return {"cpu": torch.get_rng_state(), **own}

    def set_generators(self, states: Mapping[str, Tensor]) -> None:
        """Put back what `generators` gave."""
        torch.set_rng_state(states["cpu"])
        if "device" in states:
            self._backend().set_rng_state(states["device"])

    def _send(self, tensor: Tensor) -> Tensor:
        if self.device != "cuda":
            return tensor.to(self.device)
        return tensor.pin_memory().to(self.device, non_blocking=True)

    def _backend(self) -> Any:  # noqa: ANN401 - a module
        return getattr(torch, self.device)


class CudaMemory:
    """Memory of the CUDA device in use, as PyTorch's allocator counts its tensors."""

    def held(self) -> int:
        """Bytes held now."""
        return torch.cuda.memory_allocated()

    def peak(self) -> int:
        """The most bytes held since the process began."""
        return torch.cuda.max_memory_allocated()


class MpsMemory:
    """Memory of Apple's GPU."""

    def held(self) -> int:
        """Bytes held now."""
        return torch.mps.current_allocated_memory()

    def peak(self) -> None:
        """Unknown."""


_MEMORY: Mapping[str, type[DeviceMemory]] = {"cuda": CudaMemory, "mps": MpsMemory}


def choose(*, device: str = AUTO, precision: str = AUTO, compiled: bool = False) -> Hardware:
    """The hardware asked for; `auto` is the best device here, and bfloat16 only where that is CUDA with it.

    Raises:
        UserError: an unknown name, or what this machine or this build of PyTorch lacks.
    """
    check_known("device", device, (AUTO, *get_args(DeviceName)))
    check_known("precision", precision, (AUTO, *get_args(PrecisionName)))
    here = _devices()
    name = here[0] if device == AUTO else device
    if name not in here:
        raise UserError(f"device {device!r} is not available here: choose {' or '.join(here)}")
    if precision == AUTO:
        precision = "bfloat16" if name == "cuda" and torch.cuda.is_bf16_supported() else "float32"
    if name == "cpu" and precision == "bfloat16" and not _cpu_has_bfloat16():
        raise UserError("precision 'bfloat16' is not available on this processor: choose float32")
    memory = _MEMORY.get(name)
    return Hardware(
        device=name,
        precision=cast("PrecisionName", precision),
        compiled=compiled,
        memory=memory() if memory else None,
    )


def _devices() -> tuple[DeviceName, ...]:
    """The available devices, the fastest first."""
    found: list[DeviceName] = ["cpu"]
    if torch.backends.mps.is_available():
        found.insert(0, "mps")
    if torch.cuda.is_available():
        found.insert(0, "cuda")
    return tuple(found)


def _cpu_has_bfloat16() -> bool:
    """Whether an LSTM can be computed in it: where the processor lacks it, PyTorch has no kernel for one.

    Other layers would be computed even there, but many times slower than in float32.
    """
    with torch.random.fork_rng(devices=()):  # a layer draws its first numbers
        layer = nn.LSTM(1, 1)
    try:
        with torch.no_grad(), Hardware(precision="bfloat16").computing():
            layer(torch.zeros(1, 1, 1))
    except RuntimeError:
        return False
    return True


# Linux counts in kibibytes, macOS in bytes.
_UNIT = 1 if sys.platform == "darwin" else 1024


def peak_rss_bytes() -> int:
    """The most memory that this process has held in RAM so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT
