"""Perturbations: each is the set of edits that it may make to a text."""

from robustaudit.perturbations import copying, evasion, surface, typos, unicode, wording
from robustaudit.perturbations.contract import Contract
from robustaudit.perturbations.delete import Delete
from robustaudit.perturbations.drawing import Part, SitePool, Weighting
from robustaudit.perturbations.extend import Extend
from robustaudit.perturbations.homoglyph import Homoglyph
from robustaudit.perturbations.insert import Insert
from robustaudit.perturbations.neighbor_swap import NeighborSwap
from robustaudit.perturbations.parameters import build, expression_of
from robustaudit.perturbations.protocol import (
    PERTURBATIONS,
    About,
    LetterPerturbation,
    OneLetter,
    Perturbation,
    WordPerturbation,
    about,
    perturbation,
)
from robustaudit.perturbations.qwerty import Qwerty
from robustaudit.perturbations.segmentation import CHARACTERS, Segmenter, find_segmenter
from robustaudit.perturbations.sites import Lazy, Sites
from robustaudit.perturbations.substitute import Substitute
from robustaudit.perturbations.words import Batch, graphemes

__all__ = [
    "CHARACTERS",
    "PERTURBATIONS",
    "About",
    "Batch",
    "Contract",
    "Delete",
    "Extend",
    "Homoglyph",
    "Insert",
    "Lazy",
    "LetterPerturbation",
    "NeighborSwap",
    "OneLetter",
    "Part",
    "Perturbation",
    "Qwerty",
    "Segmenter",
    "SitePool",
    "Sites",
    "Substitute",
    "Weighting",
    "WordPerturbation",
    "about",
    "build",
    "copying",
    "evasion",
    "expression_of",
    "find_segmenter",
    "graphemes",
    "perturbation",
    "surface",
    "typos",
    "unicode",
    "wording",
]
