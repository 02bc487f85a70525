"""What the sites of a batch may become, and how much that is."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import final, overload

import numpy as np

from robustaudit.core.codes import Integers

_MOST_REMEMBERED = 1 << 17  # words


class Options(Sequence[Sequence[str]]):
    """The replacements of each form of a site, counted before any is made."""

    counts: Integers

    @abstractmethod
    def of(self, form: int) -> Sequence[str]:
        """What sites of that form may become."""

    @final
    def __len__(self) -> int:
        return len(self.counts)

    @overload
    def __getitem__(self, index: int) -> Sequence[str]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sequence[str]]: ...
    def __getitem__(self, index: int | slice) -> Sequence[str] | Sequence[Sequence[str]]:
        if isinstance(index, slice):
            return [self.of(form) for form in range(len(self))[index]]
        return self.of(range(len(self))[index])


class WordOptions(Options):
    """The replacements of words that are known."""

    def __init__(self, options: Sequence[Sequence[str]], counts: Integers) -> None:
        self.counts = counts
        self._options = options

    def of(self, form: int) -> Sequence[str]:
        return self._options[form]


class WordMemory:
    """What words may become. Text repeats its words: most are looked at once in a run."""

    def __init__(self, replacements: Callable[[str], Sequence[str]]) -> None:
        self._replacements = replacements
        self._forget()

    def _forget(self) -> None:
        self._forms = _Forms(self._replacements)
        self._counts = np.zeros(1, dtype=np.int64)

    def look_up(self, words: Sequence[str]) -> tuple[Integers, WordOptions]:
        """The form of each word, and what each form may become."""
        if len(self._forms) > _MOST_REMEMBERED:
            self._forget()
        form = np.fromiter(map(self._forms.__getitem__, words), dtype=np.int64, count=len(words))
        new = self._forms.options[len(self._counts) :]
        if new:
            self._counts = np.append(self._counts, list(map(len, new)))
        return form, WordOptions(self._forms.options, self._counts)


class _Forms(dict[str, int]):
    """The place of each word among the options; words that can become nothing share the first."""

    def __init__(self, replacements: Callable[[str], Sequence[str]]) -> None:
        super().__init__()
        self.replacements = replacements
        self.options: list[Sequence[str]] = [()]

    def __missing__(self, word: str) -> int:
        found = self.replacements(word)
        self[word] = len(self.options) if found else 0
        if found:
            self.options.append(found)
        return self[word]
