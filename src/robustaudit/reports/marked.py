"""A perturbed text with its edits marked in place, in words a pipe can carry and in colour on a terminal."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from robustaudit.core.display import visible
from robustaudit.core.records import Edit

REMOVED = "red strike"
ADDED = "bold green"
_ELLIPSIS = "…"
_NEAR = 20  # code points in which a word is looked for to end


def marked(text: str, edits: Sequence[Edit], *, budget: int | None = None) -> Text:
    """`gre{a→e}t`: each edit in braces, what stood there and what stands there now.

    With a `budget`, of a longer text only about so many code points from a little before its first edit.
    """
    start, stop = _window(text, edits, budget)
    shown = Text(_ELLIPSIS if start > 0 else "")
    position = start
    for edit in edits:
        if edit.stop > stop:
            break
        shown.append(visible(text[position : edit.start]))
        for piece, style in _pieces(text, edit):
            shown.append(piece, style)
        position = edit.stop
    shown.append(visible(text[position:stop]))
    if stop < len(text):
        shown.append(_ELLIPSIS)
    return shown


def _pieces(text: str, edit: Edit) -> Iterator[tuple[str, str]]:
    yield "{", "dim"
    yield visible(text[edit.start : edit.stop]), REMOVED
    yield "→", "dim"
    yield visible(edit.replacement), ADDED
    yield "}", "dim"


def _window(text: str, edits: Sequence[Edit], budget: int | None) -> tuple[int, int]:
    if budget is None or len(text) <= budget:
        return 0, len(text)
    first = edits[0].start if edits else 0
    # Begin and end between words where there are some near, and behind the first edit in any case.
    earliest = max(first - budget // 4, 0)
    start = 0 if first <= budget // 2 else _after_blank(text, max(earliest - _NEAR, 0), earliest)
    stop = text.rfind(" ", start + budget - _NEAR, start + budget)
    end = stop if stop > start else start + budget
    return start, max(end, edits[0].stop if edits else 0)


def _after_blank(text: str, low: int, high: int) -> int:
    """The place behind the last blank between two places, or the second of them."""
    found = text.rfind(" ", low, high)
    return found + 1 if found >= 0 else high
