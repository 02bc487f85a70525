"""A character too many between two letters of a word."""

from collections.abc import Sequence

from robustaudit.perturbations.sites import Lazy


def inserted(letters: Sequence[str], characters: Sequence[str]) -> Sequence[str]:
    """All words with one of the characters between two letters."""

    def make(k: int) -> str:
        at, new = divmod(k, len(characters))
        return "".join((*letters[: at + 1], characters[new], *letters[at + 1 :]))

    return Lazy((len(letters) - 1) * len(characters), make)
