from collections.abc import Iterable
from dataclasses import dataclass

from robustaudit.perturbations.blanks import blanks
from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation

# En quad to hair space, narrow no-break, mathematical and ideographic space.
_SPACES = [*map(chr, range(0x2000, 0x200B)), "\u202f", "\u205f", "\u3000"]


@perturbation("unusual_space", family="unicode", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class UnusualSpace(SpanPerturbation):
    """Part words by a blank of another width, as typesetting does: `the best` becomes `the<U+2003>best`."""

    def spans(self, text: str) -> Iterable[Span]:
        return blanks(text, _SPACES)
