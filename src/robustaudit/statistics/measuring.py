"""From a model's answers to measures and their intervals; docs/statistics.md defines each."""

import numpy as np

from robustaudit.statistics.calibration import calibration
from robustaudit.statistics.estimates import Figure, figures_of, worst_of
from robustaudit.statistics.f1 import macro_f1
from robustaudit.statistics.measures import Measures, Unit, WorstOfK
from robustaudit.statistics.outcomes import Answers, per_example

_EVERY_K = 20  # up to here the curve of worst of k has every k


def measure(answers: Answers, unit: Unit | None) -> Measures:
    """The measures over those trials, to be settled; without a unit nothing bounds them."""
    if len(answers) == 0:
        return Measures()
    found = per_example(answers)
    figures = figures_of(found, unit)
    correct = found.clean == 1
    change = found.mean(answers.perturbed_probability - answers.clean_probability)
    brier = answers.brier_change
    calibrated = calibration(answers, found, intervals=unit == "group")
    f1 = macro_f1(answers, found, intervals=unit == "group")
    return Measures(
        clean_accuracy=figures.clean_accuracy(),
        perturbed_accuracy=figures.share(found.perturbed),
        drop=figures.drop(),
        relative_drop=figures.relative_drop() if found.clean.any() else None,
        flip_rate=figures.share(found.flipped),
        flip_rate_correct=figures.share(found.flipped, correct) if correct.any() else None,
        clean_macro_f1=f1.clean,
        perturbed_macro_f1=f1.perturbed,
        probability_change=None if np.isnan(change).any() else figures.change(change),
        clean_squared_calibration_error=calibrated.clean,
        perturbed_squared_calibration_error=calibrated.perturbed,
        squared_calibration_error_change=calibrated.rise,
        brier_change=None if brier is None else figures.change(found.mean(brier)),
        noise=noise_of(answers, unit),
        flip_rate_beyond_noise=flips_beyond_noise(answers, unit),
    )


def noise_of(answers: Answers, unit: Unit | None) -> Figure | None:
    """How often a clean text that was asked once more had another answer; None where none was."""
    asked = answers.where(answers.again >= 0)
    if len(asked) == 0:
        return None
    found = per_example(asked)
    return figures_of(found, unit).share(found.mean(asked.contradicted))


def flips_beyond_noise(answers: Answers, unit: Unit | None) -> Figure | None:
    """How much oftener a perturbed text has another answer than the clean one asked once more."""
    asked = answers.where(answers.again >= 0)
    if len(asked) == 0:
        return None
    found = per_example(asked)
    return figures_of(found, unit).change(found.flipped - found.mean(asked.contradicted))


def worst_of_k(answers: Answers, unit: Unit | None) -> tuple[WorstOfK, ...]:
    """For each k the accuracy at the worst of k draws, over the examples that have so many, to be settled."""
    if len(answers) == 0:
        return ()
    found = per_example(answers)
    return tuple(
        WorstOfK(k, worst_of(k, found, unit), int((found.trials >= k).sum()))
        for k in _shown_up_to(int(found.trials.max()))
    )


def _shown_up_to(most: int) -> list[int]:
    """Every k at first, then 50, 100, 200, 500 and so on, and the last."""
    later = (step * 10**power for power in range(1, len(str(most)) + 1) for step in (1, 2, 5))
    return sorted({*range(1, _EVERY_K + 1), *later, most} & set(range(1, most + 1)))
