"""One unit of work: perturb its texts, ask the model, tell what it said before and after."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from robustaudit.attacks import NamedAttack
from robustaudit.core.records import Edit
from robustaudit.engine.plan import Plan, Unit
from robustaudit.engine.prediction import predict_all
from robustaudit.engine.sampling import draw
from robustaudit.engine.trials import Trial, tabulate
from robustaudit.models import Classifier
from robustaudit.perturbations import Batch


def run_unit(unit: Unit, plan: Plan, classifier: Classifier, *, batch_size: int) -> pa.Table:
    """The trials of a unit, one a row; depends on plan and weights alone.

    Raises:
        ModelError: the classifier broke its contract.
    """
    batch = Batch([example.text for example in plan.examples[unit.start : unit.stop]])
    trials = [trial for attack in plan.attacks for trial in _draw(attack, batch, plan, unit)]
    # A no-op is its clean text, which is asked once whatever was drawn.
    texts = [trial.perturbed.text for trial in trials] + [trial.perturbed.original for trial in trials]
    probabilities = predict_all(classifier, texts, model=unit.model, batch_size=batch_size)
    perturbed, clean = np.split(probabilities, 2)
    return tabulate(unit.model, trials, clean=clean, perturbed=perturbed)


def _draw(attack: NamedAttack, batch: Batch, plan: Plan, unit: Unit) -> Iterator[Trial]:
    examples = plan.examples[unit.start : unit.stop]
    taken = range(unit.first_draw, unit.last_draw)
    places = [
        (row, number)
        for row in range(len(examples))
        for number in taken
        if number in plan.draws(unit.start + row)
    ]
    drawn = draw(attack.attack, examples, batch, places, seed=plan.seed)
    for (row, number), perturbed in zip(places, drawn, strict=True):
        yield Trial(
            number=plan.trial(unit.start + row, number),
            attack=attack.label,
            example=examples[row],
            draw=number,
            perturbed=perturbed,
            edit_share=_edit_share(batch, row, perturbed.edits),
        )


def _edit_share(batch: Batch, row: int, edits: Sequence[Edit]) -> float:
    """The share of the text's words that the edits touch; an insertion at a word's edge touches it."""
    words = batch.words
    first, last = np.searchsorted(words.text, [row, row + 1])
    if first == last:
        return 0.0
    starts, stops = words.start[first:last], words.stop[first:last]
    touched = np.zeros(len(starts), dtype=np.bool_)
    for edit in edits:
        inserts = edit.start == edit.stop
        low = np.searchsorted(stops, edit.start, side="left" if inserts else "right")
        high = np.searchsorted(starts, edit.stop, side="right" if inserts else "left")
        touched[low:high] = True
    return float(touched.mean())
