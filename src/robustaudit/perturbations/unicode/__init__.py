"""What Unicode lets writers do: characters that look like others, and characters that are not seen at all."""

from robustaudit.perturbations.unicode.add_accent import AddAccent
from robustaudit.perturbations.unicode.backspaced import Backspaced
from robustaudit.perturbations.unicode.bidi_mark import BidiMark
from robustaudit.perturbations.unicode.bidi_override import BidiOverride
from robustaudit.perturbations.unicode.confusable import Confusable
from robustaudit.perturbations.unicode.digit_script import DigitScript
from robustaudit.perturbations.unicode.emoji_style import EmojiStyle
from robustaudit.perturbations.unicode.full_width import FullWidth
from robustaudit.perturbations.unicode.letter_style import LetterStyle
from robustaudit.perturbations.unicode.normal_form import NormalForm
from robustaudit.perturbations.unicode.strip_accents import StripAccents
from robustaudit.perturbations.unicode.tag_character import TagCharacter
from robustaudit.perturbations.unicode.turkish_case import TurkishCase
from robustaudit.perturbations.unicode.unusual_space import UnusualSpace
from robustaudit.perturbations.unicode.upside_down import UpsideDown
from robustaudit.perturbations.unicode.variation_selector import VariationSelector
from robustaudit.perturbations.unicode.zalgo import Zalgo
from robustaudit.perturbations.unicode.zero_width import ZeroWidth

__all__ = [
    "AddAccent",
    "Backspaced",
    "BidiMark",
    "BidiOverride",
    "Confusable",
    "DigitScript",
    "EmojiStyle",
    "FullWidth",
    "LetterStyle",
    "NormalForm",
    "StripAccents",
    "TagCharacter",
    "TurkishCase",
    "UnusualSpace",
    "UpsideDown",
    "VariationSelector",
    "Zalgo",
    "ZeroWidth",
]
