from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import regex

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation, one_change
from robustaudit.perturbations.typos.keyboards import Desk, unshifted


@perturbation("missed_shift", family="typing", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class MissedShift(SpanPerturbation):
    """Miss the shift key at a mark that needs it: `great!!` becomes `great!1`."""

    layout: Desk = "qwerty"

    def spans(self, text: str) -> Iterable[Span]:
        for run in _runs(self.layout).finditer(text):
            yield Span(run.start(), run.end(), _slips(self.layout, run.group()))


@cache
def _runs(layout: Desk) -> regex.Pattern[str]:
    return regex.compile(f"[{regex.escape(''.join(unshifted(layout)))}]+")


@lru_cache(maxsize=1 << 10)
def _slips(layout: Desk, marks: str) -> Sequence[str]:
    below = unshifted(layout)
    return one_change(marks, [Span(i, i + 1, (below[mark],)) for i, mark in enumerate(marks)])
