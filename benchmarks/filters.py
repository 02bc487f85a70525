"""Error rates of the intervals of a filter's figures, on simulated filters of which the truth is known.

    python benchmarks/filters.py [AUDITS] [SEED]

Scores are normal, positives shifted against negatives, and an attack shifts the positives back by an amount
that differs from text to text. Groups hold one text or several that resemble each other. Each bound may be
wrong in 2.5% of audits; printed is the share of audits in which it was, for the lower and the upper one.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from unittest.mock import patch

import numpy as np

from robustaudit.core.arrays import Floats, Integers
from robustaudit.statistics.filtering import FilterTrials, TextScores, filter_figures

MANY = 400_000  # texts that the truth is found on
FIGURES = ("caught", "caught_after", "evasion", "alarms_after", "area", "area_after")


@dataclass(frozen=True)
class Population:
    """Filters of which texts are drawn."""

    name: str
    positives: int
    negatives: int
    alarms: float | None
    shift: float = 2.0
    fall: float = 1.0
    group: int = 1
    draws: int = 1

    def trials(
        self, positives: int, negatives: int, generator: np.random.Generator
    ) -> tuple[FilterTrials, TextScores]:
        clean, after, group = self._scores(positives, self.shift, generator)
        alike, harmless, other = self._scores(negatives, 0.0, generator)
        other = other + group.max(initial=-1) + 1
        parts = [
            TextScores(self._decided(score), of, np.full(len(score), 1 / self.draws))
            for score, of in ((clean, group), (after, group), (alike, other), (harmless, other))
        ]
        first = np.arange(0, len(alike), self.draws)
        calibrating = TextScores(parts[2].score[first], other[first], np.ones(len(first)))
        return FilterTrials(*parts), calibrating

    def _decided(self, score: Floats) -> Floats:
        return (score > 1).astype(np.float64) if self.alarms is None else score

    def _scores(
        self, texts: int, shift: float, generator: np.random.Generator
    ) -> tuple[Floats, Floats, Integers]:
        group = np.arange(texts) // self.group
        shared = generator.standard_normal(group.max() + 1)[group]
        own = generator.standard_normal(texts)
        clean = shift + (own if self.group == 1 else np.sqrt(0.5) * (shared + own))
        each = np.repeat(clean, self.draws)
        fall = self.fall * generator.standard_exponential(len(each)) * (1 if shift else 0.3)
        return each, each - fall, np.repeat(group, self.draws)


POPULATIONS = (
    Population("200 + 200, own decision", 200, 200, None),
    Population("40 + 40, own decision", 40, 40, None, fall=0.3),
    Population("200 + 200 at 5%", 200, 200, 0.05),
    Population("200 + 1,000 at 1%", 200, 1000, 0.01),
    Population("100 + 400 at 1%", 100, 400, 0.01),
    Population("40 + 100 at 5%", 40, 100, 0.05),
    Population("200 + 200 at 5%, 3 draws", 200, 200, 0.05, draws=3),
    Population("200 + 200 at 5%, groups of 4", 200, 200, 0.05, group=4),
    Population("60 + 60 at 10%, weak attack", 60, 60, 0.1, fall=0.1),
)


def truth(population: Population) -> dict[str, float]:
    """The figures of many texts."""
    generator = np.random.default_rng(99)
    trials, calibrating = population.trials(MANY, MANY, generator)
    with patch("robustaudit.statistics.filtering._DRAWS", 1):
        figures = filter_figures(trials, calibrating, population.alarms)
    return {name: getattr(figures, name).value for name in FIGURES}


def errors(population: Population, audits: int, seed: int) -> Iterator[str]:
    """Of each figure how often each bound is wrong, in percent."""
    generator = np.random.default_rng(seed)
    true = truth(population)
    wrong = {name: [0, 0] for name in FIGURES}
    widths = dict.fromkeys(FIGURES, 0.0)
    for _ in range(audits):
        trials, calibrating = population.trials(population.positives, population.negatives, generator)
        figures = filter_figures(trials, calibrating, population.alarms)
        for name in FIGURES:
            found = getattr(figures, name)
            if found is None:
                continue
            wrong[name][0] += found.low > true[name] + 1e-9
            wrong[name][1] += found.high < true[name] - 1e-9
            widths[name] += found.high - found.low
    for name in FIGURES:
        low, high = (100 * number / audits for number in wrong[name])
        yield f"{name} {low:.1f} {high:.1f} (width {widths[name] / audits:.2f})"


def main() -> None:
    """Print the error rates of each population."""
    audits, seed, *_ = (*map(int, sys.argv[1:]), *(1000, 0)[len(sys.argv) - 1 :])
    for population in POPULATIONS:
        print(f"{population.name}: " + ", ".join(errors(population, audits, seed)), flush=True)


if __name__ == "__main__":
    main()
