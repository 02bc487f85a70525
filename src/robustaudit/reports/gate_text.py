"""The reason of a check in one line with its figures, and the command that replays a counterexample."""

from typing import Any

from robustaudit.core.display import percent
from robustaudit.core.spelling import option
from robustaudit.gate.rules import AT, Rule
from robustaudit.gate.verdict import BaselineComparison, Check, Verdict
from robustaudit.reports.commands import command
from robustaudit.reports.text import count
from robustaudit.runs.trial import Trial
from robustaudit.statistics.intervals import LEVEL
from robustaudit.statistics.measures import FEW_EXAMPLES, Estimate

_FIGURES = {
    "max_drop": ("drop", " pp"),
    "min_accuracy": ("accuracy under attack", "%"),
    "max_flip_rate": ("flip rate", "%"),
    "max_relative_drop": ("relative drop", "%"),
    "min_worst_of_k": ("worst-of-{k} accuracy", "%"),
    "max_regression": ("regression from the baseline", " pp"),
    "max_evasion": ("share that gets through", "%"),
    "max_false_alarms": ("false alarms on perturbed texts", "%"),
    "min_certified": ("certified accuracy", "%"),
    "min_rho": ("share of edits that hold", "%"),
    "min_searched_accuracy": ("searched accuracy", "%"),
}
_READ = {
    "interval": "",
    "point": "",
    "lower": "its lower confidence bound is ",
    "upper": "its upper confidence bound is ",
}
_COMPARED = {
    (False, False): "at most",
    (False, True): "above",
    (True, False): "at least",
    (True, True): "below",
}
"""By whether the threshold is the least that is allowed, and whether the figure is beyond it."""


def verdict_as_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict as `gate.json` holds it and `gate --json` prints it, with its sentences and commands."""
    content = verdict.as_json()
    for check, described in zip(verdict.checks, content["checks"], strict=True):
        described["reason"] = reason(check)
        for trial, content_of in zip(check.counterexamples, described["counterexamples"], strict=True):
            content_of["replay"] = replay_command(verdict, trial)
    return content


def replay_command(verdict: Verdict, trial: Trial) -> str:
    """The command that replays a trial of the run that was judged, for a shell."""
    words = ["replay", verdict.run, str(trial.trial), "--model", trial.model, "--attack", trial.attack]
    words += ["--models-dir", verdict.models_dir] if verdict.models_dir else []
    return command(*words, pickled=trial.model in verdict.pickled)


def figure_name(rule: Rule) -> str:
    """The figure that the rule reads: `drop`, `worst-of-5 accuracy`."""
    return _FIGURES[rule.measure][0].format(k=rule.k)


def unit_of(rule: Rule) -> str:
    """The unit of the rule's figure, as it follows a number: ` pp` or `%`."""
    return _FIGURES[rule.measure][1]


def threshold_text(rule: Rule) -> str:
    """The threshold in the unit of its figure."""
    return f"{round(rule.threshold * 100, 6):g}"


def reason(check: Check) -> str:
    """Why a check came out as it did, in one line with its figures."""
    measured = _measured(check)
    return f"{measured}: {cause(check)}" if measured else cause(check)


def _measured(check: Check) -> str:
    """The figure of a check with its interval, and what it is over."""
    rule, estimate, grounds = check.rule, check.estimate, check.grounds
    if estimate is None:
        return ""
    told = f"{figure_name(rule)} {_percent(estimate.value, rule)}{unit_of(rule)}{_interval(estimate, rule)}"
    told += f" ({_basis(grounds.comparison)})" if grounds.comparison else ""
    if grounds.noise:
        noise = f"noise {_percent(grounds.noise.value, rule)}%"
        told += f" ({noise}: the model gives different predictions for the same text)"
    if grounds.beyond_noise and _is_doubted_for_noise(check, estimate):
        rest = f"{_percent(grounds.beyond_noise.value, rule)}%{_interval(grounds.beyond_noise, rule)}"
        told += f", flip rate less noise {rest}"
    few = check.examples < FEW_EXAMPLES and not _reads_interval_alone(rule)
    return told + (f", {count(check.examples, 'changed example')}" if few else "")


