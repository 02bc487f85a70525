from collections.abc import Iterable
from dataclasses import dataclass

import regex

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation

_STRAIGHT = str.maketrans(dict.fromkeys("‘’‚‛′‹›", "'") | dict.fromkeys("“”„‟″«»", '"'))
_CURLED = regex.compile(f"[{''.join(map(chr, _STRAIGHT))}]+")


@perturbation("straight_quotes", family="copying", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class StraightQuotes(SpanPerturbation):
    """Make a quote or an apostrophe straight, as plain text has them: `don’t` becomes `don't`."""

    def spans(self, text: str) -> Iterable[Span]:
        for run in _CURLED.finditer(text):
            yield Span(run.start(), run.end(), (run.group().translate(_STRAIGHT),))
