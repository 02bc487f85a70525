from collections.abc import Iterable
from dataclasses import dataclass

from robustaudit.perturbations.blanks import blanks
from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation

_NO_BREAK_SPACE = "\u00a0"


@perturbation("no_break_space", family="copying", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class NoBreakSpace(SpanPerturbation):
    """Bring along a blank that ends no line, as web pages have them: `5 stars` becomes `5<U+00A0>stars`."""

    def spans(self, text: str) -> Iterable[Span]:
        return blanks(text, (_NO_BREAK_SPACE,))
