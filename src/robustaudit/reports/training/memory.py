"""What a training took of memory, and what its model takes on disk."""

from dataclasses import dataclass

from robustaudit.reports.training.stored import Training


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Bytes: the process's RAM at its peak, the GPU's in steady state and at its peak, files on disk."""

    model: str
    ram_peak: int
    gpu_steady: int | None
    gpu_peak: int | None
    disk_own: int
    disk_shared: int


def memory_of(training: Training) -> Memory:
    """The memory of a training; the GPU's steady state is what was held after the last epoch."""
    epochs = training.history.epochs
    peaks = [epoch.gpu_peak_bytes for epoch in epochs if epoch.gpu_peak_bytes is not None]
    return Memory(
        model=training.name,
        ram_peak=max(epoch.peak_rss_bytes for epoch in epochs),
        gpu_steady=epochs[-1].gpu_bytes,
        gpu_peak=max(peaks, default=None),
        disk_own=training.own_bytes,
        disk_shared=training.shared_bytes,
    )
