"""A question to a chat model that is answered with a label."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from robustaudit.models.adapters.remote.exchange import Verdict

_SHOWN = 80  # characters of a reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One text a request, in a prompt with `{labels}` and `{text}`; `extra` is JSON that is sent beside."""

    labels: tuple[str, ...]
    model: str
    prompt: str
    extra: str

    @property
    def texts(self) -> int:
        return 1

    @property
    def gives_probabilities(self) -> bool:
        return False

    @property
    def identity(self) -> tuple[object, ...]:
        return self.labels, self.model, self.prompt, self.extra

    def body(self, texts: Sequence[str]) -> Any:  # noqa: ANN401
        """The request for one text."""
        values = {"labels": ", ".join(self.labels), "text": texts[0]}
        content = re.sub(r"\{(labels|text)\}", lambda found: values[found[1]], self.prompt)
        messages = [{"role": "user", "content": content}]
        return {"model": self.model, "messages": messages, "temperature": 0, **json.loads(self.extra)}

    def read(self, reply: Any, texts: int) -> list[Verdict]:  # noqa: ANN401
        """The label in the message that came.

        Raises:
            ValueError: there is no message.
        """
        try:
            choice = reply["choices"][0]
            content = choice["message"]["content"]
        except (LookupError, TypeError) as error:
            raise ValueError("it has no choices[0].message.content") from error
        if not isinstance(content, str):
            why = choice.get("finish_reason") or "no reason is given"
            return [f"answered without a text ({why})"]
        return [label_in(content, self.labels)] * texts


def label_in(content: str, labels: Sequence[str]) -> Verdict:
    """The class whose label is all that a reply says, or the only label that it names as a word."""
    words = " ".join(content.casefold().split())
    bare = words.strip(" \"'`*_.:!()[]{}<>")
    for number, label in enumerate(labels):
        if bare == " ".join(label.casefold().split()):
            return number
    named = [number for number, label in enumerate(labels) if _names(words, label)]
    if len(named) == 1:
        return named[0]
    shown = content if len(content) <= _SHOWN else f"{content[: _SHOWN - 1]}…"
    what = " and ".join(labels[number] for number in named) or f"none of {', '.join(labels)}"
    return f"answered {shown!r}, which names {what}"


def _names(words: str, label: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(' '.join(label.casefold().split()))}(?!\w)", words))
