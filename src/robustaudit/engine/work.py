"""One unit of work: perturb its texts, ask the model, tell what it said before and after."""

from itertools import chain

import numpy as np
import pyarrow as pa

from robustaudit.engine.plan import Plan, Unit
from robustaudit.engine.prediction import predict_all
from robustaudit.engine.sampling import draw
from robustaudit.engine.trials import Trials, tabulate
from robustaudit.models import Classifier
from robustaudit.perturbations import Batch


def run_unit(unit: Unit, plan: Plan, classifier: Classifier, *, batch_size: int) -> pa.Table:
    """The trials of a unit, one a row; depends on plan and weights alone.

    Raises:
        ModelError: the classifier broke its contract.
    """
    examples = plan.examples[unit.start : unit.stop]
    batch = Batch([example.text for example in examples], segmenter=plan.segmenter)
    taken = range(unit.first_draw, unit.last_draw)
    places = [
        (row, number)
        for row in range(len(examples))
        for number in taken
        if number in plan.draws(unit.start + row)
    ]
    numbers = [plan.trial(unit.start + row, number) for row, number in places]
    trials = [
        Trials(
            attack=attack.label,
            numbers=numbers,
            places=places,
            drawn=draw(attack.attack, examples, batch, places, seed=plan.seed),
        )
        for attack in plan.attacks
        if attack.label in unit.attacks
    ]
    # A no-op is its clean text, which is asked once whatever was drawn.
    perturbed = list(chain.from_iterable(each.drawn.texts for each in trials))
    clean = list(chain.from_iterable(each.drawn.originals for each in trials))
    probabilities = predict_all(classifier, perturbed + clean, model=unit.model, batch_size=batch_size)
    of_perturbed, of_clean = np.split(probabilities, 2)
    return tabulate(unit.model, examples, batch, trials, clean=of_clean, perturbed=of_perturbed)
