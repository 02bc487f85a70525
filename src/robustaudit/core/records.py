"""Examples, edits and perturbed texts."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Example:
    """A text with its true label; the group is the unit of inference, such as the review a sentence is from.

    `columns` are those that results can be sliced by.
    """

    id: str
    text: str
    label: int
    group: str
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edit:
    """The code points `start` to `stop` of a text (half-open), and their replacement."""

    start: int
    stop: int
    replacement: str


@dataclass(frozen=True, slots=True)
class PerturbedText:
    """One draw of an attack on one text.

    `edits_by_step` holds the edits of each part of a sequence, on that part's input, for replay;
    `edits` their composition on the original text, for display, laws and shrinking.
    """

    original: str
    text: str
    edits: tuple[Edit, ...]
    edits_by_step: tuple[tuple[Edit, ...], ...]

    @property
    def changed(self) -> bool:
        return self.text != self.original
