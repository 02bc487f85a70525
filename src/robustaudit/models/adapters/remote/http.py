"""`http://…`, `https://…` and `http:FILE.toml`: any model that answers JSON with JSON."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from robustaudit.core.display import visible
from robustaudit.core.errors import UserError
from robustaudit.core.extras import extra
from robustaudit.core.spelling import option
from robustaudit.core.validation import check_at_least
from robustaudit.models.adapters.class_names import ClassNames, short_repr
from robustaudit.models.adapters.model_files import check_label_names
from robustaudit.models.adapters.model_uri import CallLimit, ModelUri, scheme
from robustaudit.models.adapters.remote.exchange import Exchange
from robustaudit.models.adapters.remote.http_settings import (
    HttpSettings,
    Secrets,
    check_url,
    read_settings,
    where_of,
)
from robustaudit.models.classifier import DataLabels, ExternalModel

if TYPE_CHECKING:
    from robustaudit.models.adapters.remote.mapping import JsonMapping
    from robustaudit.models.adapters.remote.remote_classifier import RemoteClassifier

_BATCH = 32
_TWO = 2
_FIRST_TEXT, _SECOND_TEXT = "Good.", "Bad."


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions(HttpSettings):
    """Options after `?`; `batch` is the number of texts in one request."""

    batch: int | None = None
    request: str = '{"inputs": "$texts"}'
    response: str = ""
    scores: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpFile(HttpOptions):
    """The content of a TOML file."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@scheme("https")
@scheme("http")
def http(reference: ModelUri) -> ExternalModel:
    """The model at an address; it is queried only if nothing but its replies names its labels."""
    asked = _file_of(reference)
    check_url(asked.url)
    secrets = Secrets(asked.headers, asked.url)
    exchange = _mapping(asked)
    named = bool(exchange.labels or (exchange.response and exchange.scores))
    if not exchange.labels:
        (labels, named), data = _labels(asked, exchange, secrets, reference), reference.data_labels
        exchange = replace(exchange, labels=labels, of_data=bool(data and labels == data.names))
    return remote_model(
        reference,
        exchange,
        title=f"JSON over HTTP, {urlsplit(asked.url).hostname}",
        url=asked.url,
        settings=asked,
        headers=asked.headers,
        named=named,
    )


def remote_model(
    reference: ModelUri,
    exchange: Exchange,
    *,
    title: str,
    url: str,
    settings: HttpSettings,
    headers: Mapping[str, str],
    named: bool,
) -> ExternalModel:
    """A model behind HTTP; its digest covers what is sent and how replies are read."""
    said = json.dumps([url, exchange.identity, settings.version])
    digest = hashlib.sha256(said.encode()).hexdigest()
    make = partial(
        _make,
        exchange,
        url=url,
        settings=settings,
        headers=dict(headers),
        digest=digest,
        budget=reference.trust.calls,
    )
    return ExternalModel(
        name=reference.name, title=title, labels=exchange.labels, digest=digest, make=make, named=named
    )


def _make(
    exchange: Exchange,
    *,
    url: str,
    settings: HttpSettings,
    headers: Mapping[str, str],
    digest: str,
    budget: CallLimit | None,
) -> "RemoteClassifier":
    with extra("http"):
        from robustaudit.models.adapters.remote.remote_classifier import RemoteClassifier  # noqa: PLC0415  (heavy)
    secrets = Secrets(headers, url)
    return RemoteClassifier(
        exchange, url=url, settings=settings, secrets=secrets, digest=digest, budget=budget
    )


def _file_of(reference: ModelUri) -> HttpFile:
    if reference.rest.startswith("//"):
        url = f"{reference.scheme}:{reference.target}"
        check_url(url)  # before a message would show a password in it
        options = reference.options(HttpOptions)
        given = {each.name: getattr(options, each.name) for each in fields(HttpOptions)}
        return HttpFile(url=url, **given)
    if reference.scheme != "http" or not reference.target.endswith(".toml"):
        raise UserError(f"{reference.name!r} must be http://…, https://… or http:FILE.toml")
    if "?" in reference.rest:
        raise UserError(f"{reference.name!r}: what stands behind the question mark belongs into the file")
    return read_settings(reference.path, HttpFile)


