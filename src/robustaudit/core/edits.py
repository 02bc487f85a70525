"""Arithmetic of edits: apply them, compose two rounds of them, make one as small as it can be.

A list of edits is sorted, its spans do not overlap, and two of them never touch at the same gap.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.core.records import Edit


def apply(text: str, edits: Sequence[Edit]) -> str:
    """The text after its edits."""
    pieces: list[str] = []
    position = 0
    for edit in edits:
        pieces += (text[position : edit.start], edit.replacement)
        position = edit.stop
    pieces.append(text[position:])
    return "".join(pieces)


def trim(start: int, before: str, after: str) -> Edit:
    """The smallest edit that turns `before`, which lies at `start`, into `after`."""
    shorter = min(len(before), len(after))
    head = 0
    while head < shorter and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < shorter - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    return Edit(start + head, start + len(before) - tail, after[head : len(after) - tail])


def compose(text: str, first: Sequence[Edit], second: Sequence[Edit]) -> tuple[Edit, ...]:
    """One list of edits on `text` that does what `first`, and then `second` on its result, do.

    Spans that overlap or touch become one edit; what such an edit leaves as it was is trimmed away.
    """
    middle = apply(text, first)
    composed: list[Edit] = []
    growth = 0
    for cluster in _clusters(first, second):
        start = cluster.start - growth
        growth += cluster.growth
        stop = cluster.stop - growth
        inner = [Edit(e.start - cluster.start, e.stop - cluster.start, e.replacement) for e in cluster.second]
        after = apply(middle[cluster.start : cluster.stop], inner)
        if after != text[start:stop]:
            composed.append(trim(start, text[start:stop], after))
    return tuple(composed)


@dataclass(slots=True)
class _Cluster:
    """A span of the text between two rounds of edits, and what happened to it in each."""

    start: int
    stop: int
    growth: int  # code points that the first round added here
    second: list[Edit]


def _clusters(first: Sequence[Edit], second: Sequence[Edit]) -> list[_Cluster]:
    spans: list[_Cluster] = []
    shift = 0
    for edit in first:
        start = edit.start + shift
        growth = len(edit.replacement) - (edit.stop - edit.start)
        spans.append(_Cluster(start, start + len(edit.replacement), growth, []))
        shift += growth
    spans += [_Cluster(edit.start, edit.stop, 0, [edit]) for edit in second]
    merged: list[_Cluster] = []
    for span in sorted(spans, key=lambda span: (span.start, span.stop)):
        if merged and span.start <= merged[-1].stop:
            last = merged[-1]
            last.stop = max(last.stop, span.stop)
            last.growth += span.growth
            last.second += span.second
        else:
            merged.append(span)
    return merged
