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

__all__ = [
    "REPORT_ATTACKS",
    "SENTENCE",
    "Attack",
    "AttackEntry",
    "Choice",
    "Constrained",
    "Constraints",
    "Drawn",
    "Example",
    "Mix",
    "NamedAttack",
    "Parameter",
    "PerturbationEntry",
    "Sequence",
    "Weighted",
    "compose",
    "constrain",
    "list_attacks",
    "list_perturbations",
    "parse_attack",
    "write_recipe",
]
