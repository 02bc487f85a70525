"""How often audits until decided are wrong, and what they cost beside a fixed size, by simulation.

    python benchmarks/sequential.py [RUNS]

A cell of the tables fails where over 5 % of its audits are wrong with 99.9 % certainty, or where a drop of
0.15 takes over a third of the model calls of the fixed size with which the gate fails a drop of 0.07. Prints
Markdown; the exit code is 1 where a cell fails.
"""

import sys
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from robustaudit.statistics.power import Design, GroupTypes, examples_needed, simulate
from robustaudit.statistics.sample_size import PowerTarget
from robustaudit.statistics.sequential import GroupDrops, SequentialTest

DECIDING = SequentialTest(max_drop=0.05, alpha=0.05)
CERTAINTY = 0.999
DROPS = (0.0, 0.03, 0.045, 0.05, 0.0501, 0.055, 0.07, 0.15)
MENDED = 0.1  # the chance that a perturbation mends a wrong answer
FAR = 0.15  # a drop that must be cheap to find
MOST = 3000  # groups

Shows = tuple[GroupDrops, NDArray[np.float64]]
"""What a group may show, and the chance of each."""


@dataclass(frozen=True)
class Texts:
    """Texts of one example a group; or `grouped`: 1 or 10 examples that are alike, some never changed."""

    accuracy: float = 0.8
    draws: int = 1
    alike: bool = False
    grouped: bool = False

    def kinds(self, drop: float) -> Shows:
        if not self.grouped:
            drops, chances = self._example(drop)
            return GroupDrops(drops, np.ones(len(drops))), chances
        # A tenth of the groups are large and drop twice as much; of half of these, half the examples change.
        few, of_few = 0.1, 2 * drop
        of_many = (drop * (1 - few / 4) - of_few * 3 * few / 4) / (1 - few)
        parts = [(of_many, 1 - few, 1.0), (of_few, few / 2, 1.0), (of_few, few / 2, 0.5)]
        found = [(*self._example(part), weight, changed) for part, weight, changed in parts]
        rows = [
            (drops * changed, np.full(len(drops), changed), p * weight) for drops, p, weight, changed in found
        ]
        drops, changed, chances = (np.concatenate(column) for column in zip(*rows, strict=True))
        return GroupDrops(drops, changed), chances

    def _example(self, drop: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """A right answer is lost with one chance in every draw; or in all at once, where draws are alike."""
        mended = MENDED if self.accuracy < 1 else 0.0
        lost = (drop + (1 - self.accuracy) * mended) / self.accuracy
        draws = 1 if self.alike else self.draws
        steps = np.arange(draws + 1)
        right, wrong = (stats.binom.pmf(steps, draws, chance) for chance in (lost, mended))
        return (
            np.concatenate([steps, -steps]) / draws,
            np.concatenate([self.accuracy * right, (1 - self.accuracy) * wrong]),
        )


ONE_DRAW = [Texts(accuracy) for accuracy in (0.5, 0.8, 0.95, 1.0)]
FIVE_DRAWS = [replace(texts, draws=5) for texts in ONE_DRAW]
GROUPED = [Texts(0.8, grouped=True), Texts(0.95, draws=5, grouped=True)]


def audits(
    texts: Texts, drops: Sequence[float], *, runs: int, most: int = MOST
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Verdicts (1 violated, −1 kept, 0 inconclusive) and groups used, of shape (runs, cells)."""
    error = DECIDING.alpha / len(drops)
    cells = [
        simulate(
            *texts.kinds(drop), DECIDING, alpha=error, most=most, runs=runs, seed=_seed(texts, drops, place)
        )
        for place, drop in enumerate(drops)
    ]
    verdicts, used = zip(*cells, strict=True)
    return np.stack(verdicts, axis=1), np.stack(used, axis=1)


def wrong(verdicts: NDArray[np.int64], drops: Sequence[float]) -> int:
    """In how many runs a cell was decided wrongly: at the threshold itself, a drop is kept."""
    never = np.where(np.array(drops) <= DECIDING.max_drop, 1, -1)
    return int((verdicts == never).any(axis=1).sum())


def naive_errors(texts: Texts, drop: float, *, runs: int) -> int:
    """Runs in which a one-sided z test at 5 % is wrong at some look, never corrected for looking."""
    groups, chances = texts.kinds(drop)
    generator = np.random.default_rng(_seed(texts, [drop], 0))
    excess = groups.drop - DECIDING.max_drop * groups.changed
    counts, waiting, errors, done = np.zeros((runs, len(chances))), np.arange(runs), 0, 0
    for look in DECIDING.looks(MOST):
        counts[waiting] += generator.multinomial(look - done, chances, size=len(waiting))
        sums, squares = counts[waiting] @ excess, counts[waiting] @ excess**2
        z = sums / np.sqrt(np.maximum(squares - sums**2 / look, 1e-9))
        decided = np.abs(z) > stats.norm.isf(DECIDING.alpha)
        errors += int((decided & ((z > 0) == (drop <= DECIDING.max_drop))).sum())
        waiting, done = waiting[~decided], look
    return errors


def _seed(*parts: object) -> int:
    return zlib.crc32(repr(parts).encode())


def fails(errors: int, runs: int) -> bool:
    low = stats.binomtest(errors, runs).proportion_ci(2 * CERTAINTY - 1, method="exact").low
    return bool(low > DECIDING.alpha)


def row(*cells: object) -> None:
    print("| " + " | ".join(map(str, cells)) + " |")


def header(*names: object) -> None:
    print()
    row(*names)
    row(*("---" for _ in names))


def percent(number: int, runs: int) -> str:
    return f"{100 * number / runs:.1f}" + (" **fails**" if fails(number, runs) else "")


def table_of_errors(runs: int) -> int:
    """Wrong decisions of audits of one cell, and of the naive test."""
    header("clean accuracy, draws", *(f"drop {drop}" for drop in DROPS))
    failed = 0
    for texts in (*ONE_DRAW, *FIVE_DRAWS, *(replace(each, alike=True) for each in FIVE_DRAWS[1:3]), *GROUPED):
        errors = [wrong(audits(texts, [drop], runs=runs)[0], [drop]) for drop in DROPS]
        failed += sum(fails(number, runs) for number in errors)
        row(named(texts), *(percent(number, runs) for number in errors))
    texts = ONE_DRAW[1]
    naive = [100 * naive_errors(texts, drop, runs=runs) / runs for drop in DROPS]
    row(f"{named(texts)}, a z test at each look", *(f"{share:.1f}" for share in naive))
    return failed


def named(texts: Texts) -> str:
    draws = f"{texts.draws} draw" + "s" * (texts.draws > 1) + ", alike" * texts.alike
    return f"{texts.accuracy}, {draws}" + ", groups of 1 and 10" * texts.grouped


def table_of_families(runs: int) -> int:
    """Audits of which any cell is wrong; cells are independent, which is hardest to correct for."""
    header("cells of an audit", "wrong audits, %", "conclusive cells, %")
    failed = 0
    mixed = (0.0, 0.02, 0.04, 0.05, 0.05, 0.0501, 0.06, 0.1, 0.15)
    families: Iterable[tuple[str, tuple[float, ...]]] = [
        *((f"{number} at the threshold", (0.05,) * number) for number in (2, 9, 27)),
        *((f"{number} just above it, 0.0501", (0.0501,) * number) for number in (2, 9, 27)),
        ("9 from 0 to 0.15", mixed),
    ]
    for name, drops in families:
        verdicts, _ = audits(Texts(0.8), drops, runs=runs)
        errors = wrong(verdicts, drops)
        failed += fails(errors, runs)
        row(name, percent(errors, runs), f"{100 * (verdicts != 0).mean():.1f}")
    return failed


def table_of_costs(runs: int) -> int:
    """Model calls of an audit whose cells all have one drop, beside those of a fixed size."""
    header(
        "clean accuracy",
        "cells",
        "drop",
        "model calls, median",
        "nine in ten",
        "of the fixed size",
        "inconclusive, %",
    )
    failed = 0
    for accuracy, cells in product((0.8, 0.95), (1, 9)):
        question = PowerTarget(max_drop=0.05, true_drop=0.07, attacks=cells)
        groups, chances = Texts(accuracy).kinds(question.true_drop)
        one, _ = examples_needed(question, GroupTypes(groups.drop, groups.changed, chances), 1.0)
        fixed = Design.of(question, one, draws=1)
        for drop in (0.0, 0.02, 0.03, 0.04, 0.06, 0.07, 0.1, FAR, 0.3):
            # A fixed size is what there is; near the threshold, ten times as much.
            verdicts, used = audits(Texts(accuracy), [drop] * cells, runs=runs, most=10 * fixed.examples)
            calls = used.max(axis=1) + used.sum(axis=1)
            share = float(np.median(calls)) / fixed.model_calls
            failed += drop == FAR and share > 1 / 3
            inconclusive = f"{100 * (verdicts == 0).mean():.1f}"
            median, most = (f"{int(np.quantile(calls, q)):,}" for q in (0.5, 0.9))
            row(accuracy, cells, drop, median, most, f"{share:.2f}", inconclusive)
        row(accuracy, cells, "fixed size", f"{fixed.model_calls:,}", "", "1.00", "")
    return failed


def main(runs: int) -> int:
    print(
        f"Threshold {DECIDING.max_drop}, error {DECIDING.alpha}, {runs:,} audits a cell, of {MOST:,} groups."
    )
    print("\nWrong decisions, % of audits of one model and attack.")
    failed = table_of_errors(runs)
    print("\nWrong audits of several models and attacks, clean accuracy 0.8.")
    failed += table_of_families(runs)
    print("\nCost, beside the fixed size with which the gate fails a drop of 0.07 at 0.05 with power 0.8.")
    failed += table_of_costs(runs)
    print(f"\n{failed} cells failed.")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
