"""What the simulation studies share: runs whose truth is known, Monte Carlo bounds, cells that are kept.

A group is simulated, not a text: whether the model is right on the clean text, and on each draw.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

FOLDER = Path("reports/simulations")
WRONG_MADE_RIGHT = 0.05  # the chance that a draw mends a wrong answer
ALIKE = 0.8  # the chance that what is correlated takes its group's answer for its own
LARGEST_GROUP = 5  # where groups have several examples, they have 1, 2, … 5, in turn
LARGE_GROUP = 30  # or, where few are large, these have 30 and the others one
_TAILS = 0.002  # both tails of a bound that holds with 99.9 % on either side

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Truth:
    """A cell of a study: how many groups and draws, and what is true of them."""

    groups: int
    draws: int
    accuracy: float
    drop: float
    correlated: bool
    large_every: int = 0  # one in so many groups is large; 0: none

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many examples each group has."""
        place = np.arange(self.groups)
        if self.large_every:
            return np.where(place % self.large_every == 0, LARGE_GROUP, 1)
        return place % LARGEST_GROUP + 1 if self.correlated else np.ones(self.groups, int)

    @property
    def lost(self) -> float:
        """The chance that a draw makes a right answer wrong, so that the drop is what it is to be."""
        return (self.drop + (1 - self.accuracy) * self.mended) / self.accuracy

    @property
    def mended(self) -> float:
        return WRONG_MADE_RIGHT if self.accuracy < 1 else 0.0


@dataclass(frozen=True)
class Sample:
    """Runs side by side, an example a column: right on the clean text, draws that were right, its group."""

    clean: NDArray[np.bool_]
    right: NDArray[np.int64]
    sizes: NDArray[np.int64]  # examples of each group
    draws: int

    def by_group(self, values: Floats) -> Floats:
        """The sums over the examples of each group."""
        starts = np.concatenate([[0], np.cumsum(self.sizes)[:-1]])
        return np.add.reduceat(values, starts, axis=-1)

    @property
    def drops(self) -> Floats:
        return self.clean - self.right / self.draws


def simulate(generator: np.random.Generator, truth: Truth, runs: int) -> Sample:
    """Independent runs; correlated, a group has several examples that agree, and so do their draws."""
    each = truth.sizes
    group = np.repeat(np.arange(truth.groups), each)
    shape = (runs, len(group))
    alike = ALIKE if truth.correlated else 0.0
    of_group = generator.random((runs, truth.groups))[:, group]
    clean = np.where(generator.random(shape) < alike, of_group, generator.random(shape)) < truth.accuracy
    chance = np.where(clean, 1 - truth.lost, truth.mended)
    # The group's own draw is a loss or a mend for all of its examples at once.
    together = generator.random((runs, truth.groups))[:, group]
    as_group = np.where(clean, together >= truth.lost, together < truth.mended)
    copies = generator.binomial(truth.draws, alike, shape) if alike else np.zeros(shape, int)
    right = copies * as_group + generator.binomial(truth.draws - copies, chance)
    return Sample(clean, right, each, truth.draws)


def bounds(hits: int, number: int) -> tuple[float, float]:
    """Where a simulated share lies, each side with 99.9 %."""
    interval = stats.binomtest(hits, number).proportion_ci(1 - _TAILS, "wilson")
    return float(interval.low), float(interval.high)


def each_cell(
    name: str, cells: Sequence[Any], work: Callable[[np.random.Generator, Any], dict[str, Any]]
) -> list[tuple[Any, dict[str, Any]]]:
    """What `work` found in each cell; cells that an earlier start has finished are not done again."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    done = {json.dumps(entry["cell"]): entry["found"] for entry in map(json.loads, lines)}
    found = []
    for number, cell in enumerate(cells):
        key = asdict(cell)
        if json.dumps(key) not in done:
            done[json.dumps(key)] = work(np.random.default_rng([0, number]), cell)
            with path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps({"cell": key, "found": done[json.dumps(key)]}) + "\n")
        found.append((cell, done[json.dumps(key)]))
    return found
