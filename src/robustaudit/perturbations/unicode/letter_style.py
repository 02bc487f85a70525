from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.unicode.styles import Style, styled


@perturbation("letter_style", family="unicode", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class LetterStyle(WordPerturbation):
    """Write a word in letters meant for formulas, as in fancy posts and names: `great` becomes `𝐠𝐫𝐞𝐚𝐭`."""

    style: Style = "bold"

    def replacements(self, word: str) -> Sequence[str]:
        letters = styled(self.style)
        fancy = "".join(letters.get(letter, letter) for letter in word)
        return (fancy,) if fancy != word else ()
