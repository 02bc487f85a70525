from collections.abc import Iterable
from dataclasses import dataclass

from robustaudit.perturbations.phrases import phrase_spans
from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation


@perturbation("colloquial", family="words", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Colloquial(SpanPerturbation):
    """Write a phrase as it is spoken: `going to` becomes `gonna`."""

    def spans(self, text: str) -> Iterable[Span]:
        return phrase_spans(text, "colloquial.toml", "colloquial")
