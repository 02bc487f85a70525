from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.sites import Lazy

_PERIOD = 16  # letters after which the pattern of a very long word comes again


@perturbation("random_case", family="surface", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class RandomCase(WordPerturbation):
    """Give each letter of a word either case, whatever it has: `great` becomes `gReAT`."""

    def replacements(self, word: str) -> Sequence[str]:
        places = [at for at, letter in enumerate(word) if _has_two_cases(letter)]
        if not places:
            return ()

        def make(k: int) -> str:
            letters = list(word)
            for number, at in enumerate(places):
                if (k + 1) >> number % _PERIOD & 1:
                    letters[at] = letters[at].swapcase()
            return "".join(letters)

        return Lazy(2 ** min(len(places), _PERIOD) - 1, make)


def _has_two_cases(letter: str) -> bool:
    return letter.swapcase() != letter and letter.swapcase().swapcase() == letter
