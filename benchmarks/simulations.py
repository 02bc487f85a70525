"""What the simulation studies share: audits whose truth is known, and cells that are kept.

A group is simulated, not a text. Its examples are alike altogether, on the clean text and on each draw, which
is the hardest case; so groups of one size that came out alike are counted, not listed.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from tails import Part

from robustaudit.core.arrays import Floats, Integers
from robustaudit.statistics.intervals import LEVEL
from robustaudit.statistics.outcomes import ExampleOutcomes

FOLDER = Path("reports/simulations")
RUNS = 20_000
_TAILS = 0.002  # both tails of a bound that holds with 99.9 % on either side
_DIGITS = 12


WRONG_MADE_RIGHT = 0.05  # the chance that a draw mends a wrong answer
ONE, FEW, LARGE, FOUR_LARGE, TWENTY_LARGE, ZIPF, REVIEWS, DEMONSTRATION, GEOMETRIC, LONG_TAIL = (
    "1",
    "1 to 5",
    "1, every 20th 30",
    "1, four of 30",
    "1, twenty of 30",
    "30, 15, 10, … 1",
    "12, 8, 6, 5, … 1",
    "29, 27, 19, 17, … 1",
    "1, 2, 3, …, by chance",
    "1 to 30, by chance",
)
_OF_DEMONSTRATION = (  # examples/gate: of 1,022 groups those that are not single
    *(29, 27, 19, 17, 16, 15, 14, 13, 12, 11, 11, 10, 10, 9, 9, 9, 8, 7, 7, 7, 7, 6, 5, 5),
    *(4, 4, 4, 4, 4, 4, 4, 3, 2),
)
EVEN, U_SHAPED, TIED, LARGE_ONLY, LARGE_HARDER = (
    "even",
    "U-shaped",
    "tied to difficulty",
    "in large groups only",
    "higher in large groups",
)
_HARD = 0.3  # the share of texts that are hard, where chances are tied to that
_CHANGED = (0.05, 0.5)  # the chance that a draw changes an easy text, and a hard one
_EASIER = 0.1  # how often an easy text is lost, to a hard one
_U = 0.1  # the smaller it is, the more texts are always lost or never
_STOPS = 0.4  # the chance that a group has no further example, where sizes are by chance
_LARGEST, _FOUR, _TWENTY = 30, 4, 20
_TAIL = 2.5  # or groups of a size are so much rarer than single ones: its power
_ARE_LARGE, _SELDOM = 5, 0.02


@dataclass(frozen=True)
class Texts:
    """A cell of a study: how many groups and draws, and what is true of them.

    `lost` is the chance that a draw makes a right answer wrong: the same for all texts, U-shaped (most texts
    never, some always), or tied to difficulty, where hard texts are changed oftener, too.
    """

    groups: int
    draws: int
    accuracy: float
    lost: float
    mended: float = 0.0
    sizes: str = ONE
    chances: str = EVEN

    @property
    def size_of(self) -> Integers:
        """How many examples each group has, where that is fixed."""
        place = np.arange(self.groups)
        sizes = {
            ONE: np.ones(self.groups),
            FEW: place % 5 + 1,
            LARGE: np.where(place % 20 == 0, _LARGEST, 1),
            FOUR_LARGE: np.where(place < _FOUR, _LARGEST, 1),
            TWENTY_LARGE: np.where(place < _TWENTY, _LARGEST, 1),
            DEMONSTRATION: np.array([*_OF_DEMONSTRATION, *[1] * (self.groups - len(_OF_DEMONSTRATION))]),
            ZIPF: np.maximum(np.rint(_LARGEST / (place + 1)), 1),
            REVIEWS: np.maximum(np.rint(12 / (place + 1) ** 0.6), 1),
        }
        return sizes[self.sizes].astype(np.int64)

    def blocks(self) -> Iterator[tuple[int, "Outcomes"]]:
        """Numbers of groups, and what can become of each of them."""
        if self.sizes in (GEOMETRIC, LONG_TAIL):
            sizes = np.arange(1, _LARGEST + 1)
            weights = stats.geom.pmf(sizes, _STOPS) if self.sizes == GEOMETRIC else sizes**-_TAIL
            shares = weights / weights.sum()
            parts = [self._outcomes(size, share) for size, share in zip(sizes.tolist(), shares, strict=True)]
            yield self.groups, Outcomes.together(parts)
        else:
            for size, groups in zip(*np.unique(self.size_of, return_counts=True), strict=True):
                yield int(groups), self._outcomes(int(size), 1.0)

    def _outcomes(self, size: int, share: float) -> "Outcomes":
        if self.chances == LARGE_ONLY:
            return self._changed(size, self.draws, self.lost if size > _ARE_LARGE else _SELDOM, share)
        if self.chances == LARGE_HARDER:
            return self._changed(size, self.draws, _SELDOM + (self.lost - _SELDOM) * size / _LARGEST, share)
        if self.chances != TIED:
            return self._changed(size, self.draws, self.lost, share)
        kinds = [(1 - _HARD, _CHANGED[0], self.lost * _EASIER), (_HARD, _CHANGED[1], self.lost)]
        return Outcomes.together(
            self._changed(size, changed, lost, share * of_kind * stats.binom.pmf(changed, self.draws, often))
            for of_kind, often, lost in kinds
            for changed in range(self.draws + 1)
        )

    def _changed(self, size: int, changed: int, lost: float, share: float) -> "Outcomes":
        """What becomes of a group with so many changed draws."""
        wrong = np.arange(changed + 1)
        if self.chances == U_SHAPED:
            losses = stats.betabinom.pmf(wrong, changed, _U, _U * (1 - lost) / lost)
        else:
            losses = stats.binom.pmf(wrong, changed, lost)
        mends = stats.binom.pmf(wrong, changed, self.mended)
        chance = share * np.concatenate([self.accuracy * losses, (1 - self.accuracy) * mends])
        possible = chance > 0
        columns = (
            np.full(len(chance), size),
            np.repeat([1, 0], changed + 1),
            np.full(len(chance), changed),
            np.concatenate([changed - wrong, wrong]),
            chance,
        )
        return Outcomes(*(column[possible] for column in columns))


def dropping(
    groups: int, draws: int, accuracy: float, drop: float, *, sizes: str = ONE, chances: str = EVEN
) -> Texts:
    """Texts whose true drop is that."""
    mended = WRONG_MADE_RIGHT if accuracy < 1 else 0.0
    lost = (drop + (1 - accuracy) * mended) / accuracy
    return Texts(groups, draws, accuracy, lost, mended, sizes, chances)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What can become of a group: its size, right on the clean text, changed draws, those that are right."""

    size: Integers
    clean: Integers
    changed: Integers
    right: Integers
    chance: Floats

    @classmethod
    def together(cls, parts: "Iterator[Outcomes] | Sequence[Outcomes]") -> "Outcomes":
        listed = list(parts)
        return cls(*(np.concatenate([getattr(part, name) for part in listed]) for name in cls.__slots__))

    @property
    def perturbed(self) -> Floats:
        """The share of the changed draws that are right."""
        share: Floats = self.right / np.maximum(self.changed, 1)
        return share

    @property
    def drop(self) -> Floats:
        return self.clean - self.perturbed

    @property
    def flipped(self) -> Floats:
        return np.abs(self.drop)

    def worst(self, k: int) -> Floats:
        """The chance that none of k of the draws is wrong."""
        return np.asarray(stats.hypergeom.pmf(k, self.changed, self.right, k))


