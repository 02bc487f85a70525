"""What a perturbation is, and the registry of those that have a name."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol, TypeVar, final

import numpy as np

from robustaudit.core.registry import Registry
from robustaudit.perturbations.sites import Sites
from robustaudit.perturbations.words import Batch, graphemes


class Perturbation(Protocol):
    """The set of edits that may be made to a text; a value without state or randomness, hashable."""

    def sites(self, batch: Batch) -> Sites: ...


Family = Literal["typing", "copying", "unicode", "evasion", "surface", "words", "foreign"]
Meaning = Literal["kept", "mostly kept", "may change"]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What kind of change a perturbation makes, and whether a reader still takes the text as it was meant."""

    family: Family
    meaning: Meaning


PERTURBATIONS: Registry[type[Perturbation]] = Registry("perturbation", group="robustaudit.perturbations")

P = TypeVar("P", bound=type[Perturbation])

_ABOUT: dict[type[Perturbation], About] = {}


def perturbation(
    name: str, *, family: Family = "foreign", meaning: Meaning = "may change"
) -> Callable[[P], P]:
    """Register a perturbation, a frozen dataclass whose fields are its parameters, under `name`."""

    def decorate(cls: P) -> P:
        PERTURBATIONS.register(name)(cls)
        _ABOUT[cls] = About(family=family, meaning=meaning)
        return cls

    return decorate


def about(cls: type[Perturbation]) -> About:
    """What was said of a perturbation when it was registered; of others' nothing is known."""
    return _ABOUT.get(cls, About(family="foreign", meaning="may change"))


class WordPerturbation(ABC):
    """A perturbation that edits one word at a time, whatever stands beside it."""

    __slots__ = ()

    @abstractmethod
    def replacements(self, word: str) -> Sequence[str]:
        """What `word` may become: strings that differ from it."""

    @final
    def sites(self, batch: Batch) -> Sites:
        words = batch.words
        options = [_remembered(self, form) for form in words.forms]
        editable = np.fromiter(map(bool, map(len, options)), dtype=np.bool_, count=len(options))
        kept = editable[words.form]
        return Sites(words.text[kept], words.start[kept], words.stop[kept], words.form[kept], options)


class LetterPerturbation(WordPerturbation):
    """A perturbation of the letters of a word; a word of one letter is left as it is."""

    __slots__ = ()

    @abstractmethod
    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        """What a word of those letters, of which there are two at least, may become."""

    @final
    def replacements(self, word: str) -> Sequence[str]:
        letters = graphemes(word)
        return self.respellings(letters) if len(letters) > 1 else ()


@lru_cache(maxsize=1 << 17)
def _remembered(perturbation: WordPerturbation, word: str) -> Sequence[str]:
    # Text repeats its words: most are looked at once in a run.
    return perturbation.replacements(word)
