from collections.abc import Iterable
from dataclasses import dataclass

import regex

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation

_ESCAPES = str.maketrans({"'": r"\'", '"': r"\"", "\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"})
_RUN = regex.compile(r"""['"\\\n\t\r]+""")


@perturbation("backslashes", family="copying", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Backslashes(SpanPerturbation):
    r"""Show how a program wrote a character, as scraped data does: `don't` becomes `don\'t`."""

    def spans(self, text: str) -> Iterable[Span]:
        for run in _RUN.finditer(text):
            yield Span(run.start(), run.end(), (run.group().translate(_ESCAPES),))
