"""What stands on a sweep of all edits: why each model fails under each attack, and its weak spots."""

from collections.abc import Mapping
from dataclasses import dataclass

from robustaudit.models import SplitWords
from robustaudit.perturbations import find_segmenter
from robustaudit.worst_case.edited_words import edited_words, kinds_of
from robustaudit.worst_case.explanation import FailureExplanation, explain
from robustaudit.worst_case.stored_sweep import Sweep
from robustaudit.worst_case.weak_spots import WeakSpots, find_weak_spots


@dataclass(frozen=True, slots=True)
class FailureReasons:
    """An explanation and weak spots for each attack and model of a sweep."""

    explanations: tuple[FailureExplanation, ...]
    weak_spots: tuple[WeakSpots, ...]


def reasons_of(sweep: Sweep, split: Mapping[str, SplitWords]) -> FailureReasons:
    """The reasons of a sweep of all edits; `split` says of some models how they read words."""
    texts = [example.text for example in sweep.examples]
    segmenter = find_segmenter(sweep.plan.segmentation)
    explanations, spots = [], []
    for attack in sweep.plan.attacks:
        kinds = kinds_of(attack.expression)
        effects = [sweep.of(model, attack.name) for model in sweep.models]
        words = edited_words(texts, effects[0], segmenter)
        for place, each in enumerate(effects):
            others = [*effects[:place], *effects[place + 1 :]]
            explanations.append(explain(each, words, sweep.examples, kinds, split.get(each.model)))
            spots.append(find_weak_spots(each, words, sweep.examples, kinds, others))
    return FailureReasons(tuple(explanations), tuple(spots))
