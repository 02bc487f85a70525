"""`http://…`, `https://…` and `http:FILE.toml`: any model that answers JSON with JSON."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from robustaudit.core.errors import UserError
from robustaudit.core.extras import extra
from robustaudit.core.validation import check_at_least
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
from robustaudit.models.classifier import ExternalModel

if TYPE_CHECKING:
    from robustaudit.models.adapters.remote.mapping import JsonMapping
    from robustaudit.models.adapters.remote.remote_classifier import RemoteClassifier

_BATCH = 32
_FIRST_TEXT = "Good."


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
        labels = _labels(asked, exchange, secrets, reference)
        exchange = replace(exchange, labels=labels, of_data=labels == reference.counted)
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
) -> tuple[str, ...]:
    """The labels that a reply names, each with its score, or else those that the data counts."""
    if reference.counted and not (exchange.response and exchange.scores):
        return reference.counted
    if bool(exchange.response) != bool(exchange.scores):
        raise UserError(
            f"{reference.name!r} has no labels, and its replies do not name all of them: "
            "give labels, as in ?labels=negative,positive"
        )
    with extra("http"):
        from robustaudit.models.adapters.remote.remote_classifier import ask_once  # noqa: PLC0415  (heavy)
    labels = ask_once(
        exchange.body([_FIRST_TEXT]),
        exchange.labels_in,
        url=asked.url,
        settings=asked,
        secrets=secrets,
        budget=reference.trust.calls,
    )
    if any(secrets.hide(label) != label for label in labels):
        raise UserError(f"{reference.name!r} answers with a header of the request where labels should be")
    return check_label_names(labels, repr(reference.name))
