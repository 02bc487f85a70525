"""Defences: pure functions of a text that are applied before a model reads it."""

from robustaudit.defences.chain import Chain, DefendedName, behind, is_open, put_before
from robustaudit.defences.defence import DEFENCES, Defence, TextDefence, defence
from robustaudit.defences.disguises import CompatibilityForm, Fold, Strip
from robustaudit.defences.misspellings import Spell

__all__ = [
    "DEFENCES",
    "Chain",
    "CompatibilityForm",
    "Defence",
    "DefendedName",
    "Fold",
    "Spell",
    "Strip",
    "TextDefence",
    "behind",
    "defence",
    "is_open",
    "put_before",
]
