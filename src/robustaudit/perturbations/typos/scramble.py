from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import factorial, prod
from typing import Literal

from robustaudit.perturbations.protocol import LetterPerturbation, perturbation
from robustaudit.perturbations.sites import Lazy

_MOST = 2**31  # orders that are offered: of more, so many alike far apart
_LONGEST = 40  # letters; longer runs are no words


@perturbation("scramble", family="typing", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Scramble(LetterPerturbation):
    """Shuffle the letters of a word between its first and its last: `great` becomes `gaert`.

    Synthetic noise of Belinkov and Bisk 2018, arXiv:1711.02173; `keep="nothing"` shuffles them all.
    """

    keep: Literal["ends", "nothing"] = "ends"

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        edge = 1 if self.keep == "ends" else 0
        head, inner, tail = (
            letters[:edge],
            letters[edge : len(letters) - edge],
            letters[len(letters) - edge :],
        )
        if len(letters) > _LONGEST or len(set(inner)) < 2:  # noqa: PLR2004
            return ()
        total = _orders(Counter(inner))
        as_it_is = _rank(inner)
        count = min(total - 1, _MOST)

        def make(k: int) -> str:
            rank = k * (total - 1) // count
            return "".join((*head, *_order(inner, rank + (rank >= as_it_is)), *tail))

        return Lazy(count, make)


def _orders(letters: Counter[str]) -> int:
    """In how many orders the letters can stand."""
    return factorial(letters.total()) // prod(map(factorial, letters.values()))


def _rank(letters: Sequence[str]) -> int:
    """The place of an order of letters among all orders of them, sorted."""
    left, rank = Counter(letters), 0
    for letter in letters:
        for other in left:
            if other < letter and left[other]:
                rank += _orders(left - Counter([other]))
        left[letter] -= 1
    return rank


def _order(letters: Sequence[str], rank: int) -> Sequence[str]:
    """The order of the letters at that place among all, sorted."""
    left = Counter(letters)
    found: list[str] = []
    for _ in letters:
        choices = sorted(left)
        ends = [0, *accumulate(_orders(left - Counter([letter])) for letter in choices)]
        chosen = bisect_right(ends, rank) - 1
        rank -= ends[chosen]
        found.append(choices[chosen])
        left -= Counter(found[-1:])
    return found
