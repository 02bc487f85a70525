"""A configuration to start from, with rules that a first run passes."""

import math
import os
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robustaudit.core.display import percent, visible
from robustaudit.core.documents import to_toml
from robustaudit.core.errors import UserError
from robustaudit.gate.rules import BASELINE
from robustaudit.models import consent_reason
from robustaudit.reports.commands import gate_command, given_attacks, given_data, given_model, run_fields
from robustaudit.reports.notes import guessing_models
from robustaudit.reports.summary import drops_of_class
from robustaudit.reports.text import count, interval, rounded_up, sentence, value
from robustaudit.runs.findings import Finding
from robustaudit.runs.result import Result, Row
from robustaudit.runs.slices import TRUE_LABEL
from robustaudit.statistics.intervals import LEVEL
from robustaudit.statistics.measures import FEW_EXAMPLES

_FALL = 0.03  # from a baseline
_USEFUL = 0.1  # a threshold further above the drop than this lets too much pass

_HEAD = """\
# The gate of this project; docs/gate.md of robustaudit says what each key means.
#
#     {audit:<{width}}  audits, and exits with 1 if a rule fails
#     {judge:<{width}}  checks a stored run
{fresh}"""
_FRESH = """\
#
# On another machine, such as one in CI, models that run code or receive texts ask for consent first:
#     {audit} --trust-models
"""

_GATE = """\
[gate]
# What an inconclusive check counts as: "warn", "fail" or "pass".
on_inconclusive = "warn"
{named}\
# Against new versions that are worse: `robustaudit baseline save RUN` writes a file to commit, and this rule
# limits how far accuracy under attack may fall below it. A share: {fall:g} is {points:g} percentage points.
{regression}max_regression = {fall:g}

# Thresholds from the drops of the first run. Each lies as far above the upper confidence bound as that lies
# above the drop, rounded up, so that the same models audited on other texts nearly always pass. Lower them to
# what your users can bear: a rule that cannot fail protects nobody.
"""


def starter_config(result: Result, folder: Path = Path(), *, baseline: Path | None = None) -> str:
    """The text of a `robustaudit.toml` for the models and attacks of a run, to be written into that folder.

    A data file in the folder or below is named relative to it, as paths of a configuration are read. The rule
    against a baseline is a comment until there is one, whose file is named where it is not the usual one.

    Raises:
        UserError: too few texts were changed to set any threshold, or the run was a sequential test.
    """
    if result.plan.get("until_decided"):
        raise UserError(
            "thresholds need confidence intervals, which a sequential test does not have: give another run"
        )
    drops = list(_drop_rules(result))
    if not any(each.is_known for each in drops):
        raise UserError(
            f"thresholds need {FEW_EXAMPLES} changed examples under an attack: audit more texts first"
        )
    trials = lax_thresholds(result)[1]
    rules = (each.text(result.plan, trials) for each in drops)
    fall = _fall(result)
    usual = baseline is None or os.path.abspath(baseline) == os.path.abspath(folder / BASELINE)  # noqa: PTH100
    named = "" if usual else to_toml({"baseline": _seen_from(folder, str(baseline))})
    regression = "" if baseline else "# "
    gate = _GATE.format(fall=fall, points=100 * fall, named=named, regression=regression)
    run = _run(result.plan, folder)
    audit = gate_command(result)
    asking = any(model["uri"] and consent_reason(model["uri"]) for model in result.plan["models"])
    fresh = _FRESH.format(audit=audit) if asking else ""
    head = _HEAD.format(audit=audit, judge="robustaudit gate RUN", width=len(audit) + 4, fresh=fresh)
    return "\n".join([head, *run, gate, *rules, *_accuracy_rules(result)])


def starter_warnings(result: Result, folder: Path = Path()) -> Iterator[str]:
    """What the rules let pass that they should not, and what other machines lack, in lines for a terminal."""
    path = result.plan["data"].get("path")
    named = [_seen_from(folder, path)] if path else []
    named += [model["uri"].partition(":")[2] for model in result.plan["models"] if model["uri"]]
    if whole := [name for name in named if Path(name).is_absolute() and not name.startswith("//")]:
        yield f"another machine lacks {', '.join(map(visible, whole))}: give paths from the file's folder"
    lax, trials = lax_thresholds(result)
    if lax:
        worst = max(lax, key=lambda each: each.above)
        number = sum(each.is_known for each in _drop_rules(result))
        near = sum(each.trials_needed(result.plan) is not None for each in lax)
        which = "them" if near in (0, len(lax)) else f"{near} of them"
        yield (
            f"thresholds too far above the drop to be of use: {len(lax)} of {number}, most of all for "
            f"{visible(worst.row.attack)}, by {percent(worst.above)} pp; "
            f"{_remedy(trials, result.plan, which)}"
        )
    for model in guessing_models(result):
        yield (
            f"model {visible(model)} is not significantly better than always predicting the most frequent "
            "class, and so has little to lose: the rule of its min_accuracy passes only once it is better"
        )


