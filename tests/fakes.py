"""Stand-ins for models: as fast as a look at the letters, and wrong in known ways."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from robustaudit.engine.plan import Unit
from robustaudit.models import Classifier, KnownAccuracy


class LetterCounter:
    """Says 1 where a text has an even number of `e`s, and remembers what it was asked."""

    labels = ("negative", "positive")

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        self.asked.append(list(texts))
        positive = np.array([0.9 if text.count("e") % 2 == 0 else 0.2 for text in texts])
        return np.stack([1 - positive, positive], axis=1)


@dataclass
class FakeSource:
    """A model that is always there."""

    name: str = "fake"
    title: str = "counts letters"
    labels: tuple[str, ...] = ("negative", "positive")
    digest: str = "d1"
    accuracy: KnownAccuracy | None = None
    make: Callable[[], Classifier] = LetterCounter
    loaded: list[Classifier] = field(default_factory=list)

    def load(self) -> Classifier:
        self.loaded.append(self.make())
        return self.loaded[-1]


class Backwards:
    """An executor that finishes the last unit first."""

    def run(self, units: Iterable[Unit], work: Callable[[Unit], pa.Table]) -> Iterator[tuple[Unit, pa.Table]]:
        for unit in reversed(list(units)):
            yield unit, work(unit)
