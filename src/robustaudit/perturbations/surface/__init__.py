"""How a text is written down: its capitals, marks and blanks, and what stands around it."""

from robustaudit.perturbations.surface.add_handle import AddHandle
from robustaudit.perturbations.surface.add_hashtag import AddHashtag
from robustaudit.perturbations.surface.add_mark import AddMark
from robustaudit.perturbations.surface.add_url import AddUrl
from robustaudit.perturbations.surface.double_blank import DoubleBlank
from robustaudit.perturbations.surface.drop_apostrophe import DropApostrophe
from robustaudit.perturbations.surface.drop_blank_after_mark import DropBlankAfterMark
from robustaudit.perturbations.surface.drop_final_mark import DropFinalMark
from robustaudit.perturbations.surface.drop_mark import DropMark
from robustaudit.perturbations.surface.emphasize import Emphasize
from robustaudit.perturbations.surface.first_letter_case import FirstLetterCase
from robustaudit.perturbations.surface.lower_case import LowerCase
from robustaudit.perturbations.surface.outer_blank import OuterBlank
from robustaudit.perturbations.surface.random_case import RandomCase
from robustaudit.perturbations.surface.repeat_mark import RepeatMark
from robustaudit.perturbations.surface.space_before_mark import SpaceBeforeMark
from robustaudit.perturbations.surface.tab_for_blank import TabForBlank
from robustaudit.perturbations.surface.title_case import TitleCase
from robustaudit.perturbations.surface.upper_case import UpperCase
from robustaudit.perturbations.surface.word_as_hashtag import WordAsHashtag

__all__ = [
    "AddHandle",
    "AddHashtag",
    "AddMark",
    "AddUrl",
    "DoubleBlank",
    "DropApostrophe",
    "DropBlankAfterMark",
    "DropFinalMark",
    "DropMark",
    "Emphasize",
    "FirstLetterCase",
    "LowerCase",
    "OuterBlank",
    "RandomCase",
    "RepeatMark",
    "SpaceBeforeMark",
    "TabForBlank",
    "TitleCase",
    "UpperCase",
    "WordAsHashtag",
]
