"""Repeat check and noise: whether a model gives a text the same prediction again."""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import cycle, islice

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from robustaudit.core.arrays import Floats
from robustaudit.core.randomness import key_of
from robustaudit.core.typed_values import parse_typed
from robustaudit.models import Classifier
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.plan import Plan
from robustaudit.runs.plan_record import WorkUnit
from robustaudit.runs.predictions import NoPredictionError, Predictions, RepeatQuery
from robustaudit.runs.result import BatchDependence, RepeatCheck, Truncation
from robustaudit.runs.trials_table import PREDICTION_COLUMNS, with_repeated_predictions
from robustaudit.statistics.estimates import noise_of
from robustaudit.statistics.measures import IntervalUnit
from robustaudit.statistics.outcomes import TrialOutcomes, own_predictions

SHARE_REPEATED = 0.03
"""The share of a unit's texts whose clean ones are queried again."""
TOLERANCE = 0.01
"""The largest difference of a probability between equal predictions: that of half precision."""

_TIE = 0.001  # where two classes are as likely as each other, either may come first
_MIXED = 4  # texts of several lengths, asked together, in the other order, and each alone
_REPEATS = 8
_AFFORDABLE = 0.03  # of a unit's texts, where calls may cost something
_KEY = b"retest"


def check_repeats(
    again: RepeatQuery,
    clean: Mapping[str, Predictions],
    texts: Iterable[str],
    *,
    flips: Mapping[str, int],
    asking: str,
    mixed: bool,
) -> RepeatCheck:
    """Query some of a unit's texts again: clean ones, whose predictions are known, and `mixed` ones if so.

    Clean texts with the most flips come first: the model is least sure of them. The choice of the others
    follows from `asking`, a name that no other unit has.
    """
    distinct = sorted(set(texts), key=lambda text: (len(text), text))
    batch_dependence, batch_difference = _batch_dependence(again, distinct, asking) if mixed else (None, None)
    answered = (text for text in clean if not clean[text].failed.any())
    known = sorted(answered, key=lambda text: (-flips.get(text, 0), key_of(asking, text)))
    wanted = math.ceil(SHARE_REPEATED * len(distinct)) if known else 0
    asked = list(islice(cycle(known), wanted))
    # A cache would answer a text that comes twice in one asking.
    size = len(known) if again.keeps_answers else wanted
    rounds = [asked[start : start + size] for start in range(0, wanted, size or 1)]
    second = [again.ask(part, f"{asking}, {number}") for number, part in enumerate(rounds)]
    apart, gaps = _compared([clean[text] for text in asked], second)
    return RepeatCheck(
        model=again.model,
        texts=len(apart),
        differed=int(apart.sum()),
        difference=_largest(gaps),
        batch_dependence=batch_dependence,
        batch_difference=batch_difference,
        calls=again.texts,
    )


def differing_texts(first: Predictions, second: Predictions) -> NDArray[np.bool_]:
    """Which texts have two different predictions; a missing prediction is not a different one."""
    gaps = distances(first, second)
    another_class = first.predictions != second.predictions
    apart = (gaps > TOLERANCE) | (another_class & ~(gaps <= _TIE))
    both: NDArray[np.bool_] = apart & ~first.failed & ~second.failed
    return both


def distances(first: Predictions, second: Predictions) -> Floats:
    """The largest difference in a probability of each text; NaN where a model knows none."""
    gaps: Floats = np.abs(first.probabilities - second.probabilities).max(axis=1)
    return gaps


