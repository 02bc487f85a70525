from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.insertion import inserted
from robustaudit.perturbations.protocol import LetterPerturbation, perturbation

_TAGS = [chr(point) for point in range(0xE0020, 0xE007F)]  # a twin of each character of ASCII that is seen


@perturbation("tag_character", family="unicode", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class TagCharacter(LetterPerturbation):
    """Hide a tag, the unseen twin of an ASCII character, in a word: `great` becomes `gr<U+E0078>eat`.

    With tags, messages are smuggled past a reader's eyes to a language model.
    """

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return inserted(letters, _TAGS)
