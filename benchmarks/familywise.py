"""How often an audit of 27 rows calls a drop certain that is none, by simulation: as it is, and as it was.

    python benchmarks/familywise.py [RUNS]

Rows are as many as nine attacks on three models make, or one on 27, each simulated by itself. A cell fails
where more than 5 % of its audits are wrong, with 99.9 % certainty.
"""

import sys
from dataclasses import dataclass
from itertools import product

import numpy as np
from simulations import (
    EVEN,
    FEW,
    ONE,
    RUNS,
    U_SHAPED,
    ZIPF,
    Audits,
    Texts,
    dropping,
    each_cell,
    fails,
    finish,
    table,
    worst,
)
from tails import DIFFERENCE

from robustaudit.statistics.intervals import LEVEL, holm

ROWS = 27
FAMILY = 2 * LEVEL
REAL_DROP = 0.1  # of the rows whose null is false


@dataclass(frozen=True)
class Audit:
    """A cell: 27 rows, of which the first so many have a drop."""

    null: Texts
    false_nulls: int


NULLS = [
    dropping(groups, draws, accuracy, 0.0, sizes=sizes, chances=EVEN)
    for sizes, groups, draws, accuracy in [
        (ONE, 50, 1, 0.8),
        (ONE, 200, 1, 0.8),
        (ONE, 200, 5, 0.8),
        (ONE, 1000, 1, 0.5),
        (FEW, 50, 1, 0.8),
        (FEW, 200, 1, 0.8),
        (ZIPF, 200, 1, 0.8),
    ]
]
NULLS += [dropping(200, 5, 0.8, 0.0, chances=U_SHAPED)]
NULLS += [  # wrong answers are always mended: seldom a large rise, often a small fall
    Texts(groups, draws, accuracy, (1 - accuracy) / accuracy, mended=1.0)
    for (groups, accuracy), draws in product([(100, 0.95), (250, 0.98)], (1, 5, 20))
]
CELLS = [Audit(null, false_nulls) for false_nulls in (0, 13) for null in NULLS]


def with_drop(null: Texts) -> Texts:
    return dropping(null.groups, null.draws, null.accuracy, REAL_DROP, sizes=null.sizes, chances=null.chances)


def study(generator: np.random.Generator, audit: Audit, runs: int) -> dict[str, int]:
    """In how many runs a true null was rejected, and how many false ones were."""
    after, before = np.empty((runs, ROWS)), np.empty((runs, ROWS))
    for row in range(ROWS):
        texts = with_drop(audit.null) if row < audit.false_nulls else audit.null
        audits = Audits.simulated(generator, texts, runs)
        drop = audits.part(audits.outcomes.drop)
        after[:, row] = drop.p_values(-1.0, 0.0)
        before[:, row] = drop.before(DIFFERENCE).p_above(0.0)
    found = {}
    for name, rejected in {
        "before": holm(before) <= FAMILY,
        "after": holm(after) <= FAMILY,
        "certain before": holm(before) < LEVEL,
        "significant": holm(after) < LEVEL,
        "alone": after <= FAMILY,
    }.items():
        found[name] = int(rejected[:, audit.false_nulls :].any(axis=1).sum())
        found[f"{name}, found"] = int(rejected[:, : audit.false_nulls].sum())
    return found


def main(runs: int) -> None:
    found = each_cell(f"familywise-{runs}", CELLS, lambda g, audit: study(g, audit, runs))
    names = ("rows with a drop", "groups", "examples a group", "chances", "draws", "clean")
    names += ("5%, before", "5%, now", "2.5%, before", "2.5%, now", "no correction, 5%")
    names += ("drops found, before", "now")
    rows = []
    for audit, cell in found:
        null = audit.null
        rows.append(
            (
                f"{audit.false_nulls} of {ROWS}",
                f"{null.groups:,}",
                null.sizes,
                "errors always corrected" if null.mended == 1 else null.chances,
                null.draws,
                f"{null.accuracy:g}",
                *(
                    worst([cell[name]], runs)
                    for name in ("before", "after", "certain before", "significant", "alone")
                ),
                *(
                    worst([cell[f"{name}, found"]], runs * audit.false_nulls) if audit.false_nulls else "–"
                    for name in ("certain before", "significant")
                ),
            )
        )
    table(names, rows)
    failed = [(audit, cell) for audit, cell in found if fails(cell["after"], runs, FAMILY)]
    finish(len(found), failed, runs, of="audits")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
