from dataclasses import dataclass
from functools import cache

import numpy as np

from robustaudit.perturbations.maps import contractions, match_case
from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.sites import Sites
from robustaudit.perturbations.words import Batch


@perturbation("contract", family="words", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """Contract two words that only white space parts: `do not` becomes `don't`."""

    def sites(self, batch: Batch) -> Sites:
        words = batch.words
        firsts, seconds = ({pair[i] for pair in _pairs()} for i in (0, 1))
        first = np.array([form.lower() in firsts for form in words.forms], dtype=np.bool_)[words.form]
        second = np.array([form.lower() in seconds for form in words.forms], dtype=np.bool_)[words.form]
        candidates = first[:-1] & second[1:] & (words.text[:-1] == words.text[1:])
        columns: list[tuple[int, int, int, int]] = []
        options: list[tuple[str]] = []
        for i in np.flatnonzero(candidates).tolist():
            row, start, stop = int(words.text[i]), int(words.start[i]), int(words.stop[i + 1])
            contracted = _contracted(batch.texts[row][start:stop], gap=int(words.stop[i]) - start)
            if contracted:
                columns.append((row, start, stop, len(options)))
                options.append((contracted,))
        text, starts, stops, form_ = np.array(columns, dtype=np.int64).reshape(-1, 4).T
        return Sites(text, starts, stops, form_, options)


@cache
def _pairs() -> dict[tuple[str, ...], str]:
    full_forms = {tuple(full.split()): short for short, full in contractions().items()}
    return {words: short for words, short in full_forms.items() if len(words) == 2}  # noqa: PLR2004


def _contracted(span: str, *, gap: int) -> str | None:
    """What two words may become, where nothing but white space stands between them from `gap` on."""
    between = span[gap : len(span) - len(span[gap:].lstrip())]
    pair = (span[:gap].lower(), span[gap + len(between) :].lower())
    if not between or pair not in _pairs():
        return None
    return match_case(span, _pairs()[pair])
