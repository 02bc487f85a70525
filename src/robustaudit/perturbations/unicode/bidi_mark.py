from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.insertion import inserted
from robustaudit.perturbations.protocol import LetterPerturbation, perturbation

_MARKS = ("\u200e", "\u200f", "\u061c")  # left-to-right, right-to-left, Arabic letter mark


@perturbation("bidi_mark", family="unicode", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class BidiMark(LetterPerturbation):
    """Put an unseen mark of writing direction between two letters: `great` becomes `gr<U+200E>eat`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return inserted(letters, _MARKS)
