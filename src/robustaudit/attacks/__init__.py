"""Attacks: compositions of perturbations, from expressions and recipes."""

from robustaudit.attacks.algebra import Attack, Choice, Constrained, Mix, Sequence, Weighted
from robustaudit.attacks.catalog import (
    REPORT_ATTACKS,
    AttackEntry,
    NamedAttack,
    compose,
    list_attacks,
    parse_attack,
    write_recipe,
)
from robustaudit.attacks.constraints import Constraints
from robustaudit.attacks.draws import DrawnTexts
from robustaudit.attacks.expression import constrain
from robustaudit.attacks.perturbation_list import (
    SENTENCE,
    EditExample,
    PerturbationEntry,
    PerturbationParameter,
    list_perturbations,
)
from robustaudit.attacks.rewriter_attack import RewriterAttack
from robustaudit.attacks.severity import (
    LEVELS,
    SeverityCalibration,
    UnreachedSeverity,
    calibrated_variants,
    unreached_lines,
)

__all__ = [
    "LEVELS",
    "REPORT_ATTACKS",
    "SENTENCE",
    "Attack",
    "AttackEntry",
    "Choice",
    "Constrained",
    "Constraints",
    "DrawnTexts",
    "EditExample",
    "Mix",
    "NamedAttack",
    "PerturbationEntry",
    "PerturbationParameter",
    "RewriterAttack",
    "Sequence",
    "SeverityCalibration",
    "UnreachedSeverity",
    "Weighted",
    "calibrated_variants",
    "compose",
    "constrain",
    "list_attacks",
    "list_perturbations",
    "parse_attack",
    "unreached_lines",
    "write_recipe",
]
