"""Attacks: compositions of perturbations, from expressions and recipes."""

from robustaudit.attacks.catalog import (
    REPORT_ATTACKS,
    AttackEntry,
    NamedAttack,
    list_attacks,
    parse_attack,
    write_recipe,
)
from robustaudit.attacks.compose import Attack, Choice, Mix, Sequence
from robustaudit.attacks.drawn import Drawn
from robustaudit.attacks.gallery import SENTENCE, Example, Parameter, PerturbationEntry, list_perturbations
from robustaudit.attacks.severity import LEVELS, Calibration, Missed, out_of_reach, told_apart

__all__ = [
    "LEVELS",
    "REPORT_ATTACKS",
    "SENTENCE",
    "Attack",
    "AttackEntry",
    "Calibration",
    "Choice",
    "Drawn",
    "Example",
    "Missed",
    "Mix",
    "NamedAttack",
    "Parameter",
    "PerturbationEntry",
    "Sequence",
    "list_attacks",
    "list_perturbations",
    "out_of_reach",
    "parse_attack",
    "told_apart",
    "write_recipe",
]
