from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import regex

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation

_STRAIGHT = regex.compile("[\"']+")
_BEFORE_OPENING = "([{<-–—/"


class _Quotes(NamedTuple):
    opening: str
    closing: str
    single_opening: str
    single_closing: str
    apostrophe: str = "’"


_STYLES = {
    "english": _Quotes("“", "”", "‘", "’"),
    "german": _Quotes("„", "“", "‚", "‘"),
    "french": _Quotes("«\u00a0", "\u00a0»", "‹\u00a0", "\u00a0›"),
}


@perturbation("smart_quotes", family="copying", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class SmartQuotes(SpanPerturbation):
    """Curl a quote or an apostrophe, as word processors do: `don't` becomes `don’t`."""

    style: Literal["english", "german", "french"] = "english"

    def spans(self, text: str) -> Iterable[Span]:
        quotes = _STYLES[self.style]
        for run in _STRAIGHT.finditer(text):
            before, after = text[: run.start()][-1:], text[run.end() :][:1]
            yield Span(run.start(), run.end(), (_curled(run.group(), quotes, before=before, after=after),))


def _curled(run: str, quotes: _Quotes, *, before: str, after: str) -> str:
    """A run of straight quotes as a word processor has it, which looks at what stands about."""
    if run == "'" and before.isalnum() and after.isalnum():
        return quotes.apostrophe
    if not before or before.isspace() or before in _BEFORE_OPENING:
        return "".join(quotes.opening if mark == '"' else quotes.single_opening for mark in run)
    return "".join(quotes.closing if mark == '"' else quotes.single_closing for mark in run)
