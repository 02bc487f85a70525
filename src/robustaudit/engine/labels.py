"""Labels of data and of models brought together: by name where both have names, else by number."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from robustaudit.core.display import visible
from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset
from robustaudit.models import ModelSource

_MOST_NAMES = 12  # that a message lists


def fit_labels(
    dataset: Dataset, examples: Sequence[Example], models: Iterable[ModelSource]
) -> tuple[Example, ...]:
    """Examples of a data set with labels as the models number them.

    Names are the same whatever their case. Where the data has numbers too, and names that the models do not
    know, its numbers are theirs.

    Raises:
        UserError: a label is none of a model's, or models number it differently.
    """
    numbers: dict[int, tuple[str, int]] = {}
    fitted = {model.name: _numbers(dataset, model) for model in models}
    for name, found in fitted.items():
        for label, number in found.items():
            other, there = numbers.setdefault(label, (name, number))
            if there != number:
                raise UserError(
                    f"models {other!r} and {name!r} number the label {dataset.label_names[label]!r} "
                    f"differently, {there} and {number}: audit them in runs of their own"
                )
    return tuple(
        replace(example, label=numbers.get(example.label, ("", example.label))[1]) for example in examples
    )


def check_labels(examples: Sequence[Example], model: ModelSource) -> None:
    """Refuse examples of a class that the model does not know."""
    for example in examples:
        if example.label >= len(model.labels):
            raise UserError(
                f"label must be below {len(model.labels)}, the number of classes of model {model.name!r}, "
                f"got {example.label} for example {example.id!r}: {example.text[:40]!r}"
            )


def _numbers(dataset: Dataset, model: ModelSource) -> dict[int, int]:
    """The model's number of each label of the data."""
    known = {name.strip().casefold(): number for number, name in enumerate(model.labels)}
    names = [name.strip().casefold() for name in dataset.label_names]
    unknown = [own for own, name in zip(dataset.label_names, names, strict=True) if name not in known]
    if not unknown:
        return {label: known[name] for label, name in enumerate(names)}
    if not dataset.numbered:
        raise UserError(_misfit(dataset, model, unknown))
    return {}


def _misfit(dataset: Dataset, model: ModelSource, unknown: Sequence[str]) -> str:
    counted = dataset.counts.labels
    places = [f"{name!r} ({counted[name].first})" if name in counted else repr(name) for name in unknown]
    example = ",".join(f"{name}={model.labels[0]}" for name in unknown[:1])
    return (
        f"data {dataset.name!r} has labels that model {model.name!r} does not know: {_listed(places)}; "
        f"it knows {_listed(map(repr, model.labels))}: "
        f"give --label-map with each of them, such as {visible(example)},…"
    )


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    return ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