def cause(check: Check) -> str:
    """Why a check came out as it did, in words that checks of a rule with other figures may share."""
    if check.estimate is None:
        return _undefined(check.rule, check.examples)
    if check.outcome != "inconclusive":
        return _found(check)
    if _reads_interval_alone(check.rule):
        contains = check.estimate.has_interval
        return (
            f"the confidence interval contains {_limit(check.rule)}" if contains else "no confidence interval"
        )
    if check.examples < FEW_EXAMPLES:
        return f"too few to conclude (fewer than {FEW_EXAMPLES} changed examples)"
    return _doubt(check, check.estimate)


def _reads_interval_alone(rule: Rule) -> bool:
    """Whether its interval holds for few examples too, and is all that decides."""
    return rule.is_of_worst_case or rule.is_of_filter


def _found(check: Check) -> str:
    """Why a check passed or failed."""
    rule, comparison = check.rule, check.grounds.comparison
    if comparison and comparison.is_identical:
        return "the digest of the model is the baseline's, and it is as correct in every trial that both have"
    if check.outcome == "passed" and rule.allows_nothing and rule.bound == "interval":
        return "no significant regression"
    return f"{_READ[rule.bound]}{_COMPARED[rule.is_least, check.outcome == 'failed']} {_limit(rule)}"


def _limit(rule: Rule) -> str:
    return f"the threshold of {threshold_text(rule)}{unit_of(rule)}"


def _is_doubted_for_noise(check: Check, estimate: Estimate) -> bool:
    return check.outcome == "inconclusive" and _is_beyond(check.rule, estimate)


def _basis(comparison: BaselineComparison) -> str:
    """The trials that a fall from the baseline rests on, and the forms of the model where they differ."""
    there, here = (form or "fp32" for form in comparison.forms)
    forms = f"; the model in {there} there, in {here} here" if there != here else ""
    return f"{_pairing(comparison)}{forms}"


def _pairing(comparison: BaselineComparison) -> str:
    """The trials that a fall from the baseline rests on."""
    shared, (there, here) = comparison.shared, comparison.trials
    sides = f"{there:,} in the baseline and {here:,} here"
    if comparison.pairing == "same trials":
        all_of_both = shared == there == here
        of_both = "paired: the trials are the baseline's"
        told = of_both if all_of_both else f"paired on the {shared:,} trials that both have, of {sides}"
        return f"{told}, {comparison.differing or 'none'} with another outcome"
    told = (
        f"of the trials, {sides}, both have only {shared:,}"
        if shared
        else "the trials are not the baseline's"
    )
    if comparison.by_share:
        draws = " and ".join(f"{number:g}" for number in comparison.draws)
        told += f"; with {draws} draws, each example is weighted by the share of them that changed it"
    return f"not paired: {told}"


def _doubt(check: Check, estimate: Estimate) -> str:
    if check.grounds.beyond_noise and _is_doubted_for_noise(check, estimate):
        return f"above {_limit(check.rule)}, but not beyond noise"
    if not estimate.has_interval or check.p_fail is None:
        return "no confidence interval"
    if _is_beyond(check.rule, estimate):
        return (
            f"{_COMPARED[check.rule.is_least, True]} {_limit(check.rule)}, but not significant among "
            f"{check.grounds.tests} checks (Holm-adjusted p = {check.p_fail:.2g}, must be below {LEVEL:g})"
        )
    return f"the confidence interval contains {_limit(check.rule)}"


def _undefined(rule: Rule, examples: int) -> str:
    if rule.measure == "max_regression" and examples:
        renamed = option("models", "OLD=NEW")
        return (
            "the baseline has no such model and attack: save it again, or let a new version have the name of "
            f"the old one by {renamed}"
        )
    if rule.measure == "min_worst_of_k":
        return f"no example has {rule.k} changed draws, or the result has no worst-of-{rule.k} accuracy"
    if examples:
        return "not defined"
    return "not applicable: no trial changed its text"


def _is_beyond(rule: Rule, estimate: Estimate) -> bool:
    if estimate.low is None or estimate.high is None:
        return False
    return rule.is_beyond(estimate.high if rule.is_least else estimate.low)


def _interval(estimate: Estimate, rule: Rule) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f" [{_percent(estimate.low, rule)}, {_percent(estimate.high, rule)}]"


def _percent(share: float, rule: Rule) -> str:
    """A share in percent; one that is the threshold but for rounding is printed as the threshold."""
    return percent(rule.threshold if abs(share - rule.threshold) <= AT else share, beside=rule.threshold)
