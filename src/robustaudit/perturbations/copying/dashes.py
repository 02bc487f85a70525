from collections.abc import Iterable
from dataclasses import dataclass

import regex

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation

# Hyphen-minus, typed twice, hyphen, no-break hyphen, figure, en and em dash, bar, minus.
_FORMS = ("-", "--", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212")
_RUN = regex.compile(r"[-\u2010-\u2015\u2212]+")


@perturbation("dashes", family="copying", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Dashes(SpanPerturbation):
    """Put another hyphen, dash or minus, as editors and typesetters do: `well-known` becomes `well–known`."""

    def spans(self, text: str) -> Iterable[Span]:
        for run in _RUN.finditer(text):
            if run.group() in {*_FORMS, "---"}:
                forms = [form for form in _FORMS if form != run.group()]
                yield Span(run.start(), run.end(), forms)
