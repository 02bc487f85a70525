from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Literal

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span
from robustaudit.perturbations.tables import load_table
from robustaudit.perturbations.wording.groups import Stretch, StretchPerturbation


@perturbation("add_filler", family="words", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class AddFiller(StretchPerturbation):
    """Say what speakers say while they think: `it was great` becomes `it was um great`."""

    kind: Literal["any", "sounds", "words"] = "any"

    def stretch_spans(self, text: str, stretch: Stretch) -> Iterator[Span]:  # noqa: ARG002
        table = load_table("small_words.toml", "fillers")
        fillers = chain.from_iterable(table.values()) if self.kind == "any" else table[self.kind]
        options = [f"{filler} " for filler in fillers]
        for (_, end), (start, _) in pairwise(stretch):
            if start > end:  # fillers are words of a language that has blanks
                yield Span(start, start, options)
