"""The interface of perturbations, and the registry of those that have a name."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Literal, Protocol, TypeVar, dataclass_transform, final

import numpy as np

from robustaudit.core.registry import Registry
from robustaudit.perturbations.characters import is_unspaced
from robustaudit.perturbations.letters import LetterEdits, LetterOptions, LetterTable, Options, WordCache
from robustaudit.perturbations.sites import Sites, one_letter_changed
from robustaudit.perturbations.words import TextBatch, WordFingerprints, graphemes


class Perturbation(Protocol):
    """The set of edits that may be made to a text: a hashable value without state or randomness."""

    def sites(self, batch: TextBatch) -> Sites: ...


Family = Literal["typing", "copying", "unicode", "evasion", "surface", "words", "foreign"]
Meaning = Literal["kept", "mostly kept", "may change"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PerturbationInfo:
    """The family of a perturbation, and whether readers still take the text as it was meant."""

    family: Family
    meaning: Meaning


PERTURBATIONS: Registry[type[Perturbation]] = Registry("perturbation", group="robustaudit.perturbations")

_MOST_REMEMBERED = 1 << 14  # words with a letter of several code points, for each perturbation

P = TypeVar("P", bound=Perturbation)

_INFO: dict[type[object], PerturbationInfo] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
def perturbation(
    name: str, *, family: Family = "foreign", meaning: Meaning = "may change"
) -> Callable[[type[P]], type[P]]:
    """Register a class under `name`, as a frozen dataclass whose fields are the parameters."""

    def decorate(cls: type[P]) -> type[P]:
        if "__dataclass_fields__" not in vars(cls):
            cls = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        PERTURBATIONS.register(name)(cls)
        _INFO[cls] = PerturbationInfo(family=family, meaning=meaning)
        return cls

    return decorate


def info_of(cls: type[object]) -> PerturbationInfo:
    """The information a perturbation was registered with; for unregistered ones the defaults."""
    return _INFO.get(cls, PerturbationInfo(family="foreign", meaning="may change"))


class WordPerturbation(ABC):
    """A perturbation that edits single words, independent of their neighbours."""

    __slots__ = ()

    weighted: ClassVar[bool] = False
    """Whether `replacements` returns `WeightedStrings`, by which words and their replacements are drawn."""

    @abstractmethod
    def replacements(self, word: str) -> Sequence[str]:
        """The replacements of `word`: strings that differ from it."""

    def vocabulary(self) -> Iterable[str] | None:
        """The only words that it edits, in ASCII, in any case, with either apostrophe; None for all."""
        return None

    def letter_edits(self) -> LetterEdits | None:
        """The same as columns, for speed; None if replacements are only known as strings."""
        return None

    @final
    def sites(self, batch: TextBatch) -> Sites:
        words = batch.words
        options: Options
        if edits := self.letter_edits():
            options = LetterOptions(edits, words, _spelling(self))
            kept = form = np.flatnonzero(options.counts > 0)
        else:
            vocabulary = _vocabulary(self)
            found = np.arange(len(words)) if vocabulary is None else words.resembling(vocabulary)
            strings = words.strings if vocabulary is None else words.codes.take(found).strings()
            form, options = _memory(self).look_up(strings)
            kept, form = found[form > 0], form[form > 0]
        return Sites(
            words.text[kept], words.start[kept], words.stop[kept], form, options, weighted=self.weighted
        )


class LetterPerturbation(WordPerturbation):
    """A perturbation of the letters of a word; one-letter words are left unchanged."""

    __slots__ = ()

    @abstractmethod
    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        """The replacements of a word given as its letters, of which there are at least two."""

    @final
    def replacements(self, word: str) -> Sequence[str]:
        letters = graphemes(word)
        return self.respellings(letters) if len(letters) > 1 else ()


class OneLetter(WordPerturbation):
    """A perturbation that replaces one letter of a word, independent of its neighbours."""

    __slots__ = ()

    shortest: ClassVar[int] = 2
    """The fewest letters of a word, in scripts with spaces; in others one letter is much of a text."""

    @abstractmethod
    def choices(self, letter: str) -> Sequence[str]:
        """The replacements of `letter`: strings that differ from it."""

    @final
    def replacements(self, word: str) -> Sequence[str]:
        letters = graphemes(word)
        if len(letters) < self.shortest and not is_unspaced(word[0]):
            return ()
        return one_letter_changed(letters, list(map(_table(self).choices, letters)))

    @final
    def letter_edits(self) -> LetterEdits:
        return _table(self)


@lru_cache(maxsize=64)
def _table(perturbation: OneLetter) -> LetterTable:
    return LetterTable(perturbation.choices, shortest=perturbation.shortest)


@lru_cache(maxsize=64)
def _spelling(perturbation: WordPerturbation) -> Callable[[str], Sequence[str]]:
    return lru_cache(maxsize=_MOST_REMEMBERED)(perturbation.replacements)


@lru_cache(maxsize=64)
def _memory(perturbation: WordPerturbation) -> WordCache:
    return WordCache(perturbation.replacements)


@lru_cache(maxsize=64)
def _vocabulary(perturbation: WordPerturbation) -> WordFingerprints | None:
    words = perturbation.vocabulary()
    return None if words is None else WordFingerprints.of(words)
