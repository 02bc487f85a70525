"""The measures of a row as values; docs/statistics.md defines each."""

from dataclasses import dataclass
from typing import Literal

IntervalUnit = Literal["group", "draw"]
"""The independent unit of an interval."""

FEW_EXAMPLES = 20
"""With fewer changed examples than this, a row has too few to conclude."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95% confidence interval; bounds are None without enough data, or a method."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def has_interval(self) -> bool:
        return self.low is not None

    @property
    def is_above_zero(self) -> bool:
        """Whether the interval lies above 0."""
        return self.low is not None and self.low > 0

    @property
    def is_below_zero(self) -> bool:
        """Whether the interval lies below 0."""
        return self.high is not None and self.high < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """The figures of a model on some trials, each example weighing alike; None if not defined.

    `noise` is the share of clean texts whose repeated prediction differs, for models that are noisy;
    `flip_rate_beyond_noise` is the flip rate less the noise.

    Shares are fractions from 0 to 1, drops and changes from −1 to 1.
    """

    clean_accuracy: Estimate | None = None
    perturbed_accuracy: Estimate | None = None
    drop: Estimate | None = None
    relative_drop: Estimate | None = None
    flip_rate: Estimate | None = None
    attack_success_rate: Estimate | None = None
    clean_macro_f1: Estimate | None = None
    perturbed_macro_f1: Estimate | None = None
    probability_change: Estimate | None = None
    clean_squared_calibration_error: Estimate | None = None
    perturbed_squared_calibration_error: Estimate | None = None
    squared_calibration_error_change: Estimate | None = None
    brier_change: Estimate | None = None
    noise: Estimate | None = None
    flip_rate_beyond_noise: Estimate | None = None


@dataclass(frozen=True, slots=True)
class WorstOfK:
    """The probability that a model is correct on all of k changed draws, over the examples with that many."""

    k: int
    accuracy: Estimate
    examples: int


@dataclass(frozen=True, slots=True)
class SeverityCurve:
    """The drop of one model under one attack at rising severity, and the area under it from severity 0."""

    model: str
    base: str
    severities: tuple[int, ...]
    drops: tuple[Estimate, ...]
    area: Estimate


@dataclass(frozen=True, slots=True)
class RelativeErrorSummary:
    """One number over all attacks: a model's errors as a share of the baseline model's, mean over attacks."""

    model: str
    baseline: str
    attacks: int
    relative_error: Estimate | None
