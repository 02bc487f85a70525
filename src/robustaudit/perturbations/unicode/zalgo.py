import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.core.validation import check_at_least
from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.sites import Lazy
from robustaudit.perturbations.words import graphemes

_ABOVE, _BELOW = 230, 220  # combining classes
_MARKS = [chr(c) for c in range(0x0300, 0x0370) if unicodedata.combining(chr(c)) in (_ABOVE, _BELOW)]
_STRIDE = 31  # shares no divisor with the number of marks, so that letters in a row get different ones


@perturbation("zalgo", family="unicode", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Zalgo(WordPerturbation):
    """Heap combining marks on each letter of a word, above and below: `great` becomes `g̤̀r͋̃e̩͎ă̬t͒̉`."""

    marks: int = 2

    def __post_init__(self) -> None:
        check_at_least("marks of zalgo", self.marks, 1, maximum=20)

    def replacements(self, word: str) -> Sequence[str]:
        letters = graphemes(word)

        def make(k: int) -> str:
            heaped = (letter + self._heap(k + at * self.marks) for at, letter in enumerate(letters))
            return "".join(heaped)

        return Lazy(len(_MARKS), make)

    def _heap(self, first: int) -> str:
        return "".join(_MARKS[(first + i) * _STRIDE % len(_MARKS)] for i in range(self.marks))
