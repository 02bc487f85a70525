"""The seam to libraries that rewrite whole texts."""

from typing import Protocol


class Rewriter(Protocol):
    """What can be sampled but not enumerated; a value, hashable, whose `str` is its expression."""

    def rewrite(self, text: str, *, rate: float) -> str:
        """Another text, drawn from the global generators alone, which are seeded before each call."""