def _mapping(asked: HttpFile) -> "JsonMapping":
    with extra("http"):
        from robustaudit.models.adapters.remote.mapping import (  # noqa: PLC0415  (heavy)
            JsonMapping,
            check_mapping,
            takes_several,
        )
    batch = asked.batch if asked.batch is not None else _BATCH if takes_several(asked.request) else 1
    return check_mapping(
        JsonMapping(
            labels=check_label_names(asked.labels, where_of(asked.url)) if asked.labels else (),
            texts=check_at_least("batch", batch, 1),
            request=asked.request,
            response=asked.response,
            scores=asked.scores,
        )
    )


def _labels(
    asked: HttpFile, exchange: "JsonMapping", secrets: Secrets, reference: ModelUri
) -> tuple[tuple[str, ...], bool]:
    """The labels that a reply names, each with its score, or those of the data, if it names one of them.

    And whether the reply named them all.
    """
    if bool(exchange.response) != bool(exchange.scores):
        if reference.counted:
            return reference.counted, False
        raise _nameless(reference)
    ask = partial(_told, asked, exchange, secrets, reference)
    try:
        told = ask(_FIRST_TEXT)
    except UserError:
        if reference.counted and not exchange.response:
            return reference.counted, False  # the run says what is wrong
        raise
    data = reference.data_labels
    if data is not None and (data.numbered or len(told) == 1) and _are_labels(told, data):
        return data.names, False
    if len(told) > 1:
        return check_label_names([str(label) for label in told], repr(reference.name)), True
    if data is None or not told:
        raise _nameless(reference)
    return _refused_by_data(reference, [*(ask(_SECOND_TEXT) if data.numbered else ()), *told], data), False


def _told(
    asked: HttpFile, exchange: "JsonMapping", secrets: Secrets, reference: ModelUri, text: str
) -> tuple[object, ...]:
    """The labels that the reply to a text names."""
    with extra("http"):
        from robustaudit.models.adapters.remote.remote_classifier import ask_once  # noqa: PLC0415  (heavy)
    told = ask_once(
        exchange.body([text]),
        exchange.labels_in,
        url=asked.url,
        settings=asked,
        secrets=secrets,
        budget=reference.trust.calls,
    )
    if any(secrets.hide(str(label)) != str(label) for label in told):
        raise UserError(f"{reference.name!r} answers with a header of the request where labels should be")
    return told


def _are_labels(told: Sequence[object], data: DataLabels) -> bool:
    """Whether all of these are labels of the data; a number is one where the data has numbers."""
    classes = ClassNames(data.names, ordered=data.numbered)
    try:
        return bool(len({classes.place(label) for label in told}) == len(told))
    except (ValueError, OverflowError):
        return False


def _nameless(reference: ModelUri) -> UserError:
    return UserError(
        f"{reference.name!r} has no labels, and its replies do not name all of them: "
        "give labels, as in ?labels=negative,positive"
    )


def _refused_by_data(reference: ModelUri, told: Sequence[object], data: DataLabels) -> tuple[str, ...]:
    """Two classes that the labels of the data cannot be: who matches them refuses with a label map to give.

    Raises:
        UserError: there are fewer, or the labels of the data could be either; it says what to give.
    """
    names = tuple(dict.fromkeys(str(label) for label in told if not _are_labels([label], data)))
    seen = data.seen or data.names
    if len(names) == _TWO < len(data.seen):
        return check_label_names(names, repr(reference.name))
    advice = f"{option('label_map')} with the class of each"
    if data.numbered and len(names) == len(seen) == _TWO:
        either = (",".join(map("=".join, zip(seen, each, strict=True))) for each in (names, names[::-1]))
        advice = " or ".join(option("label_map", visible(each)) for each in either)
    raise UserError(
        f"{reference.name!r} answers with {' and '.join(map(short_repr, names))}, and the labels of the data "
        f"are {', '.join(map(visible, seen))}: give {advice}, or all labels of the model, as in "
        "?labels=negative,positive"
    )
