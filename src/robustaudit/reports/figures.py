"""Numbers as a reader meets them."""


def points(share: float) -> str:
    """A fraction that was given, in per cent, with the digits it was given with."""
    return f"{100 * share:g}"


def percent(share: float) -> str:
    """A fraction in per cent, to one decimal; zero has no sign."""
    # Adding zero turns the negative zero of a rounded tiny number into zero.
    return f"{round(share * 100, 1) + 0.0:.1f}"
