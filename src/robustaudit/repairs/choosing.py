"""Choosing a chain by real queries: the halves of the examples, scores of chains, and what cleaning costs."""

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.randomness import key_of
from robustaudit.core.records import Example
from robustaudit.defences import Chain, Defence
from robustaudit.models import Classifier
from robustaudit.perturbations import TextBatch
from robustaudit.repairs.chain_choice import ChainScore
from robustaudit.runs.plan import Plan, draw
from robustaudit.runs.predictions import predict_all


def in_halves(examples: Sequence[Example], *, seed: int) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """The examples to choose on and those to judge on; no group is in both, and the order stays."""
    sizes: dict[str, int] = {}
    for example in examples:
        sizes[example.group] = sizes.get(example.group, 0) + 1
    choosing: set[str] = set()
    taken = 0
    for group in sorted(sizes, key=lambda name: key_of("halves", seed, name)):
        if 2 * (taken + sizes[group]) <= len(examples) or not choosing:
            choosing.add(group)
            taken += sizes[group]
    first = tuple(example for example in examples if example.group in choosing)
    return first, tuple(example for example in examples if example.group not in choosing)


def drawn_texts(plan: Plan) -> list[list[str]]:
    """The first draw of each attack of a plan on each of its examples, as a run has it."""
    batch = TextBatch([example.text for example in plan.examples], segmenter=plan.segmenter)
    places = [(row, 0) for row in range(len(plan.examples))]
    return [
        list(draw(each.attack, plan.examples, batch, places, seed=plan.seed).texts) for each in plan.attacks
    ]


class ChainScores:
    """Scores chains before the model of a plan, on its examples; each different text is queried once."""

    def __init__(
        self,
        plan: Plan,
        classifier: Classifier,
        *,
        batch_size: int | None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._plan, self._classifier, self._batch_size = plan, classifier, batch_size
        self._clock = clock
        self._clean = [example.text for example in plan.examples]
        self._attacked = [text for texts in drawn_texts(plan) for text in texts]
        self._labels = plan.example_labels
        self._known: dict[str, int] = {}
        self.seconds = 0.0

    @property
    def queries(self) -> int:
        """How many texts the model was queried with."""
        return len(self._known)

    def __call__(self, defences: tuple[Defence, ...]) -> ChainScore:
        chain = Chain(defences)
        clean, attacked = chain.clean(self._clean), chain.clean(self._attacked)
        self._query([*self._clean, *clean, *attacked])
        before = self._right(self._clean)
        counted = before if before.any() else ~before
        held = self._right(attacked).reshape(-1, len(clean))[:, counted]
        return ChainScore(float(self._right(clean).mean()), float(held.mean()))

    def _right(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Which texts are predicted right: those of each example, as often as they come."""
        predicted = np.array([self._known[text] for text in texts])
        right: NDArray[np.bool_] = predicted == np.resize(self._labels, len(texts))
        return right

    def _query(self, texts: Sequence[str]) -> None:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if not new:
            return
        begun = self._clock()
        found = predict_all(
            self._classifier,
            new,
            model=self._plan.models[0].name,
            batch_size=self._batch_size,
            error_policy=self._plan.error_policy,
        )
        self.seconds += self._clock() - begun
        self._known |= dict(zip(new, found.predictions.tolist(), strict=True))


def cleaning_times(chains: Sequence[Chain], texts: Sequence[str]) -> list[float]:
    """The seconds that each chain takes for a text, measured on texts that no other chain has cleaned.

    Defences remember words, so that a text costs less the second time.
    """
    return [_seconds_a_text(chain, texts[place :: len(chains)]) for place, chain in enumerate(chains)]


def _seconds_a_text(chain: Chain, texts: Sequence[str]) -> float:
    chain.clean(["word"])  # reads dictionaries
    begun = time.perf_counter()
    chain.clean(texts)
    return (time.perf_counter() - begun) / max(len(texts), 1)
