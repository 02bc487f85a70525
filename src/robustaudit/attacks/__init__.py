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
from robustaudit.attacks.drawn import Drawn
from robustaudit.attacks.expression import constrain
from robustaudit.attacks.gallery import SENTENCE, Example, Parameter, PerturbationEntry, list_perturbations
from robustaudit.attacks.opaque import Opaque
from robustaudit.attacks.severity import LEVELS, Calibration, Missed, out_of_reach, told_apart

__all__ = [
    "LEVELS",
    "REPORT_ATTACKS",
    "SENTENCE",
    "Attack",
    "AttackEntry",
    "Calibration",
    "Choice",
    "Constrained",
    "Constraints",
    "Drawn",
    "Example",
    "Missed",
    "Mix",
    "NamedAttack",
    "Opaque",
    "Parameter",
    "PerturbationEntry",
    "Sequence",
    "Weighted",
    "compose",
    "constrain",
    "list_attacks",
    "list_perturbations",
    "out_of_reach",
    "parse_attack",
    "told_apart",
    "write_recipe",
]
