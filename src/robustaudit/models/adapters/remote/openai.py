"""`openai:MODEL` and `openai:FILE.toml`: a chat model behind an interface such as OpenAI's."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

from robustaudit.core.errors import UserError
from robustaudit.models.adapters.model_files import check_label_names
from robustaudit.models.adapters.model_uri import ModelUri, scheme
from robustaudit.models.adapters.remote.chat import Chat, check_pattern
from robustaudit.models.adapters.remote.http import remote_model
from robustaudit.models.adapters.remote.http_settings import (
    HttpSettings,
    Secrets,
    check_url,
    is_loopback,
    read_settings,
)
from robustaudit.models.classifier import ExternalModel

_BASE_URL = "https://api.openai.com/v1"
_KEY = "OPENAI_API_KEY"
_PROMPT = """\
Which of these labels fits the text best: {labels}?
Answer with the label alone.

Text: {text}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatOptions(HttpSettings):
    """Options after `?`; `body` is JSON of further fields of the request.

    `pattern` is a regular expression whose first group is the label in a reply.
    """

    base_url: str = ""
    prompt: str = _PROMPT
    body: str = "{}"
    pattern: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatFile(ChatOptions):
    """The content of a TOML file."""

    model: str
    key: str = f"env:{_KEY}"
    headers: Mapping[str, str] = field(default_factory=dict)


@scheme("openai")
def openai(reference: ModelUri) -> ExternalModel:
    """The chat model of that name; it is not queried yet."""
    asked = _file_of(reference)
    base = asked.base_url or os.environ.get("OPENAI_BASE_URL", "") or _BASE_URL
    url = check_url(f"{base.rstrip('/')}/chat/completions")
    labels = asked.labels or (reference.data_labels.names if reference.data_labels else ())
    if not labels:
        raise UserError(f"{reference.name!r} has no labels: give them, as in ?labels=negative,positive")
    if "{text}" not in asked.prompt:
        raise UserError(f"prompt must hold {{text}} where the text goes, got {asked.prompt!r}")
    headers = {**_key(asked, url), **asked.headers}
    Secrets(headers)  # that are set, before a run begins
    chat = Chat(
        labels=check_label_names(labels, repr(reference.name)),
        model=asked.model,
        prompt=asked.prompt,
        extra=_object(asked.body),
        pattern=check_pattern(asked.pattern),
    )
    title = f"{asked.model}, {urlsplit(url).hostname}"
    named = bool(asked.labels)
    return remote_model(reference, chat, title=title, url=url, settings=asked, headers=headers, named=named)


def _file_of(reference: ModelUri) -> ChatFile:
    if reference.target.endswith(".toml"):
        if "?" in reference.rest:
            raise UserError(f"{reference.name!r}: what stands behind the question mark belongs into the file")
        return read_settings(reference.path, ChatFile)
    if not reference.target:
        raise UserError(f"{reference.name!r} must be openai:MODEL or openai:FILE.toml")
    options = reference.options(ChatOptions)
    given = {each.name: getattr(options, each.name) for each in fields(ChatOptions)}
    return ChatFile(model=reference.target, **given)


def _key(asked: ChatFile, url: str) -> dict[str, str]:
    """The header with the key; a server on this machine may do without."""
    variable = asked.key.removeprefix("env:")
    if variable == asked.key or not variable.isidentifier():
        raise UserError(
            f'key must name an environment variable, as in "env:{_KEY}": a secret has no place here'
        )
    if not os.environ.get(variable) and is_loopback(urlsplit(url).hostname or ""):
        return {}
    return {"Authorization": f"Bearer env:{variable}"}


def _object(given: str) -> str:
    try:
        read: Any = json.loads(given)
    except (ValueError, RecursionError) as error:
        raise UserError(f"body must be JSON, got {given!r}") from error
    if not isinstance(read, dict):
        raise UserError(f"body must be a JSON object, got {given!r}")
    return given
