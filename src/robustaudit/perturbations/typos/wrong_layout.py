from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.typos.keyboards import Desk, retyped
from robustaudit.perturbations.words import graphemes


@perturbation("wrong_layout", family="typing", meaning="may change")
@dataclass(frozen=True, slots=True, kw_only=True)
class WrongLayout(WordPerturbation):
    """Type a word while the keyboard is switched to another layout: `great` becomes `пкуфе`."""

    layout: Desk = "qwerty"
    active: Desk = "russian"

    def replacements(self, word: str) -> Sequence[str]:
        keys = retyped(self.layout, self.active)
        letters = graphemes(word)
        if not all(letter in keys for letter in letters):
            return ()
        typed = "".join(keys[letter] for letter in letters)
        return (typed,) if typed != word else ()
