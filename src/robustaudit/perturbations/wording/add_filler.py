from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Literal

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.sites import Sites
from robustaudit.perturbations.spans import Span, columns
from robustaudit.perturbations.tables import load_table
from robustaudit.perturbations.wording.groups import stretches
from robustaudit.perturbations.words import Batch


@perturbation("add_filler", family="words", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class AddFiller:
    """Say what speakers say while they think: `it was great` becomes `it was um great`."""

    kind: Literal["any", "sounds", "words"] = "any"

    def sites(self, batch: Batch) -> Sites:
        table = load_table("small_words.toml", "fillers")
        fillers = chain.from_iterable(table.values()) if self.kind == "any" else table[self.kind]
        options = [f"{filler} " for filler in fillers]
        return columns(
            (row, Span(start, start, options))
            for row, stretch in stretches(batch)
            for _, (start, _) in pairwise(stretch)
        )
