"""Attacks that a model was trained with: an audit under them says so, as they are not new to the model."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from robustaudit.attacks import NamedAttack, parse_attack, perturbations_in
from robustaudit.core.errors import UserError
from robustaudit.datasets import Dataset
from robustaudit.models import ModelSource, seen_by
from robustaudit.reports.text import listed


def note_seen_attacks(
    dataset: Dataset, sources: Sequence[ModelSource], attacks: Sequence[NamedAttack]
) -> Dataset:
    """The data set, with a note for each model that was trained with perturbations of some attack."""
    models: dict[str, list[str]] = {}  # by the attacks that are not new to them
    for source in sources:
        known = _trained_with(source)
        if seen := [each.label for each in attacks if known & perturbations_in(each.attack)]:
            models.setdefault(listed(seen), []).append(source.name)
    notes = [
        f"{_were(names)} trained with perturbations of {seen}: a loss there says nothing about attacks that "
        f"are new to {'it' if len(names) == 1 else 'them'}"
        for seen, names in models.items()
    ]
    if not notes:
        return dataset
    statistics = dataset.statistics
    return replace(dataset, counted=replace(statistics, notes=(*statistics.notes, *notes)))


def _were(names: Sequence[str]) -> str:
    return f"model {names[0]} was" if len(names) == 1 else f"models {listed(names)} were"


def _trained_with(source: ModelSource) -> frozenset[str]:
    """The names of the perturbations that a model was trained with, but for those of packages not at hand."""
    names: set[str] = set()
    for seen in seen_by(source):
        with suppress(UserError):
            names |= perturbations_in(parse_attack(seen.expression).attack)
    return frozenset(names)
