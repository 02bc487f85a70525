"""Verdicts, made up, for reports to render."""

from dataclasses import replace

from results import SHOWN
from robustaudit.core.records import Edit
from robustaudit.gate.rules import Rule, Selection
from robustaudit.gate.verdict import Check, Verdict
from robustaudit.statistics.measures import Estimate

CONFIG = """\
# what we ask of every model
[gate]
max_drop = 0.1

[[gate.rule]]
attacks = ["homoglyph"]
max_drop = 0.05
min_accuracy = 0.7  # of homoglyphs
"""
"""The configuration that the rules below are from."""

EVERYWHERE = Rule(measure="max_drop", threshold=0.1, where="robustaudit.toml, [gate]")
OF_HOMOGLYPHS = Rule(
    measure="min_accuracy",
    threshold=0.7,
    selection=Selection(attacks=("homoglyph",)),
    where="robustaudit.toml, [[gate.rule]] 1",
)

_EDITS = (Edit(5, 6, "r"),)

BREAKING = replace(
    SHOWN,
    perturbed_text="I lovrd the food and the service was great!",
    edits=_EDITS,
    edits_by_step=(_EDITS,),
)

FAILED = Check(
    rule=EVERYWHERE,
    model="1",
    attack="qwerty",
    severity=None,
    slice=None,
    examples=100,
    estimate=Estimate(0.2, 0.15, 0.25),
    outcome="failed",
    counterexamples=(BREAKING,),
)
INCONCLUSIVE = replace(
    FAILED,
    rule=OF_HOMOGLYPHS,
    attack="homoglyph",
    estimate=Estimate(0.71, 0.61, 0.79),
    outcome="inconclusive",
    p_fail=0.6,
    trials_needed=900,
    counterexamples=(),
)
PASSED = replace(
    FAILED,
    model="4",
    estimate=Estimate(0.02, -0.03, 0.07),
    outcome="passed",
    counterexamples=(),
)
VERDICT = Verdict(
    checks=(FAILED, INCONCLUSIVE, PASSED),
    run="reports/run",
    config="robustaudit.toml",
    on_inconclusive="warn",
)


def saying(text: str) -> Verdict:
    """A verdict in which everything that a user may name or write is that text; reasons are our own words."""
    counterexample = replace(
        BREAKING,
        model=text,
        attack=text,
        example=text,
        clean_text=text,
        perturbed_text=text + text,
        label_name=text,
        clean_prediction_name=text,
        perturbed_prediction_name=text,
        edits=(Edit(0, 0, text),),
    )
    rule = replace(EVERYWHERE, selection=Selection(models=(text,), attacks=(text,)), where=text)
    check = replace(FAILED, rule=rule, model=text, attack=text, counterexamples=(counterexample,))
    inconclusive = replace(check, outcome="inconclusive")
    passed = replace(check, outcome="passed")
    return Verdict(checks=(check, inconclusive, passed), run=text, config=text)
