"""Roots of many functions at once, by the method of Chandrupatla (1997, doi:10.1016/s0965-9978(96)00051-8).

SciPy has it as `optimize.elementwise.find_root`, with the same steps; its import takes as long as a tenth of
the import of torch, in every command that shows an interval.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.arrays import Floats

_RELATIVE = 4 * np.finfo(np.float64).eps
_MOST_STEPS = 2_000  # more than halvings of any bracket
_TINY = np.finfo(np.float64).smallest_normal


def find_roots(
    function: Callable[[Floats, NDArray[np.int64]], Floats], low: Floats, high: Floats, *, near: float
) -> Floats:
    """A root of each function within its bracket, as near as `near`; NaN where its ends have the same sign.

    `function` takes positions, and the numbers of the functions to compute there.
    """
    found = np.full(len(low), np.nan)
    rows = np.arange(len(low))
    x1, x2 = low, high
    f1, f2 = function(x1, rows), function(x2, rows)
    x3, f3 = x1, f1
    for _ in range(_MOST_STEPS):
        nearer = np.abs(f1) < np.abs(f2)
        best, least = np.where(nearer, x1, x2), np.where(nearer, np.abs(f1), np.abs(f2))
        width, tolerance = np.abs(x2 - x1), np.abs(best) * _RELATIVE + near
        is_root = least <= _TINY
        is_bracket = (np.sign(f1) != np.sign(f2)) & ~(np.isnan(f1) & np.isnan(f2))
        is_found = is_root | (is_bracket & (width < tolerance))
        found[rows[is_found]] = best[is_found]
        left = is_bracket & ~is_found
        if not left.any():
            break
        rows, tolerance, width = rows[left], tolerance[left], width[left]
        x1, x2, x3, f1, f2, f3 = (each[left] for each in (x1, x2, x3, f1, f2, f3))
        edge = 0.5 * tolerance / width
        x = x1 + np.clip(_step((x1, x2, x3), (f1, f2, f3)), edge, 1 - edge) * (x2 - x1)
        f = function(x, rows)
        same = np.sign(f) == np.sign(f1)
        x3, f3 = np.where(same, x1, x2), np.where(same, f1, f2)
        x2, f2 = np.where(same, x2, x1), np.where(same, f2, f1)
        x1, f1 = x, f
    return found


def _step(x: tuple[Floats, Floats, Floats], f: tuple[Floats, Floats, Floats]) -> Floats:
    """How far to go from the first end to the second: by inverse interpolation where it fits, else half."""
    (x1, x2, x3), (f1, f2, f3) = x, f
    with np.errstate(divide="ignore", invalid="ignore"):
        xi, phi = (x1 - x2) / (x3 - x2), (f1 - f2) / (f3 - f2)
        alpha = (x3 - x1) / (x2 - x1)
        fits = (1 - np.sqrt(1 - xi) < phi) & (phi < np.sqrt(xi))
        curved = f1 / (f1 - f2) * f3 / (f3 - f2) - alpha * f1 / (f3 - f1) * f2 / (f2 - f3)
    return np.where(fits, curved, 0.5)
