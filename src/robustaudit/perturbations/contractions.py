"""Contractions: `do not` becomes `don't`, and back."""

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

import numpy as np

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.sites import Sites
from robustaudit.perturbations.word_lists import contractions, match_case
from robustaudit.perturbations.words import TextBatch, WordFingerprints


@perturbation("contract", family="words", meaning="kept")
class Contract:
    """Contract two words separated only by white space: `do not` becomes `don't`."""

    def sites(self, batch: TextBatch) -> Sites:
        words = batch.words
        first_words, second_words = _vocabularies()
        seconds = words.resembling(second_words)  # fewer than there are first words
        candidates = words.resembling(first_words, among=seconds[seconds > 0] - 1)
        first = candidates[words.text[candidates] == words.text[candidates + 1]]
        spans = (words.text[first], words.start[first], words.stop[first + 1], words.stop[first])
        columns: list[tuple[int, int, int, int]] = []
        options: list[tuple[str]] = []
        for row, start, stop, gap in zip(*(column.tolist() for column in spans), strict=True):
            contracted = _contracted(batch.texts[row][start:stop], gap=gap - start)
            if contracted:
                columns.append((row, start, stop, len(options)))
                options.append((contracted,))
        text, starts, stops, form_ = np.array(columns, dtype=np.int64).reshape(-1, 4).T
        return Sites(text, starts, stops, form_, options)


@cache
def _pairs() -> dict[tuple[str, ...], str]:
    full_forms = {tuple(full.split()): short for short, full in contractions().items()}
    return {words: short for words, short in full_forms.items() if len(words) == 2}  # noqa: PLR2004


@cache
def _vocabularies() -> tuple[WordFingerprints, WordFingerprints]:
    """The first words of all contractions, and the second words."""
    firsts, seconds = zip(*_pairs(), strict=True)
    return WordFingerprints.of(firsts), WordFingerprints.of(seconds)


@lru_cache(maxsize=4096)  # the same pairs come again and again
def _contracted(span: str, *, gap: int) -> str | None:
    """The contractions of two words with only white space between them, from `gap` on."""
    between = span[gap : len(span) - len(span[gap:].lstrip())]
    pair = (span[:gap].lower(), span[gap + len(between) :].lower())
    if not between or pair not in _pairs():
        return None
    return match_case(span, _pairs()[pair])


@perturbation("extend", family="words", meaning="kept")
class Extend(WordPerturbation):
    """Write a contraction in full: `don't` becomes `do not`."""

    def replacements(self, word: str) -> Sequence[str]:
        full = contractions().get(word.lower().replace("’", "'"))
        return (match_case(word, full),) if full else ()

    def vocabulary(self) -> Iterable[str]:
        return contractions()
