"""Outcomes of a model under one attack, as columns of numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from robustaudit.core.arrays import Floats, Integers

BINS = 15
"""The bins of confidence that calibration is measured in, equally wide (Guo et al. 2017)."""


@dataclass(frozen=True, slots=True)
class TrialOutcomes:
    """Trials as columns of one length; those that are alike are one row, and `number` says how many they are.

    Positions of example and group, classes, bins of confidence (-1: none), and sums over the trials of a row
    (NaN: the model gives no probabilities). Confidence is the probability of the predicted class.

    `clean_repeated` is the class of the clean text when it was queried again, -1 if it was not, or gave none;
    `neighbour` is that of the next draw, which only draws of a plan's one example have. Trials of an example
    share one clean prediction, unless `clean_per_trial`. `probability_change` is the increase of the
    probability of the true class, `brier_change` that of the Brier score, None if a model gave no
    probabilities.
    """

    example: Integers
    group: Integers
    label: Integers
    changed: NDArray[np.bool_]
    clean: Integers
    perturbed: Integers
    clean_repeated: Integers
    neighbour: Integers
    clean_bin: Integers
    perturbed_bin: Integers
    number: Integers
    probability_change: Floats
    clean_confidence: Floats
    perturbed_confidence: Floats
    edit_share: Floats
    character_share: Floats
    clean_per_trial: NDArray[np.bool_]
    brier_change: Floats | None = None

    @classmethod
    def of_classes(
        cls,
        *,
        example: Integers,
        group: Integers,
        label: Integers,
        clean: Integers,
        perturbed: Integers,
        number: Integers | None = None,
        clean_repeated: Integers | None = None,
        clean_per_trial: bool = False,
        clean_confidence: Floats | None = None,
        perturbed_confidence: Floats | None = None,
    ) -> "TrialOutcomes":
        """Trials of changed texts of which the classes are known, as of a simulated model."""
        unknown = np.full(len(label), np.nan)
        confidence = [unknown if of is None else of for of in (clean_confidence, perturbed_confidence)]
        repeated = np.full(len(label), -1) if clean_repeated is None else clean_repeated
        return cls(
            example=example,
            group=group,
            label=label,
            changed=np.ones(len(label), dtype=bool),
            clean=clean,
            perturbed=perturbed,
            clean_repeated=repeated,
            neighbour=neighbours(own_predictions(clean, repeated)),
            clean_bin=confidence_bins(confidence[0]),
            perturbed_bin=confidence_bins(confidence[1]),
            number=np.ones(len(label), dtype=np.int64) if number is None else number,
            probability_change=unknown,
            clean_confidence=confidence[0],
            perturbed_confidence=confidence[1],
            edit_share=unknown,
            character_share=unknown,
            clean_per_trial=np.full(len(label), clean_per_trial),
        )

    @property
    def trials(self) -> int:
        return int(self.number.sum())

    def where(self, chosen: NDArray[np.bool_] | Integers) -> "TrialOutcomes":
        columns: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        there = {name: column[chosen] for name, column in columns.items() if column is not None}
        return TrialOutcomes(**there)

    def count(self, these: NDArray[np.bool_]) -> int:
        """How many trials the rows that are so have."""
        return int(self.number[these].sum())

    @property
    def flipped(self) -> NDArray[np.bool_]:
        flipped: NDArray[np.bool_] = self.clean != self.perturbed
        return flipped

    @property
    def contradicted(self) -> NDArray[np.bool_]:
        """Whether the clean text had another class when it was queried again."""
        contradicted: NDArray[np.bool_] = (self.clean_repeated >= 0) & (self.clean_repeated != self.clean)
        return contradicted


@dataclass(frozen=True, slots=True)
class ExampleOutcomes:
    """TrialOutcomes folded by example: columns of one length, means over the trials of each."""

    names: Integers  # of its groups, the places in the run
    group: Integers  # of each example, the place in `names`
    label: Integers
    trials: Integers
    place: Integers  # of the example of each row of trials
    clean: Floats
    perturbed: Floats
    flipped: Floats
    clean_per_trial: bool = False  # whether each trial has a clean answer of its own

    @property
    def drop(self) -> Floats:
        return self.clean - self.perturbed

    @property
    def groups(self) -> int:
        return len(self.names)

    @property
    def weights(self) -> Floats:
        """Of each row of trials the share that each of them has in the mean of its example."""
        weights: Floats = 1 / self.trials[self.place]
        return weights

    def mean(self, sums: NDArray[np.generic]) -> Floats:
        """The mean over the trials of each example, from the sums over rows of trials."""
        return _mean(sums, self.place, self.trials)


def per_example(answers: TrialOutcomes) -> ExampleOutcomes:
    """Average trials by example; they share a clean prediction, unless each has its own."""
    _, first, place = np.unique(answers.example, return_index=True, return_inverse=True)
    number = answers.number
    trials = np.bincount(place, weights=number).astype(np.int64)
    names, group = np.unique(answers.group[first], return_inverse=True)
    return ExampleOutcomes(
        names=names,
        group=group,
        label=answers.label[first],
        trials=trials,
        place=place,
        clean=_mean(number * (answers.clean == answers.label), place, trials),
        perturbed=_mean(number * (answers.perturbed == answers.label), place, trials),
        flipped=_mean(number * answers.flipped, place, trials),
        clean_per_trial=bool(answers.clean_per_trial.any()),
    )


def outcomes_of(trials: pa.Table, *, example: Integers, group: Integers) -> TrialOutcomes:
    """The columns of trials with predictions, a row each, with those positions of example and group."""
    clean = trials["clean_prediction"].to_numpy()
    perturbed = trials["perturbed_prediction"].to_numpy()
    label = trials["label"].to_numpy()
    before, after = (brier(trials[f"{when}_probabilities"], label) for when in ("clean", "perturbed"))
    confidence = [
        confidence_of(trials[f"{when}_probabilities"], of)
        for when, of in (("clean", clean), ("perturbed", perturbed))
    ]
    repeated = np.nan_to_num(_floats(trials["clean_repeat_prediction"]), nan=-1).astype(np.int64)
    return TrialOutcomes(
        example=example,
        group=group,
        label=label,
        changed=trials["changed"].to_numpy(),
        clean=clean,
        perturbed=perturbed,
        clean_repeated=repeated,
        neighbour=neighbours(own_predictions(clean, repeated)),
        clean_bin=confidence_bins(confidence[0]),
        perturbed_bin=confidence_bins(confidence[1]),
        number=np.ones(len(trials), dtype=np.int64),
        probability_change=_floats(trials["perturbed_probability"]) - _floats(trials["clean_probability"]),
        clean_confidence=confidence[0],
        perturbed_confidence=confidence[1],
        edit_share=_floats(trials["edit_share"]),
        character_share=_floats(trials["character_share"]),
        clean_per_trial=np.zeros(len(trials), dtype=bool),
        brier_change=None if before is None or after is None else after - before,
    )


def own_predictions(clean: Integers, repeated: Integers) -> Integers:
    """The prediction of each draw's clean text that was queried for this draw, where there is one."""
    return np.where(repeated >= 0, repeated, clean)


