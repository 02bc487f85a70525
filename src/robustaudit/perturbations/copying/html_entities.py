import html
from collections.abc import Iterable
from dataclasses import dataclass
from html.entities import codepoint2name
from typing import Literal

import regex

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation

_RUN = regex.compile(r"""[&<>"'\x80-\U0010ffff]+""")


@perturbation("html_entities", family="copying", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlEntities(SpanPerturbation):
    """Show the HTML of a character: `R&B` becomes `R&amp;B`, `don't` becomes `don&#39;t`."""

    form: Literal["named", "decimal", "hexadecimal"] = "named"
    times: Literal[1, 2] = 1

    def spans(self, text: str) -> Iterable[Span]:
        for run in _RUN.finditer(text):
            escaped = "".join(map(self._entity, run.group()))
            yield Span(run.start(), run.end(), (html.escape(escaped) if self.times > 1 else escaped,))

    def _entity(self, character: str) -> str:
        point = ord(character)
        if self.form == "hexadecimal":
            return f"&#x{point:X};"
        if self.form == "named" and point in codepoint2name:
            return f"&{codepoint2name[point]};"
        return f"&#{point};"