def lax_thresholds(result: Result) -> tuple[list["DropRule"], int | None]:
    """The rules whose threshold lies too far above the drop, and the trials that would bring them near.

    The number is for those that trials of the data at hand can bring near; None if there is none.
    """
    lax = [each for each in _drop_rules(result) if each.is_known and each.above > _USEFUL]
    needed = [trials for each in lax if (trials := each.trials_needed(result.plan)) is not None]
    return lax, max(needed, default=None)


def _fall(result: Result) -> float:
    """A fall in whole percentage points that an unchanged model passes, on the groups of the run."""
    groups = min(row.groups_changed for row in result.rows if threshold(row) >= 0)
    return max(_FALL, math.ceil(100 * (1 - math.pow(LEVEL, 1 / groups))) / 100)


def threshold(row: Row) -> float:
    """A threshold as far above the upper bound as that is above the drop, in whole points; −1 if unknown."""
    if row.drop is None or row.drop.high is None or row.few_examples:
        return -1.0
    wanted = 2 * row.drop.high - row.drop.value
    return min(max(math.ceil(round(wanted * 100, 6)) / 100, 0.01), 1.0)


def _run(plan: Mapping[str, Any], folder: Path) -> Iterator[str]:
    path = plan["data"].get("path")
    given = _seen_from(folder, path) if path else given_data(plan["data"])
    models = [name for name in map(given_model, plan["models"]) if name is not None]
    unnamed = [model["name"] for model in plan["models"] if model["uri"] is None]
    fields = run_fields(plan, data=given, models=models)
    if fields["baseline_model"] in unnamed:
        fields["baseline_model"] = None
    if plan["examples"] in (plan["trials"], plan["data"].get("examples")):
        fields["examples"] = None  # as many as trials and data allow: other data may have fewer
    yield "# Defaults of `robustaudit run`, for what the command line does not set."
    if not given:
        yield "# The data of the run has no name to write here: set data."
    if unnamed:
        yield f"# Models in memory have no name to write here: {', '.join(map(visible, unnamed))}."
    yield to_toml({"run": {name: value for name, value in fields.items() if value is not None}})


def _seen_from(folder: Path, path: str) -> str:
    """A path as a file in the folder names it: relative if it is in the folder or below, otherwise whole."""
    whole, root = Path(os.path.abspath(path)), Path(os.path.abspath(folder))  # noqa: PTH100  (links stay)
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else str(whole)


@dataclass(frozen=True, slots=True)
class DropRule:
    """A rule for the drops of a selection, with the row whose threshold is the highest, and its finding."""

    selection: Mapping[str, list[str]]
    row: Row
    finding: Finding | None = None

    @property
    def is_known(self) -> bool:
        return threshold(self.row) >= 0

    @property
    def above(self) -> float:
        """How far the threshold is above the drop, or above none: twice as far as the upper bound."""
        assert self.row.drop is not None
        return threshold(self.row) - max(self.row.drop.value, 0.0)

    def trials_needed(self, plan: Mapping[str, Any]) -> int | None:
        """The trials that would bring it near the drop, as bounds narrow with their square root.

        None if the data do not have as many.
        """
        needed = rounded_up(math.ceil(plan["trials"] * (self.above / _USEFUL) ** 2))
        at_hand = plan["data"].get("examples") or math.inf
        return None if needed > at_hand * plan["trials"] / plan["examples"] else needed

    def text(self, plan: Mapping[str, Any], trials: int | None) -> str:
        """The rule as TOML, below what was measured; as a comment where too little is known."""
        row = self.row
        rule = {**self.selection, "max_drop": threshold(row) if self.is_known else 0.1}
        text = to_toml({"gate": {"rule": [rule]}})
        if row.drop is None or not self.is_known:
            why = "Too few changed texts to conclude" if row.trials_changed else "No trial changed its text"
            return f"# {why}.\n" + "".join(f"# {line}\n" for line in text.splitlines())
        why = f"Measured: drop {value(row.drop)} pp, 95% CI {interval(row.drop)}, model {visible(row.model)}"
        if self.finding:
            why = f"For the finding that {self.finding.sentence()}"
        lax = ""
        if self.above > _USEFUL:
            remedy = _remedy(trials if self.trials_needed(plan) else None, plan)
            lax = (
                f"# {count(plan['trials'], 'trial')} are too few for a useful threshold: this one lies "
                f"{percent(self.above)} pp above the drop.\n# {sentence(remedy)}.\n"
            )
        return f"{_comment(why)}{lax}{text}"


