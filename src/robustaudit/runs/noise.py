"""A model's own noise: how often a clean text has another answer when it is asked once more."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from robustaudit.core.randomness import key_of
from robustaudit.models import Classifier
from robustaudit.runs.patience import Patience
from robustaudit.runs.plan import Plan
from robustaudit.runs.prediction import Again, NoAnswer
from robustaudit.runs.retest import Retest, attached, retest_of
from robustaudit.runs.trials import ANSWERS, with_answers_again
from robustaudit.runs.units import Unit as Piece
from robustaudit.statistics.measures import Unit
from robustaudit.statistics.measuring import noise_of
from robustaudit.statistics.outcomes import Answers, answered, answers_of


@dataclass(frozen=True, slots=True)
class DrawsAgain(Piece):
    """A unit that is done, whose clean texts are to be asked once more: that of each draw."""

    @classmethod
    def of(cls, unit: Piece) -> "DrawsAgain":
        return cls(**{field.name: getattr(unit, field.name) for field in fields(unit)})


def with_noise(plan: Plan, retest: Retest, trials: pa.Table) -> Retest:
    """The retest of a model with what its trials say, where the clean text of each draw was asked again."""
    once = _each_draw_once(answered(trials))
    answers = answers_of(once, examples=plan.example_ids, groups=plan.groups)
    asked = answers.where(answers.again >= 0)
    if len(asked) == 0:
        return retest
    differed = int(asked.contradicted.sum())
    found = replace(retest, texts=retest.texts + len(asked), differed=retest.differed + differed)
    if not found.is_noisy:
        return found
    return replace(found, noise=noise_of(independent(asked, plan.interval_unit), plan.interval_unit))


def to_ask_again(plan: Plan, kept: Mapping[Piece, pa.Table]) -> list[Piece]:
    """The units whose clean texts are still to be asked once more for each draw, as their model may be noisy.

    Of one example alone, all rests on one clean answer: there any flip is reason enough.
    """
    alone = plan.interval_unit == "draw"
    noisy = {
        unit.model
        for unit, trials in kept.items()
        if retest_of(trials).is_noisy or (alone and _flips(trials))
    }
    return [unit for unit, trials in kept.items() if unit.model in noisy and not retest_of(trials).each_draw]


def ask_each_draw(
    unit: Piece, plan: Plan, classifier: Classifier, *, batch_size: int, patience: Patience | None = None
) -> pa.Table:
    """For each draw of a unit what its clean text is answered when it is asked once more.

    Raises:
        ModelError: the classifier broke its contract.
    """
    examples = plan.examples[unit.start : unit.stop]
    again = Again(classifier, model=unit.model, batch_size=batch_size, patience=patience)
    answers: list[dict[str, str | int]] = []
    for number in range(unit.first_draw, unit.last_draw):
        drawn = [each for row, each in enumerate(examples) if number in plan.draws(unit.start + row)]
        asking = f"{unit.start}, draw {number}"
        texts = sorted({example.text for example in drawn}, key=lambda text: key_of(asking, text))
        try:
            replies = again.ask(texts, asking)
        except NoAnswer as error:
            example = next(example for example in drawn if example.text == error.text)
            raise error.at(f"of example {example.id!r}") from error
        classes = dict(zip(texts, replies.predictions.tolist(), strict=True))
        answers += [
            {"example": each.id, "draw": number, "prediction": classes[each.text]}
            for each in drawn
            if classes[each.text] >= 0
        ]
    found = Retest(model=unit.model, calls=again.texts)
    return attached(pa.Table.from_pylist(answers, schema=ANSWERS), found)


def with_each_draw(trials: pa.Table, answers: pa.Table) -> pa.Table:
    """The trials of a unit with the answers to its clean texts, asked once more for each draw."""
    draws = zip(answers["example"].to_pylist(), answers["draw"].to_pylist(), strict=True)
    again = dict(zip(draws, answers["prediction"].to_pylist(), strict=True))
    found, calls = retest_of(trials), retest_of(answers).calls
    return attached(
        with_answers_again(trials, again), replace(found, each_draw=True, calls=found.calls + calls)
    )


def _flips(trials: pa.Table) -> bool:
    flips = pc.not_equal(trials["clean_prediction"], trials["perturbed_prediction"])
    return bool(pc.any(flips).as_py())


def independent(answers: Answers, unit: Unit | None) -> Answers:
    """The answers of a model that may be noisy such that what an interval takes for independent is so.

    Draws of one example alone would share one clean answer, whose noise would be taken for a drop: each gets
    its own, asked for it alone, and every other one its neighbour's as the answer when asked once more.
    """
    if unit != "draw":
        return answers
    own = np.where(answers.again >= 0, answers.again, answers.clean)
    neighbour = np.full(len(own), -1)
    neighbour[: len(own) - 1 : 2] = own[1::2]
    return replace(answers, clean=own, again=neighbour, own=np.ones(len(own), dtype=bool))


def freed(answers: Answers, retest: Retest | None, unit: Unit | None) -> Answers:
    """The answers of a model, without what asking once more says of noise where it is not noisy.

    Of one that gives labels alone some may have stayed unseen: its clean answers are draws all the same.
    """
    if retest and retest.is_noisy:
        return independent(answers, unit)
    unsure = retest and retest.each_draw and retest.difference is None
    return replace(independent(answers, unit) if unsure else answers, again=np.full(len(answers), -1))


def _each_draw_once(trials: pa.Table) -> pa.Table:
    """A trial of each example and draw, whatever the attack."""
    names = trials["example"].combine_chunks().dictionary_encode().indices
    pairs = np.stack([np.asarray(names, dtype=np.int64), trials["draw"].to_numpy()])
    _, first = np.unique(pairs, axis=1, return_index=True)
    return trials.take(np.sort(first))
