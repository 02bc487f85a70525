from collections.abc import Iterable
from dataclasses import dataclass

from robustaudit.perturbations.phrases import phrase_spans
from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation


@perturbation("abbreviate", family="words", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Abbreviate(SpanPerturbation):
    """Shorten a phrase to its letters: `as soon as possible` becomes `asap`."""

    def spans(self, text: str) -> Iterable[Span]:
        return phrase_spans(text, "abbreviations.toml", "abbreviations")
