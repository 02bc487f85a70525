"""Over-fitting, under-fitting and instability, each by a rule on the learning curves."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal

from robustaudit.core.display import percent
from robustaudit.models.training_history import Step
from robustaudit.training.trainings import Training

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


Sign = Literal["over-fitting", "under-fitting", "instability"]

OVER_FITTING_RISE = 0.05
GUESSING_SHARE = 0.75
STILL_FALLING = 0.02
FALL_SHARE = 0.02
FALL_ERRORS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisRule:
    """A sign, when the curves show it, what is usually done about it.

    `check` gives the figures that trigger the rule, or None.
    """

    sign: Sign
    statement: str
    remedy: str
    check: Callable[[Training], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveFinding:
    """A rule that a training triggers, and the figures that did it."""

    rule: DiagnosisRule
    figures: str


def diagnose(training: Training) -> tuple[CurveFinding, ...]:
    """The findings of all rules in the curves of a training."""
    found = ((rule, rule.check(training)) for rule in RULES)
    return tuple(CurveFinding(rule=rule, figures=figures) for rule, figures in found if figures)


def _validation_loss_rises(training: Training) -> str | None:
    epochs = training.history.epochs
    lowest, last = min(epochs, key=lambda epoch: epoch.validation_loss), epochs[-1]
    bound = (1 + OVER_FITTING_RISE) * lowest.validation_loss
    if last.validation_loss <= bound or last.train_loss >= lowest.train_loss:
        return None
    return (
        f"validation loss {lowest.validation_loss:.3f} in epoch {lowest.epoch} and "
        f"{last.validation_loss:.3f} at the end, while the train loss fell from {lowest.train_loss:.3f} to "
        f"{last.train_loss:.3f}; the saved epoch is {training.card.run.best_epoch}"
    )


def _train_loss_stays_high(training: Training) -> str | None:
    loss, guessing = training.history.epochs[-1].train_loss, math.log(len(training.card.labels))
    if loss <= GUESSING_SHARE * guessing:
        return None
    share = percent(loss / guessing)
    return f"train loss {loss:.3f} at the end, {share}% of the {guessing:.3f} of random guessing"


def _validation_loss_still_falls(training: Training) -> str | None:
    *earlier, last = training.history.epochs
    if not earlier or last.validation_loss >= min(epoch.validation_loss for epoch in earlier):
        return None
    before = earlier[-1].validation_loss
    fall = 1 - last.validation_loss / before
    if fall <= STILL_FALLING:
        return None
    course = f"validation loss from {before:.3f} to {last.validation_loss:.3f}"
    return f"{course} in the last epoch, -{percent(fall)}%"


def _accuracy_fluctuates(training: Training) -> str | None:
    n = len(training.validation.examples)
    accuracies = [(epoch.epoch, epoch.validation_accuracy) for epoch in training.history.epochs]
    falls = [
        f"{percent(before)}% to {percent(after)}% in epoch {epoch}"
        for (_, before), (epoch, after) in pairwise(accuracies)
        if _falls(before, after, n)
    ]
    return f"validation accuracy fell from {_listed(falls)}" if falls else None


def _falls(before: float, after: float, n: int) -> bool:
    error = math.sqrt(before * (1 - before) / n)
    return before - after > max(FALL_SHARE, FALL_ERRORS * error)


def _loss_spikes(training: Training) -> str | None:
    spikes = [
        f"{spike.loss:.3f} at step {spike.step:,} (epoch {spike.epoch}) after a median of {spike.median:.3f}"
        for spike in find_spikes(training.history.steps)
    ]
    return f"train loss {_listed(spikes)}" if spikes else None


def _listed(items: Sequence[str], *, most: int = 3) -> str:
    shown = "; ".join(items[:most])
    return shown if len(items) <= most else f"{shown}; and {len(items) - most} more"


def _whole(share: float) -> str:
    return f"{share * 100:.0f}%"


RULES = (
    DiagnosisRule(
        sign="over-fitting",
        statement=(
            f"the last validation loss is more than {_whole(OVER_FITTING_RISE)} above the lowest, "
            "and the train loss kept falling"
        ),
        remedy="fewer epochs, more dropout or weight decay, more data; the best epoch is kept in any case",
        check=_validation_loss_rises,
    ),
    DiagnosisRule(
        sign="under-fitting",
        statement=(
            f"the last train loss is above {_whole(GUESSING_SHARE)} of that of random guessing, ln(classes)"
        ),
        remedy="a higher learning rate or more epochs, less dropout, a larger network",
        check=_train_loss_stays_high,
    ),
    DiagnosisRule(
        sign="under-fitting",
        statement=(
            "the last validation loss is the lowest, and more than "
            f"{_whole(STILL_FALLING)} under that of the epoch before"
        ),
        remedy="more epochs: it was stopped while it still learned",
        check=_validation_loss_still_falls,
    ),
    DiagnosisRule(
        sign="instability",
        statement=(
            "validation accuracy falls from one epoch to the next by more than "
            f"{FALL_SHARE * 100:.0f} percentage points and by more than {FALL_ERRORS} standard errors"
        ),
        remedy="a lower learning rate, a longer warm-up, larger batches; more validation examples",
        check=_accuracy_fluctuates,
    ),
    DiagnosisRule(
        sign="instability",
        statement=(
            f"{RUN} recorded steps in a row have a train loss above {FACTOR:g} times the median of the "
            f"{WINDOW} before, and above it by more than {SPREADS:g} median absolute deviations"
        ),
        remedy="a lower learning rate, a longer warm-up, stricter gradient clipping; a look at those texts",
        check=_loss_spikes,
    ),
)
