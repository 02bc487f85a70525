"""The gate: rules, and whether a run keeps them; docs/gate.md says how that is judged."""

from robustaudit.engine.gate.rules import Bound, Measure, Rule, Selection, read_rules
from robustaudit.engine.gate.verdict import Breaking, Check, Outcome, Undecided, Verdict

__all__ = [
    "Bound",
    "Breaking",
    "Check",
    "Measure",
    "Outcome",
    "Rule",
    "Selection",
    "Undecided",
    "Verdict",
    "read_rules",
]
