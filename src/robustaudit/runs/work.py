"""One unit of work: perturb its texts, ask the model, tell what it said before and after."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain, compress

import pyarrow as pa

from robustaudit.core.records import Example
from robustaudit.models import Classifier
from robustaudit.perturbations import TextBatch
from robustaudit.runs.events import BatchAsked, Listener, ModelDiffers
from robustaudit.runs.patience import Patience
from robustaudit.runs.plan import Plan, draw
from robustaudit.runs.prediction import Again, NoAnswer, predict_all
from robustaudit.runs.retest import attached, retest
from robustaudit.runs.trials import Trials, tabulate
from robustaudit.runs.units import Unit


def run_unit(
    unit: Unit,
    plan: Plan,
    classifier: Classifier,
    *,
    batch_size: int,
    patience: Patience | None = None,
    listener: Listener = lambda _: None,
) -> pa.Table:
    """The trials of a unit, one a row; depends on plan and weights alone.

    Raises:
        ModelError: the classifier broke its contract.
    """
    examples = plan.examples[unit.start : unit.stop]
    batch = TextBatch([example.text for example in examples], segmenter=plan.segmenter)
    trials = _draw(unit, plan, examples, batch)
    # A no-op is its clean text, which is asked once whatever was drawn.
    perturbed = list(chain.from_iterable(each.drawn.texts for each in trials))
    clean = list(chain.from_iterable(each.drawn.originals for each in trials))
    texts = perturbed + clean

    def told(share: float) -> None:
        listener(BatchAsked(unit.model, share * len(perturbed)))

    again = Again(classifier, model=unit.model, batch_size=batch_size, patience=patience)
    try:
        answers = predict_all(
            classifier, texts, model=unit.model, batch_size=batch_size, patience=patience, told=told
        )
        half = len(perturbed)
        of_perturbed, of_clean = answers.take(slice(half)), answers.take(slice(half, None))
        found = retest(
            again,
            {text: of_clean.take(slice(place, place + 1)) for place, text in enumerate(clean)},
            texts,
            flips=Counter(compress(clean, of_clean.predictions != of_perturbed.predictions)),
            asking=f"{unit.start}-{unit.first_draw}",
            mixed=(unit.start, unit.first_draw) == (0, 0),
        )
    except NoAnswer as error:
        raise error.at(_where(texts.index(error.text), examples, trials)) from error
    if found.company == "matters":
        listener(ModelDiffers(found))
    table = tabulate(unit.model, examples, batch, trials, clean=of_clean, perturbed=of_perturbed)
    return attached(table, found)


def _draw(unit: Unit, plan: Plan, examples: Sequence[Example], batch: TextBatch) -> list[Trials]:
    """The draws of each attack of a unit, before a model is asked."""
    places = plan.layout.places(unit)
    numbers = [plan.trial(unit.start + row, number) for row, number in places]
    return [
        Trials(
            attack=attack.label,
            numbers=numbers,
            places=places,
            drawn=draw(attack.attack, examples, batch, places, seed=plan.seed),
        )
        for attack in plan.attacks
        if attack.label in unit.attacks
    ]


def _where(place: int, examples: Sequence[Example], trials: Sequence[Trials]) -> str:
    """Which example a text is of that lies at that place among all perturbed texts, then all clean ones."""
    attack, number = divmod(place, len(trials[0].places))
    row, draw_number = trials[0].places[number]
    example = f"of example {examples[row].id!r}"
    if attack >= len(trials):
        return example
    return f"{example}, attack {trials[attack].attack!r}, draw {draw_number}"
