"""What people write so that a filter does not find a word and a reader still does."""

from robustaudit.perturbations.evasion.algospeak import Algospeak
from robustaudit.perturbations.evasion.drop_vowels import DropVowels
from robustaudit.perturbations.evasion.emoji_for_word import EmojiForWord
from robustaudit.perturbations.evasion.leetspeak import Leetspeak
from robustaudit.perturbations.evasion.mask_letters import MaskLetters
from robustaudit.perturbations.evasion.punctuate_letters import PunctuateLetters
from robustaudit.perturbations.evasion.space_letters import SpaceLetters
from robustaudit.perturbations.evasion.spell_by_sound import SpellBySound

__all__ = [
    "Algospeak",
    "DropVowels",
    "EmojiForWord",
    "Leetspeak",
    "MaskLetters",
    "PunctuateLetters",
    "SpaceLetters",
    "SpellBySound",
]
