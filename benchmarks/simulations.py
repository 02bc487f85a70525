"""What the simulation studies share: audits whose truth is known, both tails of a bound, cells that are kept.

A group is simulated, not a text. Its examples are alike altogether, on the clean text and on each draw, which
is the hardest case; so groups of one size that came out alike are counted, not listed.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from robustaudit.engine.bounds import Bounds, mean_between
from robustaudit.engine.inversion import chance_above_zero
from robustaudit.engine.ratios import WeighedRatio, quantiles
from robustaudit.engine.statistics import LEVEL, Grouped

FOLDER = Path("reports/simulations")
RUNS = 20_000
_TAILS = 0.002  # both tails of a bound that holds with 99.9 % on either side
_FAR = (
    0.9  # standard deviations: nearer to 0, the chance of a sum of weighed exponential variables is over 9 %
)
_AT_ONCE = 2000  # runs
FOR_WIDTHS = 100
_CHECKED = 3
_DIGITS = 12
_CLOSE = 0.05  # of a p-value: of many kinds it is known by the saddlepoint

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Engine = Callable[[int], Bounds]
"""Of a run the engine's own bounds."""

WRONG_MADE_RIGHT = 0.05  # the chance that a draw mends a wrong answer
ONE, FEW, LARGE, FOUR_LARGE, ZIPF, REVIEWS, GEOMETRIC = (
    "1",
    "1 to 5",
    "1, every 20th 30",
    "1, every 50th 30",
    "30, 15, 10, … 1",
    "12, 8, 6, 5, … 1",
    "1, 2, 3, …, by chance",
)
EVEN, U_SHAPED, TIED, LARGE_ONLY = "even", "U-shaped", "tied to difficulty", "in large groups only"
_HARD = 0.3  # the share of texts that are hard, where chances are tied to that
_CHANGED = (0.05, 0.5)  # the chance that a draw changes an easy text, and a hard one
_EASIER = 0.1  # how often an easy text is lost, to a hard one
_U = 0.1  # the smaller it is, the more texts are always lost or never
_STOPS = 0.4  # the chance that a group has no further example, where sizes are by chance
_LARGEST = 30
_ARE_LARGE = 5


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
            FOUR_LARGE: np.where(place % 50 == 0, _LARGEST, 1),
            ZIPF: np.maximum(np.rint(_LARGEST / (place + 1)), 1),
            REVIEWS: np.maximum(np.rint(12 / (place + 1) ** 0.6), 1),
        }
        return sizes[self.sizes].astype(np.int64)

    def blocks(self) -> Iterator[tuple[int, "Outcomes"]]:
        """Numbers of groups, and what can become of each of them."""
        if self.sizes == GEOMETRIC:
            sizes = np.arange(1, _LARGEST + 1)
            shares = stats.geom.pmf(sizes, _STOPS) / stats.geom.cdf(_LARGEST, _STOPS)
            parts = [self._outcomes(size, share) for size, share in zip(sizes.tolist(), shares, strict=True)]
            yield self.groups, Outcomes.together(parts)
        else:
            for size, groups in zip(*np.unique(self.size_of, return_counts=True), strict=True):
                yield int(groups), self._outcomes(int(size), 1.0)

    def _outcomes(self, size: int, share: float) -> "Outcomes":
        if self.chances == LARGE_ONLY:
            return self._changed(size, self.draws, self.lost if size > _ARE_LARGE else 0.02, share)
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

    def groups(self, values: Floats, run: int) -> Grouped:
        """A value over the examples of each group of a run, in one order for all values."""
        number = self.number[run]
        return Grouped(
            np.repeat(values * self.outcomes.size, number),
            np.repeat(self.outcomes.size, number).astype(np.float64),
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
        return Part(*kinds, self.number[:, those] @ same, float(expected @ kinds[0] / (expected @ kinds[1])))


@dataclass(frozen=True)
class Part:
    """Kinds of groups: what is summed over a group, above and below, and its examples.

    `number` says how many of each kind each run has.
    """

    sums: Floats
    sizes: Floats
    examples: Floats
    number: Integers
    truth: float

    @property
    def added(self) -> Floats:
        """The size of the group that bounds add."""
        return np.sqrt((self.number @ self.examples**3) / (self.number @ self.examples))

    def groups(self, run: int) -> Grouped:
        return Grouped(np.repeat(self.sums, self.number[run]), np.repeat(self.sizes, self.number[run]))

    def p_values(self, end: float, value: float | None = None) -> Floats:
        """Of each run that of a mean beyond a value, the truth if none is given, away from that end.

        Where it is far above any level it is said to be 1.
        """
        value = self.truth if value is None else value
        side = 1 if end > value else -1
        terms = np.broadcast_to(side * (self.sums - value * self.sizes), self.number.shape)
        extra = side * self.added * (end - value)
        mean = self.number @ terms[0] + extra
        spread = np.sqrt(self.number @ terms[0] ** 2 + extra**2)
        found = np.ones(len(extra))
        far = np.flatnonzero(mean < -_FAR * spread)
        for some in np.array_split(far, len(far) // _AT_ONCE + 1) if len(far) else ():
            number, back = np.unique(self.number[some], axis=0, return_inverse=True)
            first = some[np.unique(back, return_index=True)[1]]
            kinds = np.column_stack([np.where(number > 0, terms[0], 0.0), extra[first]])
            found[some] = chance_above_zero(kinds, np.column_stack([number, np.ones(len(number))]))[back]
        return found

    def errors(self, low: float, high: float, bounds: Engine | None = None) -> tuple[int, int]:
        """In how many runs the lower bound lies above the truth, and the upper one below it.

        Some runs are looked at beside the engine's own p-values.
        """
        found = self.p_values(low), self.p_values(high)
        for run in range(_CHECKED):
            engine = bounds(run) if bounds else mean_between(self.groups(run), low, high)
            for mine, exact in zip(found, (engine.p_above, engine.p_below), strict=True):
                agree(mine[run], exact(self.truth))
        above, below = (int((p < LEVEL).sum()) for p in found)
        return above, below

    def ends(self, end: float, level: float, runs: int) -> Floats:
        """Of the first runs the bound with a group at that end."""
        ratios = []
        for run, added in enumerate(self.added[:runs]):
            of = self.groups(run)
            ratios.append(WeighedRatio.of(np.append(of.sums, added * end), np.append(of.sizes, added)))
        return quantiles(ratios, [level] * len(ratios))

    def width(self, low: float, high: float) -> float:
        """The median width of the interval, over the first runs."""
        lower, upper = self.ends(low, LEVEL, FOR_WIDTHS), self.ends(high, 1 - LEVEL, FOR_WIDTHS)
        return float(np.median(upper - lower))

    def before(self, means: Sequence[float]) -> "Before":
        return Before.of(self, means)


@dataclass(frozen=True)
class Before:
    """Student's t with groups added that have those means: the interval that one-sided bounds replaced.

    Two-sided it holds; the groups are those of Agresti and Coull (1998), and of Bonett and Price (2012).
    """

    mean: Floats
    error: Floats
    freedom: Floats

    @classmethod
    def of(cls, part: Part, means: Sequence[float]) -> "Before":
        groups = part.number @ (part.sizes > 0)
        usual = (part.number @ part.sizes**2) / (part.number @ part.sizes)
        total = part.number @ part.sizes + len(means) * usual
        mean = (part.number @ part.sums + sum(means) * usual) / total
        residuals = part.sums - mean[:, None] * part.sizes
        squares = (part.number * residuals**2).sum(axis=1)
        squares += sum(((each - mean) * usual) ** 2 for each in means)
        number = groups + len(means)
        return cls(mean, np.sqrt(squares * number / (number - 1)) / total, number - 1)

    @property
    def reach(self) -> Floats:
        return np.asarray(stats.t.ppf(1 - LEVEL, self.freedom) * self.error)

    def p_above(self, value: float) -> Floats:
        return np.asarray(stats.t.sf((self.mean - value) / self.error, self.freedom))

    def errors(self, truth: float) -> tuple[int, int]:
        return int((self.mean - self.reach > truth).sum()), int((self.mean + self.reach < truth).sum())

    def width(self, low: float, high: float) -> float:
        ends = np.minimum(self.mean + self.reach, high) - np.maximum(self.mean - self.reach, low)
        return float(np.median(ends[:FOR_WIDTHS]))


def agree(mine: float, exact: float) -> None:
    """Raise where a p-value is not the engine's; one that is far above any level may be said to be 1."""
    if abs(mine - exact) > _CLOSE * exact and (mine < 1 or exact < LEVEL):
        raise AssertionError(f"a p-value is {exact} to the engine, and {mine} here")


SHARE = (1.0, 1.0, 0.0, 0.0)
DIFFERENCE = (1.0, -1.0)


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
