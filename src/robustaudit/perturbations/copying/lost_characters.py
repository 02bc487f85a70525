from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from robustaudit.perturbations.copying.damage import damaged
from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation

_MARKS = {"replacement": "\ufffd", "question mark": "?", "nothing": ""}


@perturbation("lost_characters", family="copying", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class LostCharacters(SpanPerturbation):
    """Lose what an encoding does not have: `café` becomes `caf�`, or `caf?`, or `caf`."""

    mark: Literal["replacement", "question mark", "nothing"] = "replacement"

    def spans(self, text: str) -> Iterable[Span]:
        return damaged(text, lambda run: _MARKS[self.mark] * len(run))
