"""Macro F1 before and after, with linearised intervals over groups."""

from dataclasses import dataclass

import numpy as np

from robustaudit.engine.answers import Answers, PerExample
from robustaudit.engine.measures import Estimate
from robustaudit.engine.statistics import Floats, Grouped, Integers, combined, usual_size


@dataclass(frozen=True, slots=True)
class MacroF1:
    """Over the classes that the examples have, on the clean and on the perturbed texts."""

    clean: Estimate
    perturbed: Estimate


def macro_f1(answers: Answers, found: PerExample, *, intervals: bool) -> MacroF1:
    """Macro F1 where an example's trials share its weight of one."""
    return MacroF1(
        _macro_f1(answers.clean, answers.label, found, intervals=intervals),
        _macro_f1(answers.perturbed, answers.label, found, intervals=intervals),
    )


def _macro_f1(predicted: Integers, label: Integers, found: PerExample, *, intervals: bool) -> Estimate:
    group = found.group[found.place]

    def by_group(weights: Floats) -> Floats:
        return np.bincount(group, weights=weights, minlength=found.groups).astype(np.float64)

    classes = np.unique(label)
    # A class's F1 is a ratio of sums: twice the hits, over those predicted and those that are so.
    truly = np.stack([by_group(found.weights * (label == c)) for c in classes])
    named = np.stack([by_group(found.weights * (predicted == c)) for c in classes])
    hits = np.stack([by_group(found.weights * ((predicted == c) & (label == c))) for c in classes])
    value = float((2 * hits.sum(axis=1) / (named + truly).sum(axis=1)).mean())
    if not intervals or found.groups < 2:  # noqa: PLR2004  (one group has no spread)
        return Estimate(value)
    # As for shares, two groups are added of which all is right and two of which nothing is, with the classes
    # that the examples have; what is wrong is named one of the other classes.
    usual = truly.sum(axis=1) / truly.sum() * usual_size(truly.sum(axis=0))
    mistaken = (usual.sum() - usual) / max(len(classes) - 1, 1)
    parts = [
        Grouped(
            np.append(2 * hits[c], [2 * t, 2 * t, 0, 0]), np.append(named[c] + truly[c], [2 * t, 2 * t, w, w])
        )
        for c, (t, w) in enumerate(zip(usual, usual + mistaken, strict=True))
    ]
    return Estimate(value, *combined(parts, [1 / len(parts)] * len(parts)).interval(0.0, 1.0))
