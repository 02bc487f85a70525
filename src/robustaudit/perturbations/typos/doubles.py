"""Where a word has a doubled letter."""

from collections.abc import Sequence


def doubles(letters: Sequence[str]) -> Sequence[int]:
    """The places of the first of two equal letters, but for those that follow a third."""
    return [
        i
        for i in range(len(letters) - 1)
        if letters[i] == letters[i + 1] and letters[i].isalpha() and letters[i - 1 : i] != letters[i : i + 1]
    ]
