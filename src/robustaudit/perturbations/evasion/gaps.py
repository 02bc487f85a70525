"""What stands between the letters of a word that is pulled apart."""

from collections.abc import Sequence
from typing import Literal

from robustaudit.perturbations.insertion import inserted
from robustaudit.perturbations.sites import Lazy

Gaps = Literal["all", "one"]


def pulled_apart(letters: Sequence[str], fillings: Sequence[str], *, gaps: Gaps) -> Sequence[str]:
    """The word with each filling in all its gaps, or in any one of them."""
    if gaps == "all":
        return Lazy(len(fillings), lambda k: fillings[k].join(letters))
    return inserted(letters, fillings)
