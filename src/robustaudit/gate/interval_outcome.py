"""The outcome of a rule on a figure of which the interval is all that is known."""

from robustaudit.gate.rules import Rule
from robustaudit.statistics.measures import Estimate
from robustaudit.statistics.sequential import Outcome


def outcome_of(rule: Rule, figure: Estimate, unknown: float = 0.0) -> Outcome:
    """Whether the interval, or the bound that the rule reads, is within the threshold, beyond it, or neither.

    The upper end may lie higher by a share that is `unknown`.
    """
    low, high = {
        "interval": (figure.low, figure.high),
        "point": (figure.value, figure.value),
        "lower": (figure.low, figure.low),
        "upper": (figure.high, figure.high),
    }[rule.bound]
    if low is None or high is None:  # one group alone says nothing of others
        return "inconclusive"
    high += unknown
    within, beyond = (low, high) if rule.is_least else (high, low)
    if not rule.is_beyond(within):
        return "passed"
    return "failed" if rule.is_beyond(beyond) else "inconclusive"
