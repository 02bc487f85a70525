"""The gate: rules, and whether a run keeps them; docs/gate.md says how that is judged."""

from robustaudit.engine.gate.baseline import Baseline, make_baseline, read_baseline, write_baseline
from robustaudit.engine.gate.configured import BASELINE, Gate, find_gate, read_gate
from robustaudit.engine.gate.judge import judge
from robustaudit.engine.gate.reasons import figure_of, limit_of, unit_of
from robustaudit.engine.gate.rules import Bound, Measure, Rule, Selection, read_rules
from robustaudit.engine.gate.selecting import check_selections
from robustaudit.engine.gate.stored import parse_verdict, read_verdict
from robustaudit.engine.gate.verdict import Breaking, Check, Outcome, Undecided, Verdict

__all__ = [
    "BASELINE",
    "Baseline",
    "Bound",
    "Breaking",
    "Check",
    "Gate",
    "Measure",
    "Outcome",
    "Rule",
    "Selection",
    "Undecided",
    "Verdict",
    "check_selections",
    "figure_of",
    "find_gate",
    "judge",
    "limit_of",
    "make_baseline",
    "parse_verdict",
    "read_baseline",
    "read_gate",
    "read_rules",
    "read_verdict",
    "unit_of",
    "write_baseline",
]