def _comment(line: str) -> str:
    return "".join(f"# {each}\n" for each in textwrap.wrap(f"{line}.", 108, break_on_hyphens=False))


def _remedy(trials: int | None, plan: Mapping[str, Any], which: str = "it") -> str:
    within = f"bring {which} within {100 * _USEFUL:g} pp of the drop"
    if trials is None:
        return f"even all {plan['data']['examples']:,} examples of the data would not {within}"
    return f"about {trials:,} trials would {within}: audit that many, then init"


def _drop_rules(result: Result) -> Iterator[DropRule]:
    """A rule for each attack, and for each finding that a true class loses, of whatever model."""
    attacks = given_attacks(result.plan)
    for name, attack in attacks.items():
        if rows := [row for row in result.rows if row.attack == name]:
            yield DropRule({"attacks": [attack]}, max(rows, key=threshold))
    found: dict[tuple[str, str | None], Finding] = {}
    for each in result.findings:
        if each.kind == "class" and each.is_loss:
            found.setdefault((each.compared[0].name, each.attack), each)
    for (name, under), finding in found.items():
        if under is None and any(other == name and one for other, one in found):
            continue  # rules for single attacks are closer
        worst_of_class = max(drops_of_class(result, finding), key=threshold, default=None)
        if worst_of_class is not None and threshold(worst_of_class) >= 0:
            chosen = {"attacks": [attacks[under]]} if under else {}
            yield DropRule(chosen | {"slices": [f"{TRUE_LABEL}={name}"]}, worst_of_class, finding)


def _accuracy_rules(result: Result) -> Iterator[str]:
    """The least accuracy under attack, so that a model fails that guesses and has little to lose.

    A guess is one under any attack: a rule for one of them is enough, that under which most is known to stay.
    """
    guessing = guessing_models(result)
    others = [row for row in result.rows if row.model not in guessing]
    row = _surest(others)
    if row and _floor(row) > 0:
        chosen = {"models": [*dict.fromkeys(each.model for each in others)]} if guessing else {}
        measured = f"{value(row.perturbed_accuracy)}%, 95% CI {interval(row.perturbed_accuracy)}"
        yield (
            f"# Measured: accuracy under attack {measured}, model {visible(row.model)}.\n"
            "# Without such a rule a model that guesses passes, as it has little to lose. A guess is one\n"
            "# under any attack; this one surely leaves most accuracy, which makes the strictest rule.\n"
            + _accuracy_rule(result, row, _floor(row), chosen)
        )
    for model, guess in guessing.items():
        row = _surest([row for row in result.rows if row.model == model])
        if row:
            yield (
                f"# Model {visible(model)} is not significantly better than always predicting the most "
                f"frequent class ({percent(guess)}%).\n# This rule passes only once it is.\n"
                + _accuracy_rule(result, row, math.ceil(100 * guess) / 100, {"models": [model]})
            )


def _accuracy_rule(result: Result, row: Row, least: float, chosen: Mapping[str, list[str]]) -> str:
    rule = {**chosen, "attacks": [given_attacks(result.plan)[row.attack]], "min_accuracy": least}
    return to_toml({"gate": {"rule": [rule]}})


def _surest(rows: Sequence[Row]) -> Row | None:
    """The row of the least accurate model, under the attack that surely leaves most of its accuracy."""
    lowest: dict[str, Row] = {}
    for row in rows:
        if row.attack not in lowest or _floor(row) < _floor(lowest[row.attack]):
            lowest[row.attack] = row
    return max(lowest.values(), key=_floor, default=None)


def _floor(row: Row) -> float:
    """As far below the lower bound of an accuracy as that is below it, in whole points; −1 if unknown."""
    accuracy = row.perturbed_accuracy
    if accuracy is None or accuracy.low is None or row.few_examples:
        return -1.0
    return math.floor(round((2 * accuracy.low - accuracy.value) * 100, 6)) / 100
