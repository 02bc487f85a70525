"""One trial drawn again from its seed, attack, example and draw number, and compared with what is stored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from robustaudit.attacks import parse_attack
from robustaudit.core.errors import UserError
from robustaudit.core.files import is_file
from robustaudit.core.records import Edit, Example, PerturbedText
from robustaudit.core.validation import check_at_least, check_known
from robustaudit.core.version import __version__
from robustaudit.datasets import BUILT_IN, load
from robustaudit.models import Classifier, Form, ModelSource, fastest_form, in_form
from robustaudit.perturbations import Segmenter, TextBatch, find_segmenter
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.guard import loaded
from robustaudit.runs.plan import draw
from robustaudit.runs.plan_record import find_model
from robustaudit.runs.predictions import Predictions, RepeatQuery, predict_all
from robustaudit.runs.repeat_check import differing_texts
from robustaudit.runs.result import RepeatCheck
from robustaudit.runs.stored_run import StoredRun
from robustaudit.runs.trial import Trial, trials_in

CLOSE = 1e-5
"""The largest difference of probabilities between batches: floating-point sums depend on the batch."""


Noise = Literal[
    "the model gives different predictions for the same text", "its predictions depend on the batch"
]

_REPEATS = 4  # of a prediction that differs, to see whether the next is that one again


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's prediction: a class, None if it gave none, and probabilities if it gives them."""

    prediction: int | None
    probabilities: tuple[float, ...]

    def agrees(self, other: "Prediction", within: float = CLOSE) -> bool:
        """Whether both are the same class, with probabilities that are close."""
        alike = len(self.probabilities) == len(other.probabilities)
        close = alike and np.allclose(self.probabilities, other.probabilities, rtol=0, atol=within)
        return close and self.prediction == other.prediction


@dataclass(frozen=True, slots=True)
class PredictionPair:
    """The predictions of the clean and the perturbed text: those of the run, and repeated ones.

    Probabilities that differ by at most `within` are the same. `noise` is the reason why a different
    prediction does not contradict the run, if there is one. `smallest_edits` are the smallest failure as the
    run found it, None where it did not.
    """

    model: str
    stored: tuple[Prediction, Prediction]
    repeated: tuple[Prediction, Prediction] | None = None
    within: float = CLOSE
    noise: Noise | None = None
    smallest_edits: tuple[Edit, ...] | None = None

    @property
    def same(self) -> bool | None:
        """Whether both predictions are the same; None if the model was not queried again."""
        if self.repeated is None:
            return None
        return all(
            then.agrees(now, self.within) for then, now in zip(self.stored, self.repeated, strict=True)
        )


@dataclass(frozen=True, slots=True)
class TrialReplay:
    """A trial of one attack: the text drawn again, the stored text, and the models' predictions."""

    trial: int
    attack: str
    expression: str
    example: str
    draw: int
    label: int
    drawn: PerturbedText
    stored_text: str
    same_text: bool
    predictions: tuple[PredictionPair, ...]

    @property
    def same(self) -> bool:
        """Whether everything that was repeated is the same, except for the noise of models."""
        return self.same_text and all(pair.same is not False or pair.noise for pair in self.predictions)


def redraw_trial(
    run: StoredRun, trial: int, *, model: str | None = None, attack: str | None = None
) -> tuple[TrialReplay, ...]:
    """The trial with that number, drawn again for each attack, or for one; no model is queried.

    Raises:
        UserError: the plan has no such trial, model or attack, the trial is not finished, or the attack needs
            something that is not installed.
    """
    expressions = {each["name"]: each["expression"] for each in run.plan["attacks"]}
    check_at_least("trial", trial, 0, maximum=run.plan["trials"] - 1)
    if model is not None:
        model = find_model(model, run.plan["models"], these="the run has")
    if attack is not None:
        check_known("attack", attack, expressions, these="the run has")
    wanted: dict[str, str | int | None] = {"trial": trial, "model": model, "attack": attack}
    trials = [each for shard in run.shards() for each in trials_in(_only(shard, wanted))]
    if not trials:
        raise UserError(f"trial {trial} of run {str(run.folder)!r} is not finished: start the run again")
    segmenter = find_segmenter(run.plan["segmentation"].split()[0])  # its version stands behind the name
    seed = run.plan["seed"]
    return tuple(
        _redone([each for each in trials if each.attack == name], expression, seed=seed, segmenter=segmenter)
        for name, expression in expressions.items()
        if any(each.attack == name for each in trials)
    )


