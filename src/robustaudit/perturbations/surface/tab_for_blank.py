from collections.abc import Iterator
from dataclasses import dataclass

import regex

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation

_BLANKS = regex.compile(r"(?<=\S)[ ]++(?=\S)")


@perturbation("tab_for_blank", family="surface", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class TabForBlank(SpanPerturbation):
    """Part words by a tab, as text out of tables does: `so great` becomes `so<U+0009>great`."""

    def spans(self, text: str) -> Iterator[Span]:
        for found in _BLANKS.finditer(text):
            yield Span(found.start(), found.end(), ("\t",))
