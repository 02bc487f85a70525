"""The labels of a plan: one number for each class, whichever model is queried."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.core.spelling import option
from robustaudit.datasets import Dataset
from robustaudit.models import ExternalModel, ModelSource, RelabelledModel
from robustaudit.runs.label_matching import Classes, Match, match
from robustaudit.runs.named_classes import class_names
from robustaudit.runs.ratings import normalised_name

MatchedBy = Literal["name", "position", "data"]
"""How the labels of data became classes of a model; by `data` where the model has none of its own."""


@dataclass(frozen=True, slots=True)
class PlannedLabel:
    """A label of the data: as it is written, the name the data has for it, its class, and its examples.

    Where a label map made it, `values` are those of the data.
    """

    written: str
    name: str | None
    number: int
    examples: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MatchedLabels:
    """Examples and models with one number for each class, and how labels were read for each model."""

    examples: tuple[Example, ...]
    models: tuple[ModelSource, ...]
    labels: tuple[PlannedLabel, ...]
    matched_by: tuple[MatchedBy, ...]
    class_names: tuple[str | None, ...]

    def as_json(self) -> dict[str, Any]:
        """The labels as a plan stores them."""
        return {
            "labels": [asdict(label) for label in self.labels],
            "models": [
                {"name": model.name, "labels": list(model.labels), "labels_matched_by": matched_by}
                for model, matched_by in zip(self.models, self.matched_by, strict=True)
            ],
        }


def written_labels(plan: Mapping[str, Any]) -> dict[int, str]:
    """The label of each class as the data writes it; nothing where the data counts classes as trials do.

    So the order in which a model has its classes is no matter.
    """
    written = {label["number"]: label["written"] for label in reversed(plan.get("labels", []))}
    return written if any(str(number) != label for number, label in written.items()) else {}


def match_labels(
    dataset: Dataset, examples: Sequence[Example], models: Sequence[ModelSource]
) -> MatchedLabels:
    """Examples of a data set with the numbers of the first model's classes, and models that have the same.

    All labels of the data are looked at, whichever examples are taken.

    Raises:
        UserError: a label is none of a model's, may be read in several ways, or cannot be one class for all.
    """
    matches = [match(dataset, model) for model in models]
    _check_names(dataset, models, matches)
    numbers = matches[0].classes
    places = {name: place for place, name in enumerate(models[0].labels)}
    fitted = [
        _renumbered(dataset, model, found.classes, first=models[0], numbers=numbers, known=places)
        for model, found in zip(models, matches, strict=True)
    ]
    taken = tuple(replace(example, label=numbers[example.label]) for example in examples)
    counted = Counter(example.label for example in examples)
    written = [(numbers[label.number], label.name or label.text) for label in dataset.labels]
    return MatchedLabels(
        taken,
        tuple(fitted),
        tuple(
            PlannedLabel(label.text, label.name, numbers[label.number], counted[label.number], label.values)
            for label in dataset.labels
        ),
        tuple(
            "data" if isinstance(model, ExternalModel) and not model.named else found.by
            for model, found in zip(models, matches, strict=True)
        ),
        class_names(written, [model.labels for model in fitted]),
    )


def relabel_as_in_plan(plan: Mapping[str, Any], source: ModelSource) -> ModelSource:
    """A model with its classes in the order that a run of that plan had."""
    (labels,) = (each.get("labels") for each in plan["models"] if each["name"] == source.name)
    if labels is None or tuple(labels) == source.labels or not set(source.labels) <= set(labels):
        return source
    return RelabelledModel(source, tuple(labels), tuple(map(labels.index, source.labels)))


def _check_names(dataset: Dataset, models: Sequence[ModelSource], matches: Sequence[Match]) -> None:
    """Refuse positions by which a label is one class of a model, and another of one that knows both."""
    known: dict[int, tuple[str, str]] = {}
    for model, found in zip(models, matches, strict=True):
        names = set(map(normalised_name, model.labels))
        for label in dataset.labels if found.by == "position" else ():
            name = model.labels[found.classes[label.number]]
            other, there = known.setdefault(label.number, (model.name, name))
            if normalised_name(there) != normalised_name(name) and normalised_name(there) in names:
                raise UserError(
                    f"label {label.text} of data {dataset.name!r}, counted from 0, would be {there!r} of "
                    f"model {other!r}, and {name!r} of model {model.name!r}: "
                    f"give {option('label_map')} with the name of each"
                )


def _renumbered(
    dataset: Dataset,
    model: ModelSource,
    own: Classes,
    *,
    first: ModelSource,
    numbers: Classes,
    known: dict[str, int],
) -> ModelSource:
    """The model with each label's class where the first model has it; `known` has the place of each other."""
    pairs = {(place, numbers[label]) for label, place in own.items()}
    places = dict(pairs)
    if len(places) < len(pairs) or len(set(places.values())) < len(pairs):
        raise UserError(
            f"models {first.name!r} and {model.name!r} do not tell the labels of data {dataset.name!r} apart "
            "alike: audit them in runs of their own"
        )
    _place_others(places, model.labels, known, len(first.labels))
    in_order = tuple(places[own_place] for own_place in range(len(model.labels)))
    if in_order == tuple(range(len(in_order))):
        return model
    names = dict(enumerate("–" if name in model.labels else name for name in first.labels))
    names |= {places[own_place]: name for own_place, name in enumerate(model.labels)}
    width = max(places.values()) + 1
    return RelabelledModel(model, tuple(names.get(place, "–") for place in range(width)), in_order)


def _place_others(
    places: dict[int, int], names: Sequence[str], known: dict[str, int], first_behind: int
) -> None:
    """Put classes that no label is where an earlier model has their name, or else behind all."""
    for own_place, name in enumerate(names):
        if own_place in places:
            continue
        if name not in known or known[name] in places.values():
            known[name] = max(first_behind, *(place + 1 for place in known.values()))
        places[own_place] = known[name]
