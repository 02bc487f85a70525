"""What people put before or behind a post: addresses, handles and tags."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Literal, final

from robustaudit.perturbations.spans import Span, SpanPerturbation
from robustaudit.perturbations.tables import load_table

Place = Literal["start", "end"]


class OuterPerturbation(SpanPerturbation):
    """A perturbation that puts something before or behind the whole text, one blank apart."""

    __slots__ = ()

    @abstractmethod
    def where(self) -> tuple[Literal["url", "handle", "hashtag"], Place]:
        """What is put, and where."""

    @final
    def spans(self, text: str) -> Iterator[Span]:
        kind, place = self.where()
        things = load_table("outer.toml", "outer")[kind]
        if not text.strip():
            return
        if place == "start":
            yield Span(0, 0, [f"{thing} " for thing in things])
        else:
            end = len(text.rstrip())
            yield Span(end, end, [f" {thing}" for thing in things])
