from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.core.validation import check_at_least
from robustaudit.perturbations.protocol import LetterPerturbation, perturbation
from robustaudit.perturbations.sites import one_letter_changed

_LEAST = 3  # times: a letter typed twice is another slip, repeat_letter


@perturbation("long_press", family="typing", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class LongPress(LetterPerturbation):
    """Hold a letter's key down, by accident or for emphasis: `so` becomes `soooo`."""

    most: int = 5

    def __post_init__(self) -> None:
        check_at_least("most of long_press", self.most, _LEAST, maximum=100)

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        held = [self._held(letter) if letter[0].isalpha() else () for letter in letters]
        return one_letter_changed(letters, held)

    def _held(self, letter: str) -> Sequence[str]:
        return [letter * times for times in range(_LEAST, self.most + 1)]
