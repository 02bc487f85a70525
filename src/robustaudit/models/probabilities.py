"""When the scores of a text are its probabilities."""

import numpy as np
from numpy.typing import NDArray

_EXACT = 1e-6  # off by less than that, probabilities are left as they are
_ROUNDED = 0.005  # what rounding to two places can make of one probability
_MOST = 0.05


def tolerance(classes: int) -> float:
    """How far the probabilities of a text may sum from 1, to be rescaled: as far as two places bring them."""
    return min(_ROUNDED * classes, _MOST)


def as_probabilities(scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], dict[int, str]]:
    """Scores of shape (n_texts, n_classes), rescaled to sum to 1 where they nearly do.

    The rows of others are NaN, and it is said why, by row.
    """
    most = tolerance(scores.shape[1]) + _EXACT
    total = scores.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        sound = ((scores >= 0).all(axis=1, keepdims=True)) & (np.abs(total - 1) <= most)
        scaled = np.where(np.abs(total - 1) > _EXACT, scores / np.where(sound, total, 1), scores)
    reasons = {row: _reason(scores[row], most) for row in np.flatnonzero(~sound).tolist()}
    return np.where(sound, scaled, np.nan), reasons


def _reason(row: NDArray[np.float64], most: float) -> str:
    told = f"gave no probabilities, but {_told(row)}"
    if not np.isfinite(row).all():
        return told
    if row.min() < 0:
        return f"{told}: scores that may be below 0 need a softmax first, or answer with labels"
    return f"{told}, whose sum is {row.sum():.4g} and must be within {most:.2g} of 1"


def _told(row: NDArray[np.float64]) -> str:
    shown = ", ".join(f"{score:.4g}" for score in row[:12])
    return f"[{shown}{', …' if len(row) > 12 else ''}]"  # noqa: PLR2004
