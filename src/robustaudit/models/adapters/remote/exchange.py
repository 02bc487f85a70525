"""The seam between texts and what is sent for them."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

from robustaudit.models.adapters.naming import Classes

Verdict: TypeAlias = int | list[float] | str
"""A text's class, its probabilities, or the reason why there is neither."""


class ErrorInReply(Exception):
    """An error that a server tells where an answer should be; `told` is what it says."""

    def __init__(self, told: object) -> None:
        super().__init__(told)
        self.told = told


class OneForAll(ValueError):
    """A reply with one answer for several texts, whichever of them it is of."""


class Exchange(Protocol):
    """How texts become a request, and a reply their answers; it can be pickled."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of each class, in order."""
        ...

    @property
    def texts(self) -> int:
        """How many texts one request holds."""
        ...

    @property
    def identity(self) -> tuple[object, ...]:
        """All that fixes what is sent for a text and how its answer is read, as JSON can hold it."""
        ...

    def body(self, texts: Sequence[str]) -> Any:  # noqa: ANN401
        """The JSON that is sent."""
        ...

    def read(self, reply: Any, texts: int) -> list[Verdict]:  # noqa: ANN401
        """The answers in the JSON that came.

        Raises:
            ValueError: there is not one for each text.
            ErrorInReply: there is an error in their place.
        """
        ...


def class_of(label: object, labels: Sequence[str]) -> Verdict:
    """The class of a label's name, or of its number."""
    try:
        return Classes(labels).place(label)
    except (ValueError, OverflowError) as error:
        return str(error)
