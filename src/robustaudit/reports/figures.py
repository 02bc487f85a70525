"""Numbers as a reader meets them."""

from robustaudit.engine import Estimate


def points(share: float) -> str:
    """A fraction that was given, in per cent, with the digits it was given with."""
    return f"{100 * share:g}"


def percent(share: float) -> str:
    """A fraction in per cent, to one decimal; zero has no sign."""
    # Adding zero turns the negative zero of a rounded tiny number into zero.
    return f"{round(share * 100, 1) + 0.0:.1f}"


def value(estimate: Estimate | None) -> str:
    """An estimate's value in per cent, or a dash."""
    return "–" if estimate is None else percent(estimate.value)


def interval(estimate: Estimate | None) -> str:
    """An estimate's interval in per cent; that there is none is said in words."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return "no interval"
    return f"[{bound(estimate.low)}, {bound(estimate.high)}]"


def bound(share: float) -> str:
    """The end of an interval in per cent: of one that rounds to zero the sign still tells the side."""
    shown = percent(share)
    return f"-{shown}" if shown == "0.0" and share < 0 else shown


def count(number: int, thing: str) -> str:
    """So many things: `1 example`, `1,305 examples`."""
    return f"{number:,} {thing}" + "s" * (number != 1)
