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
from robustaudit.attacks.opaque import Opaque

__all__ = [
    "REPORT_ATTACKS",
    "SENTENCE",
    "Attack",
    "AttackEntry",
    "Choice",
    "Drawn",
    "Example",
    "Mix",
    "NamedAttack",
    "Opaque",
    "Parameter",
    "PerturbationEntry",
    "Sequence",
    "list_attacks",
    "list_perturbations",
    "parse_attack",
    "write_recipe",
]
