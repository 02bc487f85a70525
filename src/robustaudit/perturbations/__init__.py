"""Perturbations: each is the set of edits that it may make to a text."""

from robustaudit.perturbations import (
    contractions,
    copying,
    evasion,
    human,
    invisible,
    keyboards,
    letter_case,
    lookalikes,
    surface,
    typing,
    wording,
    wordnet,
)
from robustaudit.perturbations.contractions import Contract, Extend
from robustaudit.perturbations.keyboards import Qwerty
from robustaudit.perturbations.letters import WeightedStrings
from robustaudit.perturbations.lookalikes import Homoglyph
from robustaudit.perturbations.parameters import build, expression_of
from robustaudit.perturbations.protocol import (
    PERTURBATIONS,
    Family,
    LetterPerturbation,
    OneLetter,
    Perturbation,
    PerturbationInfo,
    WordPerturbation,
    info_of,
    perturbation,
)
from robustaudit.perturbations.segmentation import CHARACTERS, Segmenter, find_segmenter
from robustaudit.perturbations.single_edits import SingleEdits
from robustaudit.perturbations.site_pool import SitePool, WeightedPerturbation, Weighting
from robustaudit.perturbations.sites import Lazy, Sites
from robustaudit.perturbations.typing import Delete, Insert, NeighborSwap, Substitute
from robustaudit.perturbations.words import TextBatch, graphemes

__all__ = [
    "CHARACTERS",
    "PERTURBATIONS",
    "Contract",
    "Delete",
    "Extend",
    "Family",
    "Homoglyph",
    "Insert",
    "Lazy",
    "LetterPerturbation",
    "NeighborSwap",
    "OneLetter",
    "Perturbation",
    "PerturbationInfo",
    "Qwerty",
    "Segmenter",
    "SingleEdits",
    "SitePool",
    "Sites",
    "Substitute",
    "TextBatch",
    "WeightedPerturbation",
    "WeightedStrings",
    "Weighting",
    "WordPerturbation",
    "build",
    "contractions",
    "copying",
    "evasion",
    "expression_of",
    "find_segmenter",
    "graphemes",
    "human",
    "info_of",
    "invisible",
    "keyboards",
    "letter_case",
    "lookalikes",
    "perturbation",
    "surface",
    "typing",
    "wording",
    "wordnet",
]
