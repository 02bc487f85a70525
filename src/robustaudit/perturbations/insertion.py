"""Something too many between two letters of a word."""

from collections.abc import Sequence

from robustaudit.perturbations.sites import Lazy


def inserted(letters: Sequence[str], fillings: Sequence[str]) -> Sequence[str]:
    """All words with one of the fillings between two letters."""

    def make(k: int) -> str:
        at, new = divmod(k, len(fillings))
        return "".join((*letters[: at + 1], fillings[new], *letters[at + 1 :]))

    return Lazy((len(letters) - 1) * len(fillings), make)
