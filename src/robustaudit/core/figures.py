"""Shares as a reader meets them."""

_NOISE = 1e-12  # sums of thirds and the like miss what they should be by so little


def percent(share: float, *, beside: float = 0.0) -> str:
    """A fraction in per cent, to one decimal or to as many as tell it from `beside`: 0.0004 is `0.04`.

    So no figure looks like the zero, or the threshold, that it is said to be above or below.
    """
    if abs(share - beside) < _NOISE:
        share = beside
    decimals = 1
    while share != beside and round(100 * share, decimals) == round(100 * beside, decimals):
        decimals += 1
    # Adding zero turns a negative zero into zero.
    return f"{round(100 * share, decimals) + 0.0:.{decimals}f}"