def neighbours(own: Integers) -> Integers:
    """For every other draw, in their order, the prediction of the one after it; -1 for the others."""
    neighbour = np.full(len(own), -1, dtype=np.int64)
    neighbour[: len(own) - 1 : 2] = own[1::2]
    return neighbour


def confidence_bins(confidence: Floats) -> Integers:
    """The bin of each confidence, -1 where there is none."""
    bins = np.minimum(np.nan_to_num(confidence, nan=-1.0) * BINS, BINS - 1)
    return np.floor(np.maximum(bins, -1.0)).astype(np.int64)


def trials_under(trials: pa.Table, model: str, attack: str) -> pa.Table:
    """The trials of a model under an attack, in an order of their own."""
    chosen = pc.and_(
        pc.equal(trials["model"], pa.scalar(model)), pc.equal(trials["attack"], pa.scalar(attack))
    )
    return trials.filter(chosen).sort_by([("example", "ascending"), ("draw", "ascending")])


def changed_trials(trials: pa.Table, model: str, attack: str) -> pa.Table:
    """The trials of a model under an attack whose text changed."""
    found = trials_under(trials, model, attack)
    return found.filter(found["changed"])


def with_predictions(trials: pa.Table) -> pa.Table:
    """The trials with predictions of both the clean and the perturbed text."""
    return trials.filter(pc.is_null(trials["error"]))


def positions_in(column: "pa.ChunkedArray[Any]", values: Sequence[str]) -> Integers:
    """Where each string of a column stands among those values."""
    places = pc.index_in(column, value_set=pa.array(values, pa.string()))
    return np.asarray(places, dtype=np.int64)


def _mean(column: NDArray[np.generic], place: Integers, trials: Integers) -> Floats:
    means: Floats = np.bincount(place, weights=column.astype(np.float64)) / trials
    return means


def _floats(column: "pa.ChunkedArray[Any]") -> Floats:
    """Numbers, with NaN for those that are missing."""
    values: Floats = column.to_numpy().astype(np.float64)
    return values


def confidence_of(probabilities: "pa.ChunkedArray[Any]", predicted: Integers) -> Floats:
    """The probability of the predicted class; a model that gives labels alone has none."""
    given = _of_classes(probabilities)
    return np.full(len(predicted), np.nan) if given is None else given[np.arange(len(predicted)), predicted]


def brier(probabilities: "pa.ChunkedArray[Any]", label: Integers) -> Floats | None:
    """The Brier score (1950) of each prediction, halved: from 0 to 1.

    With two classes it is the squared error of either. None if a model gives classes alone.
    """
    given = _of_classes(probabilities)
    if given is None:
        return None
    of_label = given[np.arange(len(label)), label]
    scores: Floats = (np.einsum("ij,ij->i", given, given) + 1) / 2 - of_label
    return scores


def _of_classes(probabilities: "pa.ChunkedArray[Any]") -> Floats | None:
    """A row for each prediction, a column for each class; None if any has no probabilities."""
    if probabilities.null_count or len(probabilities) == 0:
        return None
    flat: Floats = np.asarray(pc.list_flatten(probabilities), dtype=np.float64)
    return flat.reshape(len(probabilities), -1)
