"""Models, by name or as objects."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from robustaudit.core import spelling
from robustaudit.core.errors import UserError
from robustaudit.core.files import is_folder, shipped
from robustaudit.core.hub import network_access
from robustaudit.core.typed_values import parse_field, parse_several, parse_typed
from robustaudit.datasets import BUILT_IN, Dataset
from robustaudit.models import (
    REFERENCE_MODELS,
    CallLimit,
    Classifier,
    DataLabels,
    ExternalModel,
    ModelSource,
    Predict,
    Predicts,
    TrainedModel,
    Trust,
    model_of_object,
    resolve,
    split_models,
)
from robustaudit.runs.guard import loading

Model: TypeAlias = str | Predicts | Predict
"""A model's name, as on the command line, an object with `predict`, or a function of texts."""

Models: TypeAlias = Model | Sequence[Model] | Mapping[str, Model]
"""One model, several, or several with names given by the user."""

_TRAINED_HERE = Path("trained_models")
_BASELINE = "tfidf"


def load_model(
    name: str,
    *,
    models_dir: str | Path | None = None,
    trust: str | Sequence[str] = (),
    trust_pickle: bool = False,
    max_calls: int | None = None,
    offline: bool = False,
) -> Classifier:
    """Load a model by name (`"4"`, `"hf:…"`, `"sklearn:…"`); it has `labels` and `predict(texts)`.

    Raises:
        UserError: there is no such model, or it cannot be used.
    """
    with network_access(allowed=not offline):
        parse_typed(str, name, where="name of a model")
        calls = parse_field(int | None, max_calls, where="max_calls")
        return resolve(
            name,
            folder=models_folder(parse_field(Path | None, models_dir, where="models_dir")),
            trust=trusted(parse_several(str, trust, where="trust"), pickle=trust_pickle, max_calls=calls),
        ).load()


def models_folder(given: Path | None) -> Path | None:
    """The folder of trained models: as given, else `./trained_models` if it exists, else those that ship."""
    if given is not None:
        if not is_folder(given):
            raise UserError(f"models folder {str(given)!r} does not exist")
        return given
    return _TRAINED_HERE if _TRAINED_HERE.is_dir() else None


def instead_of_ours(models: Sequence[ModelSource], folder: Path | None) -> str | None:
    """The message that names models of the working folder used in place of those that ship."""
    names = [
        model.name for model in models if isinstance(model, TrainedModel) and model.name in REFERENCE_MODELS
    ]
    ours = shipped("trained_models")
    if folder != _TRAINED_HERE or not names or (ours.is_dir() and folder.samefile(ours)):
        return None
    return f"models from ./{folder}, not those that ship: {', '.join(names)}"


def baseline(folder: Path | None, dataset: Dataset) -> ModelSource | None:
    """The TF-IDF baseline, if its accuracy on the data is known."""
    try:
        found = resolve(_BASELINE, folder=folder)
    except UserError:
        return None  # it is only shown; who audits it by name is told what is wrong
    known = found.accuracy is not None and found.accuracy.data == dataset.name and dataset.name in BUILT_IN
    return found if known else None


def trusted(
    types: Sequence[str] = (),
    *,
    pickle: bool = False,
    max_calls: int | None = None,
    announce: Callable[[str], None] = lambda _: None,
) -> Trust:
    """What models may do; all models resolved with it share one call limit."""
    if pickle:
        asked = spelling.option("trust_pickle", value=True)
        announce(f"{asked}: a pickle runs whatever code its maker put into it, with all your rights")
    return Trust(types=tuple(types), pickle=pickle, calls=None if max_calls is None else CallLimit(max_calls))


def chosen_models(
    given: Sequence[str],
    *,
    folder: Path | None,
    trust: Trust,
    data_labels: DataLabels | None = None,
    load_limit: float | None = None,
) -> list[ModelSource]:
    """The models of those names, ours and external ones; one string may name several: `1,4,7`.

    `data_labels` are the labels of the data, for models that name none. Inspecting a model may take
    `load_limit` seconds.
    """
    found = []
    for name in split_models(given):
        with loading(name, limit=load_limit):
            found.append(resolve(name, folder=folder, trust=trust, data_labels=data_labels))
    return found


def given_models(
    models: Models, dataset: Dataset, *, folder: Path | None, trust: Trust, load_limit: float | None = None
) -> list[ModelSource]:
    """The given models, by name or as objects; those without labels take the data's.

    Raises:
        UserError: one cannot be used, or two objects have one name.
    """
    found: list[ModelSource] = []
    data_labels = labels_of(dataset)
    for name, model in _pairs(models):
        if isinstance(model, str):
            named = chosen_models(
                [model], folder=folder, trust=trust, data_labels=data_labels, load_limit=load_limit
            )
            found += named if name is None else [_renamed(name, named)]
            continue
        made = model_of_object(model, data_labels, name=name)
        if any(other.name == made.name for other in found):
            raise UserError(
                f"two models are called {made.name!r}: give them names, as in {{'old': first, 'new': second}}"
            )
        found.append(made)
    if not found:
        raise UserError("models must be one or more, got none")
    return found


def named_models(models: Models) -> Iterator[tuple[str | None, Any]]:
    """Each model with the name that a run has for it; None for an object whose name is not given."""
    for given, model in _pairs(models):
        if isinstance(model, str):
            yield from ((given or name, name) for name in split_models([model]))
        else:
            yield given, model


def _pairs(models: Any) -> Iterator[tuple[str | None, Any]]:  # noqa: ANN401
    """Each model with its given name, if any."""
    if isinstance(models, Mapping):
        for name, model in models.items():
            yield parse_typed(str, name, where="name of a model"), model
    elif isinstance(models, list | tuple):
        yield from ((None, model) for model in models)
    else:
        yield None, models


def _renamed(name: str, found: Sequence[ModelSource]) -> ExternalModel:
    """The model under a name given by the user."""
    if len(found) > 1:
        raise UserError(f"model {name!r} must be one, got {', '.join(source.name for source in found)}")
    (source,) = found
    return ExternalModel(
        name=name,
        title=source.title,
        labels=source.labels,
        digest=source.digest,
        make=source.load,
        accuracy=source.accuracy,
        named=not isinstance(source, ExternalModel) or source.named,
        trained_on=source.trained_on if isinstance(source, ExternalModel | TrainedModel) else None,
    )


def labels_of(dataset: Dataset) -> DataLabels:
    """The labels of the data, for models that name none."""
    return DataLabels(dataset.classes, numbered=dataset.numbered)


def labels_in(plan: Mapping[str, Any]) -> DataLabels | None:
    """The labels of a run's data, from its plan."""
    data = plan["data"]
    return DataLabels(tuple(data["classes"]), numbered=data["numbered"]) if "classes" in data else None
