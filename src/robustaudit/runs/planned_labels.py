"""The labels of a plan: one number for each class, whichever model is queried."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count
from typing import Any, Literal

from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.core.spelling import option
from robustaudit.datasets import Dataset
from robustaudit.models import ExternalModel, ModelSource, RelabelledModel
from robustaudit.runs.label_matching import Classes, Match, match
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


def class_names(plan: Mapping[str, Any]) -> dict[int, str]:
    """The name of each class of the data: its own, else the models' if they agree, else as `label 1`."""
    models = [model.get("labels", ()) for model in plan["models"]]
    names: dict[int, str] = {}
    for label in plan.get("labels", ()):
        number = label["number"]
        of_models = {labels[number] for labels in models if number < len(labels)}
        candidates = (label["name"], label["written"], *(of_models if len(of_models) == 1 else ()))
        named = (name for name in candidates if name and not _is_number(name))
        names.setdefault(number, next(named, f"label {label['written']}"))
    return names


def _is_number(name: str) -> bool:
    return name.strip().lstrip("+-").replace(".", "", 1).isdigit()


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
    fitted = [
        model if found.classes == numbers else _renumbered(dataset, model, found.classes, models[0], numbers)
        for model, found in zip(models, matches, strict=True)
    ]
    taken = tuple(replace(example, label=numbers[example.label]) for example in examples)
    counted = Counter(example.label for example in examples)
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
    dataset: Dataset, model: ModelSource, own: Classes, first: ModelSource, numbers: Classes
) -> ModelSource:
    """The model with each label's class where the first model has it."""
    pairs = {(place, numbers[label]) for label, place in own.items()}
    places = dict(pairs)
    if len(places) < len(pairs) or len(set(places.values())) < len(pairs):
        raise UserError(
            f"models {first.name!r} and {model.name!r} do not tell the labels of data {dataset.name!r} apart "
            "alike: audit them in runs of their own"
        )
    _place_others(places, model.labels, first.labels)
    names = dict(enumerate("–" if name in model.labels else name for name in first.labels))
    names |= {places[own_place]: name for own_place, name in enumerate(model.labels)}
    width = max(places.values()) + 1
    in_order = tuple(places[own_place] for own_place in range(len(model.labels)))
    return RelabelledModel(model, tuple(names[place] for place in range(width)), in_order)


def _place_others(places: dict[int, int], names: Sequence[str], first: Sequence[str]) -> None:
    """Put classes that no label is where the first model has their name, or else behind all."""
    known = {name: place for place, name in enumerate(first)}
    behind = count(len(first))
    for own_place, name in enumerate(names):
        if own_place not in places:
            taken = name not in known or known[name] in places.values()
            places[own_place] = next(behind) if taken else known[name]
