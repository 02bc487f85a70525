"""Sudden rises of the loss from step to step."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from robustaudit.models.history import Step

WINDOW = 20
RUN = 3  # one odd batch, such as an epoch's last and smallest, is no spike
FACTOR = 1.5
SPREADS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """A rise: its highest loss and where that was, and the median loss of the steps before it."""

    step: int
    epoch: int
    loss: float
    median: float


def find_spikes(steps: Sequence[Step]) -> tuple[Spike, ...]:
    """Every spike among the recorded steps, each once, as long as it lasts."""
    return tuple(_spikes(steps))


def _spikes(steps: Sequence[Step]) -> Iterator[Spike]:
    start = WINDOW
    while start + RUN <= len(steps):
        before = [step.train_loss for step in steps[start - WINDOW : start]]
        limit = _limit(before)
        stop = start
        while stop < len(steps) and steps[stop].train_loss > limit:
            stop += 1
        if stop - start >= RUN:
            top = max(steps[start:stop], key=lambda step: step.train_loss)
            yield Spike(step=top.step, epoch=top.epoch, loss=top.train_loss, median=median(before))
        # after a spike the window would hold it: the steps it lasted are passed over
        start = max(start + 1, stop)


def _limit(losses: Sequence[float]) -> float:
    middle = median(losses)
    spread = median(abs(loss - middle) for loss in losses)
    return max(FACTOR * middle, middle + SPREADS * spread)