@dataclass(frozen=True)
class Audits:
    """Audits side by side: of each, how many groups had each outcome."""

    outcomes: Outcomes
    number: Integers  # (runs, outcomes)
    expected: Floats

    @classmethod
    def simulated(cls, generator: np.random.Generator, texts: Texts, runs: int) -> "Audits":
        blocks = list(texts.blocks())
        chances = [outcomes.chance / outcomes.chance.sum() for _, outcomes in blocks]
        drawn = [generator.multinomial(n, p, runs) for (n, _), p in zip(blocks, chances, strict=True)]
        expected = [n * p for (n, _), p in zip(blocks, chances, strict=True)]
        outcomes = Outcomes.together([outcomes for _, outcomes in blocks])
        return cls(outcomes, np.concatenate(drawn, axis=1), np.concatenate(expected))

    def examples(self, run: int) -> ExampleOutcomes:
        """The same run as the engine has it, of texts of which each draw is changed."""
        of = self.outcomes
        of_group = np.repeat(np.arange(len(of.size)), self.number[run])
        group = np.repeat(np.arange(len(of_group)), of.size[of_group])
        kind = of_group[group]
        return ExampleOutcomes(
            names=np.arange(len(of_group)),
            group=group,
            trials=of.changed[kind],
            place=np.repeat(np.arange(len(kind)), of.changed[kind]),
            clean=of.clean[kind].astype(np.float64),
            perturbed=of.perturbed[kind],
            flipped=of.flipped[kind],
        )

    def part(
        self, tops: Floats, *, among: NDArray[np.bool_] | None = None, bottoms: Floats | None = None
    ) -> "Part":
        """A mean over the examples that have a changed draw, or over some of these; or a ratio of means."""
        those = (self.outcomes.changed > 0) & (True if among is None else among)
        sizes = self.outcomes.size[those].astype(np.float64)
        below = sizes if bottoms is None else bottoms[those] * sizes
        # Kinds that differ in nothing that counts here are one.
        kinds, kind = np.unique(
            np.stack([tops[those] * sizes, below, sizes]).round(_DIGITS), axis=1, return_inverse=True
        )
        same = kind[:, None] == np.arange(kinds.shape[1])
        expected = self.expected[those] @ same
        number = self.number[:, those] @ same
        bounded = number.sum(axis=1) > 1  # one group has no spread
        return Part(*kinds, number[bounded], float(expected @ kinds[0] / (expected @ kinds[1])))


def least(errors: int, runs: int) -> float:
    """What a simulated error is at least, with 99.9 %."""
    return float(stats.binomtest(errors, runs).proportion_ci(1 - _TAILS, "wilson").low)


def fails(errors: int, runs: int, level: float = LEVEL) -> bool:
    return least(errors, runs) > level


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


def worst(errors: Sequence[int], runs: int) -> str:
    """The largest share of them, in percent."""
    return f"{100 * max(errors) / runs:.1f}"


def table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    for row in (names, ["---"] * len(names), *rows):
        print("| " + " | ".join(map(str, row)) + " |")


def finish(cells: int, failed: Sequence[Sequence[object]], runs: int, of: str = "runs") -> NoReturn:
    """Print how many cells failed, and which, and exit with 1 if any did."""
    print(f"\n{cells} cells of {runs:,} {of}, {len(failed)} failed")
    for each in failed:
        print(*each)
    sys.exit(bool(failed))