def _batch_dependence(
    again: RepeatQuery, texts: Sequence[str], asking: str
) -> tuple[BatchDependence | None, float | None]:
    """Whether texts of mixed lengths have the same predictions together, in reverse order and alone."""
    most = min(_MIXED, again.at_once, len(texts))
    if again.keeps_answers:  # three askings of each
        most = min(most, int(_AFFORDABLE * len(texts)) // 3)
    if most < 2:  # noqa: PLR2004  (what is alone has no company)
        return None, None
    chosen = [texts[place] for place in np.linspace(0, len(texts) - 1, most).round().astype(int)]

    def answers(number: int) -> list[Predictions]:
        """Their predictions together, in reverse order, and each alone."""
        name = f"{asking}, company {number}"
        together = again.ask(chosen, f"{name}, together")
        turned = again.ask(chosen[::-1], f"{name}, turned").take(slice(None, None, -1))
        return [
            together,
            turned,
            Predictions.joined([again.ask([text], f"{name}, alone") for text in chosen]),
        ]

    first = answers(0)
    gap = _largest(np.concatenate([distances(first[0], other) for other in first[1:]]))
    if not any(differing_texts(first[0], other).any() for other in first[1:]):
        return "none", gap
    # A model that answers by chance would differ as well, but seldom be the same so often.
    for number in range(1, _REPEATS + 1):
        if any(differing_texts(*pair).any() for pair in zip(first, answers(number), strict=True)):
            return "unknown", gap
    return "found", gap


def _compared(
    first: Sequence[Predictions], second: Sequence[Predictions]
) -> tuple[NDArray[np.bool_], Floats]:
    """Which of the texts with two predictions differ, and the distances of their probabilities."""
    if not first:
        return np.zeros(0, dtype=bool), np.zeros(0)
    before, after = Predictions.joined(first), Predictions.joined(second)
    answered = ~after.failed
    return differing_texts(before, after)[answered], distances(before, after)[answered]


def _largest(gaps: Floats) -> float | None:
    known = gaps[~np.isnan(gaps)]
    return float(known.max()) if len(known) else None


def attach_repeat_check(trials: pa.Table, found: RepeatCheck) -> pa.Table:
    """The trials of a unit with the outcome of its repeat check as metadata."""
    said = trials.schema.metadata or {}
    return trials.replace_schema_metadata(said | {_KEY: json.dumps(asdict(found)).encode()})


def repeat_check_of(trials: pa.Table) -> RepeatCheck:
    """The repeat check that `attach_repeat_check` stored with the trials of a unit."""
    return parse_typed(RepeatCheck, json.loads(trials.schema.metadata[_KEY]), where="retest of a shard")


def combine_repeat_checks(model: str, found: Iterable[RepeatCheck]) -> RepeatCheck:
    """The outcomes of all units of a model in one."""
    units = [unit for unit in found if unit.model == model]
    tried = [unit for unit in units if unit.batch_dependence is not None]
    gaps = [unit.difference for unit in units if unit.difference is not None]
    return RepeatCheck(
        model=model,
        texts=sum(unit.texts for unit in units),
        differed=sum(unit.differed for unit in units),
        difference=max(gaps, default=None),
        batch_dependence=tried[0].batch_dependence if tried else None,
        batch_difference=tried[0].batch_difference if tried else None,
        calls=sum(unit.calls for unit in units),
        each_draw=any(unit.each_draw for unit in units),
        truncation=_all_truncations([unit.truncation for unit in units if unit.truncation]),
    )


def truncation_of(classifier: Classifier, texts: Sequence[str]) -> Truncation | None:
    """How many of the texts a model does not read to their end; None of a model that does not tell."""
    max_tokens = getattr(classifier, "max_tokens", None)
    if max_tokens is None:
        return None
    count: Callable[[Sequence[str]], int] = classifier.count_truncated  # type: ignore[attr-defined]
    return Truncation(len(texts), count(texts), max_tokens)


def _all_truncations(found: Sequence[Truncation]) -> Truncation | None:
    if not found:
        return None
    texts, truncated = (sum(getattr(each, name) for each in found) for name in ("texts", "truncated"))
    return Truncation(texts, truncated, found[0].max_tokens)


@dataclass(frozen=True, slots=True)
class RepeatUnit(WorkUnit):
    """A finished unit whose clean texts are queried again, once for each draw."""

    @property
    def queries(self) -> int:
        return self.draws

    @classmethod
    def of(cls, unit: WorkUnit) -> "RepeatUnit":
        return cls(**{field.name: getattr(unit, field.name) for field in fields(unit)})


def with_noise(plan: Plan, found: RepeatCheck, repeated: TrialOutcomes) -> RepeatCheck:
    """The repeat check of a model, with its noise if the clean text of each draw was queried again."""
    if not repeated.trials:
        return found
    differed = repeated.count(repeated.contradicted)
    found = replace(found, texts=found.texts + repeated.trials, differed=found.differed + differed)
    if not found.is_noisy:
        return found
    return replace(
        found, noise=noise_of(with_independent_noise(repeated, plan.interval_unit), plan.interval_unit)
    )


def repeat_each_draw(
    unit: WorkUnit,
    plan: Plan,
    classifier: Classifier,
    *,
    batch_size: int | None,
    error_policy: ErrorPolicy | None = None,
) -> pa.Table:
    """The second prediction of the clean text of each draw of a unit.

    Raises:
        ModelError: the classifier broke its contract.
    """
    examples = plan.examples[unit.start : unit.stop]
    again = RepeatQuery(classifier, model=unit.model, batch_size=batch_size, error_policy=error_policy)
    answers: list[dict[str, str | int]] = []
    for number in range(unit.first_draw, unit.last_draw):
        drawn = [each for row, each in enumerate(examples) if number in plan.draws(unit.start + row)]
        asking = f"{unit.start}, draw {number}"
        texts = sorted({example.text for example in drawn}, key=lambda text: key_of(asking, text))
        try:
            replies = again.ask(texts, asking)
        except NoPredictionError as error:
            example = next(example for example in drawn if example.text == error.text)
            raise error.at(f"of example {example.id!r}") from error
        classes = dict(zip(texts, replies.predictions.tolist(), strict=True))
        answers += [
            {"example": each.id, "draw": number, "prediction": classes[each.text]}
            for each in drawn
            if classes[each.text] >= 0
        ]
    found = RepeatCheck(model=unit.model, calls=again.texts)
    return attach_repeat_check(pa.Table.from_pylist(answers, schema=PREDICTION_COLUMNS), found)


def with_repeats(trials: pa.Table, answers: pa.Table) -> pa.Table:
    """The trials of a unit with the second predictions of its clean texts."""
    draws = zip(answers["example"].to_pylist(), answers["draw"].to_pylist(), strict=True)
    again = dict(zip(draws, answers["prediction"].to_pylist(), strict=True))
    found, calls = repeat_check_of(trials), repeat_check_of(answers).calls
    return attach_repeat_check(
        with_repeated_predictions(trials, again), replace(found, each_draw=True, calls=found.calls + calls)
    )


def with_independent_noise(answers: TrialOutcomes, unit: IntervalUnit | None) -> TrialOutcomes:
    """Outcomes of a noisy model that are independent for each draw of one example.

    Draws of one example would share one clean prediction, whose noise would look like a drop: each draw gets
    the prediction that was queried for it, and every other draw its neighbour's as the repeated one.
    """
    if unit != "draw":
        return answers
    return replace(
        answers,
        clean=own_predictions(answers.clean, answers.clean_repeated),
        clean_repeated=answers.neighbour,
        clean_per_trial=np.ones_like(answers.changed),
    )


def ignoring_noise(
    answers: TrialOutcomes, retest: RepeatCheck | None, unit: IntervalUnit | None
) -> TrialOutcomes:
    """Outcomes of a model, without repeated predictions if it is not noisy.

    A model of classes alone may hide its noise: its clean predictions are independent draws all the same.
    """
    if retest and retest.is_noisy:
        return with_independent_noise(answers, unit)
    unsure = retest and retest.each_draw and retest.difference is None
    return replace(
        with_independent_noise(answers, unit) if unsure else answers,
        clean_repeated=np.full_like(answers.clean, -1),
    )
