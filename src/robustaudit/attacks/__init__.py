"""Attacks: compositions of perturbations, from expressions and recipes."""

from robustaudit.attacks.catalog import REPORT_ATTACKS, AttackEntry, NamedAttack, list_attacks, parse_attack
from robustaudit.attacks.compose import Attack, Choice, Mix, Sequence
from robustaudit.attacks.drawn import Drawn

__all__ = [
    "REPORT_ATTACKS",
    "Attack",
    "AttackEntry",
    "Choice",
    "Drawn",
    "Mix",
    "NamedAttack",
    "Sequence",
    "list_attacks",
    "parse_attack",
]
