from collections.abc import Iterable
from dataclasses import dataclass

from robustaudit.perturbations.blanks import blanks
from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation


@perturbation("line_wrap", family="copying", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class LineWrap(SpanPerturbation):
    """Keep the ends of lines, as of mails and PDFs: `the best` becomes `the<U+000A>best`."""

    quoted: bool = False

    def spans(self, text: str) -> Iterable[Span]:
        return blanks(text, ("\n> " if self.quoted else "\n",))
