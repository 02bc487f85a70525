"""Defences: pure functions of a text that are applied before a model reads it."""

from robustaudit.defences.chain import Chain, DefendedName, behind, is_open, put_before
from robustaudit.defences.defence import DEFENCES, CleaningRule, Defence, RuleDefence, TextDefence, defence
from robustaudit.defences.defence_entries import DefenceEntry, describe_defence, list_defences
from robustaudit.defences.disguises import CompatibilityForm, EncodingRepair, Fold, Strip
from robustaudit.defences.evaded_filters import Join, Leet
from robustaudit.defences.exported_chain import ExportedChain
from robustaudit.defences.misspellings import Collapse, Spell
from robustaudit.defences.vote import Vote

__all__ = [
    "DEFENCES",
    "Chain",
    "CleaningRule",
    "Collapse",
    "CompatibilityForm",
    "Defence",
    "DefenceEntry",
    "DefendedName",
    "EncodingRepair",
    "ExportedChain",
    "Fold",
    "Join",
    "Leet",
    "RuleDefence",
    "Spell",
    "Strip",
    "TextDefence",
    "Vote",
    "behind",
    "defence",
    "describe_defence",
    "is_open",
    "list_defences",
    "put_before",
]
