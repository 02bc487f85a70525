"""Numbers as a reader meets them."""

from robustaudit.core.figures import percent
from robustaudit.engine import Estimate


def points(share: float) -> str:
    """A fraction that was given, in per cent, with the digits it was given with."""
    return f"{100 * share:g}"


def value(estimate: Estimate | None) -> str:
    """An estimate's value in per cent, or a dash."""
    return "–" if estimate is None else percent(estimate.value)


def interval(estimate: Estimate | None, *, beside: float = 0.0) -> str:
    """An estimate's interval in per cent; that there is none is said in words."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return "no interval"
    return f"[{percent(estimate.low, beside=beside)}, {percent(estimate.high, beside=beside)}]"


def count(number: int, thing: str) -> str:
    """So many things: `1 example`, `1,305 examples`."""
    return f"{number:,} {thing}" + "s" * (number != 1)
