"""Models, by name or as objects."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

from robustaudit.core import spelling
from robustaudit.core.errors import UserError
from robustaudit.core.files import is_folder, shipped
from robustaudit.core.hub import network_access
from robustaudit.core.typed_values import parse_field, parse_several, parse_typed
from robustaudit.datasets import BUILT_IN, Dataset
from robustaudit.defences import Chain, behind, put_before
from robustaudit.models import (
    REFERENCE_MODELS,
    CallLimit,
    Classifier,
    DataLabels,
    DefendedObject,
    ExternalModel,
    ModelSource,
    Predict,
    Predicts,
    TrainedModel,
    Trust,
    check_alias,
    defended_source,
    has_bf16,
    model_of_object,
    resolve,
    short_name,
    split_alias,
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
    names = [uri for uri in (model.uri for model in models) if uri and behind(uri).model in REFERENCE_MODELS]
    ours = shipped("trained_models")
    if folder != _TRAINED_HERE or not names or (ours.is_dir() and folder.samefile(ours)):
        return None
    return f"models from ./{folder}, not those that ship: {', '.join(map(str, names))}"


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

    A model with an alias is called that. `data_labels` are the labels of the data, for models that name none.
    Inspecting a model may take `load_limit` seconds.
    """
    found = []
    for alias, uri in map(split_alias, split_models(given)):
        with loading(uri, limit=load_limit):
            source = resolve(uri, folder=folder, trust=trust, data_labels=data_labels)
        found.append(_called(source, alias or source.name, uri=uri))
    return found


def models_of_run(
    plan: Mapping[str, Any],
    names: Sequence[str],
    *,
    folder: Path | None,
    trust: Trust,
    load_limit: float | None = None,
) -> list[ModelSource]:
    """The models of a run that have those names in it, found again by their full names.

    Raises:
        UserError: one was in memory, or cannot be used.
    """
    uris = {model["name"]: model["uri"] for model in plan["models"]}
    found = []
    for name in names:
        uri = uris[name]
        if uri is None:
            mend = spelling.option("no_model", value=True)
            raise UserError(f"model {name!r} of the run was an object in memory: give {mend}")
        with loading(uri, limit=load_limit):
            source = resolve(uri, folder=folder, trust=trust, data_labels=labels_in(plan))
        found.append(_called(source, name, uri=uri))
    return found


_ALIAS = re.compile(r"[^:/?=,&(]*[^:/?=,&(\s][^:/?=,&(]*")


