"""What was edited, where only the text before and after are known."""

import re
from collections.abc import Sequence
from itertools import accumulate

from robustaudit.core.edits import trim
from robustaudit.core.records import Edit

_PIECE = re.compile(r"\w+|\s+|.", re.DOTALL)


def difference(before: str, after: str) -> tuple[Edit, ...]:
    """Edits that turn one text into the other: few words and marks, each cut to what differs."""
    from rapidfuzz.distance import Levenshtein  # noqa: PLC0415  (comes with the extras that need it)

    old, new = (_PIECE.findall(text) for text in (before, after))
    numbers: dict[str, int] = {}
    coded = [[numbers.setdefault(piece, len(numbers)) for piece in pieces] for pieces in (old, new)]
    old_ends, new_ends = _ends(old), _ends(new)
    edits: list[Edit] = []
    a = b = 0
    for block in Levenshtein.opcodes(*coded).as_matching_blocks():
        if (block.a, block.b) != (a, b):
            start, stop = old_ends[a], old_ends[block.a]
            edits.append(trim(start, before[start:stop], after[new_ends[b] : new_ends[block.b]]))
        a, b = block.a + block.size, block.b + block.size
    return tuple(edits)


def _ends(pieces: Sequence[str]) -> list[int]:
    return [0, *accumulate(map(len, pieces))]
