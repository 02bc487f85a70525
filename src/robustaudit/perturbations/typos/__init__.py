"""What hands do: keys hit wrong, twice, too long, too early or too late, on a keyboard or a phone."""

from robustaudit.perturbations.typos.caps_lock import CapsLock
from robustaudit.perturbations.typos.drop_double import DropDouble
from robustaudit.perturbations.typos.keyboard import KeyBeside
from robustaudit.perturbations.typos.long_press import LongPress
from robustaudit.perturbations.typos.lost_capital import LostCapital
from robustaudit.perturbations.typos.merge_words import MergeWords
from robustaudit.perturbations.typos.missed_shift import MissedShift
from robustaudit.perturbations.typos.missed_space import MissedSpace
from robustaudit.perturbations.typos.move_space import MoveSpace
from robustaudit.perturbations.typos.repeat_letter import RepeatLetter
from robustaudit.perturbations.typos.scramble import Scramble
from robustaudit.perturbations.typos.split_word import SplitWord
from robustaudit.perturbations.typos.stuck_shift import StuckShift
from robustaudit.perturbations.typos.two_keys import TwoKeys
from robustaudit.perturbations.typos.wrong_double import WrongDouble
from robustaudit.perturbations.typos.wrong_layout import WrongLayout
from robustaudit.perturbations.typos.wrong_vowel import WrongVowel

__all__ = [
    "CapsLock",
    "DropDouble",
    "KeyBeside",
    "LongPress",
    "LostCapital",
    "MergeWords",
    "MissedShift",
    "MissedSpace",
    "MoveSpace",
    "RepeatLetter",
    "Scramble",
    "SplitWord",
    "StuckShift",
    "TwoKeys",
    "WrongDouble",
    "WrongLayout",
    "WrongVowel",
]
