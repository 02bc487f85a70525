"""Defences: pure functions of a text that are applied before a model reads it."""

from robustaudit.defences.chain import Chain, DefendedName, behind, is_open, put_before
from robustaudit.defences.defence import DEFENCES, CleaningRule, Defence, RuleDefence, TextDefence, defence
from robustaudit.defences.disguises import CompatibilityForm, Fold, Strip
from robustaudit.defences.evaded_filters import Join, Leet
from robustaudit.defences.misspellings import Collapse, Spell

__all__ = [
    "DEFENCES",
    "Chain",
    "CleaningRule",
    "Collapse",
    "CompatibilityForm",
    "Defence",
    "DefendedName",
    "Fold",
    "Join",
    "Leet",
    "RuleDefence",
    "Spell",
    "Strip",
    "TextDefence",
    "behind",
    "defence",
    "is_open",
    "put_before",
]
