"""Attacks: compositions of perturbations, from expressions and recipes."""

from robustaudit.attacks.algebra import Attack, AttackSequence, CannotListError, Choice, Constrained, Mix
from robustaudit.attacks.composition import (
    REPORT_ATTACKS,
    ComposedConstraints,
    Composition,
    NamedAttack,
    compose,
    constrain,
    parse_attack,
)
from robustaudit.attacks.constraints import Constraints
from robustaudit.attacks.draws import DrawnTexts
from robustaudit.attacks.entries import (
    SENTENCE,
    AttackDescription,
    AttackEntry,
    EditExample,
    PerturbationEntry,
    describe_attack,
    list_attacks,
    list_perturbations,
)
from robustaudit.attacks.languages import LanguageEntry, list_languages
from robustaudit.attacks.overlap import HeldOut, perturbations_in
from robustaudit.attacks.recipes import write_recipe
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
    "AttackDescription",
    "AttackEntry",
    "AttackSequence",
    "CannotListError",
    "Choice",
    "ComposedConstraints",
    "Composition",
    "Constrained",
    "Constraints",
    "DrawnTexts",
    "EditExample",
    "HeldOut",
    "LanguageEntry",
    "Mix",
    "NamedAttack",
    "PerturbationEntry",
    "RewriterAttack",
    "SeverityCalibration",
    "UnreachedSeverity",
    "calibrated_variants",
    "compose",
    "constrain",
    "describe_attack",
    "list_attacks",
    "list_languages",
    "list_perturbations",
    "parse_attack",
    "perturbations_in",
    "unreached_lines",
    "write_recipe",
]
