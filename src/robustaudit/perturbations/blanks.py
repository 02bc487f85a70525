"""Single blanks between what is not blank, wherever they stand."""

from collections.abc import Iterator, Sequence

import regex

from robustaudit.perturbations.spans import Span

_BLANK = regex.compile(r"(?<=\S) (?=\S)")


def blanks(text: str, options: Sequence[str]) -> Iterator[Span]:
    """Each single blank of a text, with what may stand there instead."""
    return (Span(found.start(), found.end(), options) for found in _BLANK.finditer(text))