def model_names(name: str, given: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Names of models: one, several, or a table with the alias of each."""
    if not isinstance(given, Mapping):
        return parse_several(str, given, where=name)
    written = with_aliases(given)
    if written is None:
        raise UserError(f"{name} must be names of models, or a table of aliases, got {given!r}")
    return written


def with_aliases(models: Mapping[Any, Any]) -> tuple[str, ...] | None:
    """Models with aliases as the command line has them, `old=4`; None where one is no name or alias there.

    Raises:
        UserError: an alias is of several models.
    """
    if not all(isinstance(each, str) for pair in models.items() for each in pair):
        return None
    if not all(map(_ALIAS.fullmatch, models)):
        return None
    for alias, name in models.items():
        if len(several := split_models([name])) > 1:
            raise UserError(f"model {alias!r} must be one, got {', '.join(several)}")
    return tuple(f"{alias}={name}" for alias, name in models.items())


def given_models(
    models: Models,
    dataset: Dataset,
    *,
    folder: Path | None,
    trust: Trust,
    load_limit: float | None = None,
    announce: Callable[[str], None] = lambda _: None,
) -> list[ModelSource]:
    """The given models, by name or as objects; those without labels take the data's.

    External models without an alias get short names: see `with_short_names`.

    Raises:
        UserError: one cannot be used, or two have one name.
    """
    found: list[ModelSource] = []
    data_labels = labels_of(dataset)
    for name, model in _pairs(models):
        if not isinstance(model, str):
            found.append(_of_object(model, data_labels, name))
            continue
        named = chosen_models(
            [model], folder=folder, trust=trust, data_labels=data_labels, load_limit=load_limit
        )
        if name is None:
            found += named
        elif len(named) == 1:
            (source,) = named
            found.append(_called(source, check_alias(name, source.uri or name), uri=source.uri))
        else:
            raise UserError(f"model {name!r} must be one, got {', '.join(each.name for each in named)}")
    if not found:
        raise UserError("models must be one or more, got none")
    return with_short_names(found, announce=announce)


def defended(model: Model, defences: str) -> Model:
    """The model behind defences, each of which cleans a text before the model reads it.

    For a name, the name that the command line has: `"clean(strip,fold):4"`; for an object or a function, an
    object that is taken wherever the model is. `defences` are written in the order in which they clean, with
    parameters as keywords: `"strip,fold,spell(distance=1)"`.

    Raises:
        UserError: a defence or a parameter is unknown.
    """
    chain = Chain.parse(parse_typed(str, defences, where="defences"))
    if isinstance(model, str):
        return put_before(chain, model)
    return DefendedObject(model, chain)


def _of_object(model: Any, data_labels: DataLabels, name: str | None) -> ModelSource:  # noqa: ANN401
    """The model that a program holds, with or without defences before it."""
    if not isinstance(model, DefendedObject):
        return model_of_object(model, data_labels, name=name)
    source = defended_source(model_of_object(model.model, data_labels), model.chain)
    return replace(source, name=name or source.name)


def named_models(models: Models) -> list[tuple[str | None, Any]]:
    """Each model with the name that a run has for it; None for an object whose name is not given."""
    found: list[tuple[str | None, Any]] = []
    for given, model in _pairs(models):
        if isinstance(model, str):
            for alias, uri in map(split_alias, split_models([model])):
                found.append((given or alias or (uri if uri in REFERENCE_MODELS else None), uri))
        else:
            found.append((given, model))
    if not all(isinstance(model, str) for _, model in found):
        return found
    once = list(dict.fromkeys(found))
    return list(zip(_names(once), (uri for _, uri in once), strict=True))


def _pairs(models: Any) -> Iterator[tuple[str | None, Any]]:  # noqa: ANN401
    """Each model with its given name, if any."""
    if isinstance(models, Mapping):
        for name, model in models.items():
            yield parse_typed(str, name, where="name of a model"), model
    elif isinstance(models, list | tuple):
        yield from ((None, model) for model in models)
    else:
        yield None, models


def with_short_names(models: Sequence[ModelSource], *, announce: Callable[[str], None]) -> list[ModelSource]:
    """The models, each once, with different names: external ones without an alias are called by a short one.

    A short name that another model has gets a number, which is announced.

    Raises:
        UserError: two models have one name that the user gave.
    """
    once = {(model.name, model.uri or place): model for place, model in enumerate(models)}
    given = [
        (None if model.name == model.uri and model.name not in REFERENCE_MODELS else model.name, model.uri)
        for model in once.values()
    ]
    return [
        model if model.name == name else _called(model, name, uri=model.uri)
        for model, name in zip(once.values(), _names(given, announce), strict=True)
    ]


def _names(
    given: Sequence[tuple[str | None, str | None]], announce: Callable[[str], None] = lambda _: None
) -> list[str]:
    """The name of each model: as given, or if that is None, a short one for its full name."""
    taken: set[str] = set()
    for name, _ in given:
        if name in taken:
            mend = "give them names, as in {'old': first, 'new': second}"
            raise UserError(f"two models are called {name!r}: {mend}")
        taken |= {name} if name else set()
    names = []
    for name, uri in given:
        short = name or short_name(uri or "")
        numbered = (f"{short}-{number}" for number in count(2))
        made = name or (short if short not in taken else next(each for each in numbered if each not in taken))
        if made != short:
            announce(f"model {uri} is called {made}, as another is called {short}")
        taken.add(made)
        names.append(made)
    return names


def _called(source: ModelSource, name: str, *, uri: str | None) -> ModelSource:
    """The model under a name, found again by `uri`."""
    if isinstance(source, ExternalModel | TrainedModel):
        return replace(source, name=name, uri=uri)
    return ExternalModel(
        name=name,
        title=source.title,
        labels=source.labels,
        digest=source.digest,
        make=source.load,
        accuracy=source.accuracy,
        uri=uri,
        has_bf16=has_bf16(source),
    )


def labels_of(dataset: Dataset) -> DataLabels:
    """The labels of the data, for models that name none."""
    seen = tuple(label.text for label in dataset.labels)
    return DataLabels(dataset.classes, numbered=dataset.numbered, seen=seen)


def labels_in(plan: Mapping[str, Any]) -> DataLabels | None:
    """The labels of a run's data, from its plan."""
    data = plan["data"]
    return DataLabels(tuple(data["classes"]), numbered=data["numbered"]) if "classes" in data else None
