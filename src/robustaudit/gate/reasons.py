"""Why a check came out as it did, in one line with its figures."""

from robustaudit.core.display import percent
from robustaudit.gate.evidence import Regression
from robustaudit.gate.rules import AT, Rule
from robustaudit.gate.verdict import Outcome
from robustaudit.statistics.intervals import LEVEL
from robustaudit.statistics.measures import FEW_EXAMPLES, Estimate

_FIGURES = {
    "max_drop": ("drop", "points"),
    "min_accuracy": ("perturbed accuracy", "%"),
    "max_flip_rate": ("flip rate", "%"),
    "max_relative_drop": ("relative drop", "%"),
    "min_worst_of_k": ("accuracy at the worst of {k}", "%"),
    "max_regression": ("fall from the baseline", "points"),
}
_READ = {"interval": "", "point": "", "lower": "its lower bound is ", "upper": "its upper bound is "}
_COMPARED = {
    (False, False): "at most",
    (False, True): "more than",
    (True, False): "at least",
    (True, True): "less than",
}
"""By whether the threshold is the least that is allowed, and whether the figure is beyond it."""


def figure_of(rule: Rule) -> str:
    """What the rule reads, in words: `drop`, `accuracy at the worst of 5`."""
    return _FIGURES[rule.measure][0].format(k=rule.k)


def unit_of(rule: Rule) -> str:
    """What its figure is counted in."""
    return _FIGURES[rule.measure][1]


def limit_of(rule: Rule) -> str:
    """The threshold as its figure is counted."""
    return f"{round(rule.threshold * 100, 6):g}"


def reason(
    rule: Rule,
    estimate: Estimate | None,
    outcome: Outcome,
    *,
    examples: int,
    tests: int,
    p_fail: float | None,
    regression: Regression | None = None,
    noise: Estimate | None = None,
    beyond_noise: Estimate | None = None,
) -> str:
    """One line; `tests` are the checks of the gate that are corrected for together.

    `noise` is known of a model that contradicts itself, and `beyond_noise` what of its flips is not noise.
    """
    if estimate is None:
        return _nothing(rule, examples)
    told = f"{figure_of(rule)} {_told(estimate.value, rule)} {unit_of(rule)}{_interval(estimate, rule)}"
    told += f" ({_pairing(regression)})" if regression else ""
    if noise:
        told += f" (the model contradicts itself: {_told(noise.value, rule)} % noise)"
    limit = f"{limit_of(rule)} {'demanded' if rule.is_least else 'allowed'}"
    if examples < FEW_EXAMPLES:
        return f"{told} rests on {examples} changed examples, fewer than {FEW_EXAMPLES}: that decides nothing"
    if outcome == "inconclusive" and beyond_noise and _is_beyond(rule, estimate):
        rest = f"{_told(beyond_noise.value, rule)} %{_interval(beyond_noise, rule)}"
        return f"{told}: more than the {limit}, but not surely so without noise, {rest}"
    if outcome == "inconclusive":
        return told + _doubt(rule, estimate, limit, tests=tests, p_fail=p_fail)
    beyond = outcome == "failed"
    return f"{told}: {_READ[rule.bound]}{_COMPARED[rule.is_least, beyond]} the {limit}"


def _pairing(regression: Regression) -> str:
    """What a fall from the baseline rests on."""
    shared, (there, here) = regression.shared, regression.trials
    sides = f"{there:,} in the baseline and {here:,} here"
    if regression.pairing == "same trials":
        all_of_both = shared == there == here
        told = "paired: the trials are the baseline's"
        return told if all_of_both else f"paired on the {shared:,} trials that both have, of {sides}"
    told = (
        f"of the trials, {sides}, both have only {shared:,}"
        if shared
        else "the trials are not the baseline's"
    )
    if regression.by_share:
        draws = " and ".join(f"{number:g}" for number in regression.draws)
        told += f"; with {draws} draws, each example weighs by the share of them that changed it"
    return f"not paired: {told}"


def _doubt(rule: Rule, estimate: Estimate, limit: str, *, tests: int, p_fail: float | None) -> str:
    if not estimate.has_interval or p_fail is None:
        return " has no interval to read"
    if _is_beyond(rule, estimate):
        return (
            f": {_COMPARED[rule.is_least, True]} the {limit}, but not surely so among {tests} checks "
            f"(p = {p_fail:.2g} by Holm's method, must be under {LEVEL:g})"
        )
    return f": the interval holds the {limit}"


def _nothing(rule: Rule, examples: int) -> str:
    if rule.measure == "max_regression" and examples:
        return "the baseline has no such model under this attack as it is now: save it anew"
    if rule.measure == "min_worst_of_k":
        return f"no example has {rule.k} changed draws, or that k is none that a result holds"
    return (
        f"no trial changed its text, so that there is no {figure_of(rule)}" if not examples else "not defined"
    )


def _is_beyond(rule: Rule, estimate: Estimate) -> bool:
    if estimate.low is None or estimate.high is None:
        return False
    return rule.is_beyond(estimate.high if rule.is_least else estimate.low)


def _interval(estimate: Estimate, rule: Rule) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f" [{_told(estimate.low, rule)}, {_told(estimate.high, rule)}]"


def _told(share: float, rule: Rule) -> str:
    return percent(rule.threshold if abs(share - rule.threshold) <= AT else share, beside=rule.threshold)