def predict_again(
    found: TrialReplay,
    sources: Iterable[ModelSource],
    *,
    retests: Iterable[RepeatCheck] = (),
    forms: Mapping[str, Form | None] | None = None,
    load_limit: float | None = None,
) -> TrialReplay:
    """The same with the models queried again for the stored texts; `retests` and `forms` are the run's.

    Raises:
        ModelError: a model gives no prediction where it gave one in the run.
    """
    known = {retest.model: retest for retest in retests}
    classifiers = {
        source.name: in_form(loaded(source, limit=load_limit), (forms or {}).get(source.name))
        for source in sources
    }
    texts = (found.drawn.original, found.stored_text)

    def again(model: str, text: str, then: Prediction) -> Prediction:
        error_policy = ErrorPolicy(on_error="skip" if then.prediction is None else "stop")
        return _said(
            predict_all(classifiers[model], [text], model=model, batch_size=1, error_policy=error_policy)
        )

    predictions = []
    for pair in found.predictions:
        clean, perturbed = (
            again(pair.model, text, then) for text, then in zip(texts, pair.stored, strict=True)
        )
        retest = known.get(pair.model, RepeatCheck(model=pair.model))
        asked = replace(pair, repeated=(clean, perturbed), within=_within(retest))
        if asked.same is False:
            asked = replace(asked, noise=_noise(retest, classifiers[pair.model], texts))
        predictions.append(asked)
    return replace(found, predictions=tuple(predictions))


def _within(retest: RepeatCheck) -> float:
    """The distance of equal predictions of a model in the run, which is allowed here too."""
    if retest.is_noisy or retest.batch_dependence == "found":
        return CLOSE
    return max(CLOSE, retest.difference or 0.0, retest.batch_difference or 0.0)


def _noise(retest: RepeatCheck, classifier: Classifier, texts: Sequence[str]) -> Noise | None:
    """Why a model's prediction differs, if the run's repeat check or a few more queries show it."""
    if retest.batch_dependence == "found":
        return "its predictions depend on the batch"
    if retest.is_noisy:
        return "the model gives different predictions for the same text"
    again = RepeatQuery(
        classifier, model=retest.model, batch_size=1, error_policy=ErrorPolicy(on_error="skip")
    )
    first, *others = (again.ask(texts, f"replay {number}") for number in range(_REPEATS))
    return (
        "the model gives different predictions for the same text"
        if any(differing_texts(first, other).any() for other in others)
        else None
    )


def changes_since(run: StoredRun, found: Sequence[TrialReplay], sources: Iterable[ModelSource]) -> list[str]:
    """The changes since the run, a line each: version, weights, processor, data.

    Data is compared only if it was read without options.
    """
    version = run.plan["robustaudit"]
    changes = []
    if version != __version__:
        changes.append(f"the run is of robustaudit {version}, this is {__version__}")
    digests = {each["name"]: each["digest"] for each in run.plan["models"]}
    changes += [
        f"model {source.name} has other weights than in the run"
        for source in sources
        if source.digest != digests[source.name]
    ]
    changes += [
        f"model {source.name} is computed in bf16 as in the run, which this processor emulates"
        for source in sources
        if run.forms.get(source.name) == "bf16" != fastest_form()
    ]
    data = run.plan["data"]
    texts = None if data.get("reading") else _texts_now(data.get("path") or data["name"])
    if texts is not None:
        changes += {
            f"example {each.example!r} of data {data['name']!r} is another text now, or gone"
            for each in found
            if texts.get(each.example) != each.drawn.original
        }
    return changes


def _only(trials: pa.Table, wanted: Mapping[str, str | int | None]) -> pa.Table:
    for column, value in wanted.items():
        if value is not None:
            trials = trials.filter(pc.equal(trials[column], pa.scalar(value)))
    return trials


def _redone(trials: Sequence[Trial], expression: str, *, seed: int, segmenter: Segmenter) -> TrialReplay:
    """The trial of one attack, stored for each model."""
    stored = trials[0]
    example = Example(stored.example, stored.clean_text, stored.label, stored.group)
    attack = parse_attack(expression).attack
    batch = TextBatch([example.text], segmenter=segmenter)
    (drawn,) = draw(attack, [example], batch, [(0, stored.draw)], seed=seed)
    return TrialReplay(
        trial=stored.trial,
        attack=stored.attack,
        expression=expression,
        example=example.id,
        draw=stored.draw,
        label=example.label,
        drawn=drawn,
        stored_text=stored.perturbed_text,
        same_text=(drawn.text, drawn.edits, drawn.edits_by_step)
        == (stored.perturbed_text, stored.edits, stored.edits_by_step),
        predictions=tuple(map(_stored_pair, trials)),
    )


def _stored_pair(trial: Trial) -> PredictionPair:
    clean = Prediction(trial.clean_prediction, trial.clean_probabilities or ())
    perturbed = Prediction(trial.perturbed_prediction, trial.perturbed_probabilities or ())
    return PredictionPair(trial.model, (clean, perturbed), smallest_edits=trial.smallest_edits)


def _said(reply: Predictions) -> Prediction:
    """The single prediction, as it is stored."""
    (prediction,), (probabilities,) = reply.predictions.tolist(), reply.probabilities.tolist()
    known = not np.isnan(probabilities).any()
    return Prediction(None if reply.failed.any() else prediction, tuple(probabilities) if known else ())


def _texts_now(name: str) -> Mapping[str, str] | None:
    """The texts of a data set as it is now, by example; None where it is not at hand."""
    if name not in BUILT_IN and not is_file(Path(name)):
        return None
    try:
        return {example.id: example.text for example in load(name, offline=True).examples}
    except UserError:
        return None
