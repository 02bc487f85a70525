"""Runs of characters that are not ASCII: what encodings damage."""

from collections.abc import Callable, Iterator

import regex

from robustaudit.perturbations.spans import Span

_RUN = regex.compile(r"[^\x00-\x7f]+")


def damaged(text: str, damage: Callable[[str], str]) -> Iterator[Span]:
    """Each run, and what becomes of it."""
    for run in _RUN.finditer(text):
        after = damage(run.group())
        if after != run.group():
            yield Span(run.start(), run.end(), (after,))
