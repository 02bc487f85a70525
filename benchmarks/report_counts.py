"""The counts of the report that the project starts from, tested: which differences are more than chance.

    python benchmarks/report_counts.py

Each count is of 100 draws on one review that a setting got right; draws are taken as independent.
`contract` and `extend`, which had nothing to change, are left out.
"""

from itertools import combinations

from scipy import stats

from robustaudit.statistics.intervals import holm

DRAWS = 100
SETTINGS = ("1", "4", "7")
RIGHT = {
    "homoglyph": (95, 98, 89),
    "neighbor_swap": (100, 97, 86),
    "qwerty": (86, 96, 84),
    "delete": (98, 100, 86),
    "insert": (92, 95, 71),
    "substitute": (93, 97, 81),
    "report-mix": (93, 98, 86),
}


def fisher(one: int, other: int) -> float:
    """The two-sided p-value of Fisher's exact test of two counts."""
    return float(stats.fisher_exact([[one, DRAWS - one], [other, DRAWS - other]]).pvalue)


def row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def between_settings() -> None:
    """Settings against each other, under each attack."""
    pairs = list(combinations(range(len(SETTINGS)), 2))
    p = [[fisher(counts[i], counts[j]) for i, j in pairs] for counts in RIGHT.values()]
    by_holm = holm([value for values in p for value in values]).reshape(len(RIGHT), -1)
    print(
        row(
            "attack",
            *(f"model {s}" for s in SETTINGS),
            *(f"{SETTINGS[i]} and {SETTINGS[j]}" for i, j in pairs),
        )
    )
    print("|---" * (1 + len(SETTINGS) + len(pairs)) + "|")
    for (attack, counts), values, corrected in zip(RIGHT.items(), p, by_holm, strict=True):
        cells = (f"{value:.2g} ({whole:.2g})" for value, whole in zip(values, corrected, strict=True))
        print(row(attack, *map(str, counts), *cells))


def within_setting_7() -> None:
    """Insertion against the other attacks, under setting 7."""
    insertion = RIGHT["insert"][-1]
    others = {attack: counts[-1] for attack, counts in RIGHT.items() if attack != "insert"}
    p = [fisher(insertion, count) for count in others.values()]
    print(row("insert compared with, model 7", "of 100", "p", "Holm-adjusted") + "\n" + "|---" * 4 + "|")
    for (attack, count), value, corrected in zip(others.items(), p, holm(p), strict=True):
        print(row(attack, f"{insertion} and {count}", f"{value:.2g}", f"{corrected:.2g}"))


if __name__ == "__main__":
    between_settings()
    print()
    within_setting_7()
