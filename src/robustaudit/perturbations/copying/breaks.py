"""Where a word may be parted at the end of a line."""

from collections.abc import Sequence


def breaks(letters: Sequence[str]) -> Sequence[int]:
    """The places with two letters on either side, as typesetters leave them; syllables are not known."""
    is_letter = [letter[0].isalpha() for letter in letters]
    return [at for at in range(2, len(letters) - 1) if all(is_letter[at - 2 : at + 2])]
