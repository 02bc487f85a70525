"""The pace of a run in words: trials a second, and the time left as far as it is known."""

from robustaudit.reports.text import NOTHING
from robustaudit.runs.pace import TrialProgress

_EXACT = 10  # a second, from which on decimals of a rate say nothing


def lasting(seconds: float) -> str:
    """A duration, rounded to its unit: `47 s`, `8 min`, `14 hours`."""
    minutes, hours = round(seconds / 60), round(seconds / 3600)
    if hours > 1:
        return f"{hours:,} hours"
    return f"{minutes} min" if minutes > 1 else f"{seconds:.0f} s"


def rate(progress: TrialProgress) -> str:
    """Trials a second: `35/s`, or a dash where that is not known."""
    if progress.rate is None:
        return NOTHING
    return f"{progress.rate:,.0f}/s" if progress.rate >= _EXACT else f"{progress.rate:.2g}/s"


def time_left(progress: TrialProgress) -> str:
    """The time left: `about 2 min`, `at least 2 min`; or that it is not known, or has not begun."""
    if progress.phase != "working":
        return progress.phase
    if progress.seconds_left is None or (progress.at_least and progress.at_most):
        return "unknown"
    bound = "at least" if progress.at_least else "at most about" if progress.at_most else "about"
    return f"{bound} {lasting(progress.seconds_left)}"


def trials_done(progress: TrialProgress) -> str:
    """The finished trials of all: `1,200 of 4,500`, of `at most` so many where a test may stop early."""
    return f"{progress.done:,} of {'at most ' * progress.at_most}{progress.total:,}"
