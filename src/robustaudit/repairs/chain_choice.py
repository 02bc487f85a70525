"""The best chain of defences, found by trying: one more defence at a time, at each place."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class ChainScore:
    """A model behind a chain: its clean accuracy, and the share that it holds under the seen attacks.

    That share is of the examples that it gets right without an attack and without a defence: predictions
    that become right by chance, which is mostly noise, do not count.
    """

    clean: float
    held: float


@dataclass(frozen=True, slots=True)
class ChainStep(Generic[D]):
    """A chain that was kept, its score, and how many were tried in its round; the first has no defence."""

    chain: tuple[D, ...]
    score: ChainScore
    tried: int = 1


def choose_chain(
    defences: Sequence[D], score: Callable[[tuple[D, ...]], ChainScore], *, max_clean_cost: float
) -> tuple[ChainStep[D], ...]:
    """The steps to the chain that no further defence improves, the last of which is that chain.

    A round tries each defence that is left at each place, and keeps the chain that holds most under attack.
    It may cost `max_clean_cost` of the clean accuracy, in all. A defence that gains nothing is kept too where
    it loses nothing, neither clean nor under attack: attacks that nobody has seen may need it.
    Where chains come out equal, the order of `defences` decides.
    """
    steps: list[ChainStep[D]] = [ChainStep((), score(()))]
    least = steps[0].score.clean - max_clean_cost
    while left := [each for each in defences if each not in steps[-1].chain]:
        now = steps[-1]
        tried = [(chain, score(chain)) for chain in _insertions(now.chain, left)]
        kept = [each for each in tried if each[1].clean >= least and _loses_nothing(each[1], now.score)]
        if not kept:
            break
        chain, best = max(
            kept, key=lambda each: (each[1].held, each[1].clean, -_inversions(each[0], defences))
        )
        steps.append(ChainStep(chain, best, len(tried)))
    return tuple(steps)


def _insertions(chain: tuple[D, ...], left: Sequence[D]) -> Iterator[tuple[D, ...]]:
    for each in left:
        for place in range(len(chain) + 1):
            yield (*chain[:place], each, *chain[place:])


def _loses_nothing(score: ChainScore, before: ChainScore) -> bool:
    """Whether it gains under attack or, if it does not, is as good on clean texts as well."""
    return score.held > before.held or (score.held == before.held and score.clean >= before.clean)


def _inversions(chain: Sequence[D], order: Sequence[D]) -> int:
    """How many pairs of a chain are not in that order."""
    places = [order.index(each) for each in chain]
    return sum(later < place for at, place in enumerate(places) for later in places[at + 1 :])
