"""How many trials a run makes whose user names no number: as many as take about half a minute."""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from robustaudit.core.errors import ModelError
from robustaudit.core.records import Example
from robustaudit.models import ModelSource
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.guard import loaded
from robustaudit.runs.predictions import predict_all

LADDER = (100, 200, 400, 800, 1600)
"""The numbers that are chosen from, so that a choice has a name that repeats it."""

HALF_A_MINUTE = 30.0
_ALL, _MOST = "one for each example of the data", "the most that are made if you give no number"
_IN_TIME = "as many as take about half a minute here"
_SLOW = "as more would take longer than half a minute here"
_WARM_UP, _MEASURED = 8, 64  # texts: the first call of a model takes longer
_BESIDE = 1e-4  # seconds a trial takes besides its prediction: perturbing, storing, testing


def rungs(examples: int) -> tuple[int, ...]:
    """The numbers of trials that may be chosen: beyond the first, at most as many as there are examples."""
    within = [rung for rung in LADDER if rung < examples]
    return (*within, min(examples, LADDER[-1])) if within else LADDER[:1]


@dataclass(frozen=True, slots=True)
class TrialChoice:
    """A number of trials, and why it is this one."""

    trials: int
    why: str


def choose_trials(
    models: Sequence[ModelSource],
    examples: Sequence[Example],
    *,
    attacks: int,
    batch_size: int | None,
    error_policy: ErrorPolicy,
) -> TrialChoice:
    """The largest number of trials that should take half a minute, by the speed of the models on clean texts.

    A model that is queried over a network is asked nothing, and has the smallest number; so has one that
    fails, which the run then reports.
    """
    choices = rungs(len(examples))
    if len(choices) == 1:
        return TrialChoice(choices[0], "the fewest that are made if you give no number")
    texts = [example.text for example in examples[: _WARM_UP + _MEASURED]]
    seconds = 0.0
    try:
        for each in _seconds_a_text(models, texts, batch_size=batch_size, error_policy=error_policy):
            seconds += each * (attacks + 1) + _BESIDE * attacks
            if seconds * choices[1] > HALF_A_MINUTE:
                network = math.isinf(seconds)
                return TrialChoice(choices[0], "as a model is queried over a network" if network else _SLOW)
    except ModelError:
        return TrialChoice(choices[0], "as a model failed when it was timed")
    trials = max(rung for rung in choices if rung == choices[0] or seconds * rung <= HALF_A_MINUTE)
    if trials < choices[-1]:
        return TrialChoice(trials, _IN_TIME)
    return TrialChoice(trials, _MOST if trials == LADDER[-1] else _ALL)


def _seconds_a_text(
    models: Sequence[ModelSource], texts: Sequence[str], *, batch_size: int | None, error_policy: ErrorPolicy
) -> Iterator[float]:
    for source in models:
        classifier = loaded(source, limit=error_policy.load_limit)
        if hasattr(classifier, "predict_anew"):  # it may cost money, or belong to somebody else
            yield math.inf
        for part in (texts[:_WARM_UP], texts[_WARM_UP:]):
            began = time.perf_counter()
            predict_all(classifier, part, model=source.name, batch_size=batch_size, error_policy=error_policy)
            seconds = time.perf_counter() - began
        yield seconds / len(part)
