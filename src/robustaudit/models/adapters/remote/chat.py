"""A question to a chat model that is answered with a label."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Any

import regex

from robustaudit.core.errors import UserError
from robustaudit.models.adapters.remote.exchange import ErrorInReply, TextPrediction
from robustaudit.models.adapters.remote.label_extraction import extract_label, shortened

_THOUGHT = re.compile(
    r"[<\[◁](?P<end>/?)(?:think|thinking|thought|thoughts|reasoning|reflection|scratchpad|analysis)[>\]▷]",
    re.IGNORECASE,
)
_CHANNEL, _FINAL = "<|channel|>", "<|channel|>final<|message|>"
_SPECIAL = re.compile(r"<\|\w{1,40}\|>|</s>")


class EmptyReply(Exception):
    """A reply without text; the message says why."""


def reply_text(reply: Any) -> str:  # noqa: ANN401
    """The text of a chat model's reply, without the reasoning before it.

    Raises:
        ValueError: there is no message.
        ErrorInReply: there is an error in its place.
        EmptyReply: the message is a refusal, or has no text.
    """
    try:
        choice = reply["choices"][0]
        if told := choice.get("error"):
            raise ErrorInReply(told)
        message = choice["message"]
        content = message["content"]
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError("it has no choices[0].message.content") from error
    if refusal := message.get("refusal"):
        raise EmptyReply(f"refused: {refusal!r}")
    text = _joined(content)
    said = without_reasoning(text).strip()
    if said:
        return said
    how = "with reasoning alone" if text.strip() else "without a text"
    raise EmptyReply(f"answered {how} ({choice.get('finish_reason') or 'no reason is given'})")


def without_reasoning(content: str) -> str:
    """A text without its `<think>…</think>` part or the like; either tag may be missing."""
    if _CHANNEL in content:
        content = content.rpartition(_FINAL)[2] if _FINAL in content else ""
    kept, start, inside = [], 0, False
    for mark in _THOUGHT.finditer(content):
        if not mark["end"]:
            kept.append("" if inside else content[start : mark.start()])
        elif not inside:
            kept.clear()  # the reasoning began in the prompt
        inside, start = not mark["end"], mark.end()
    kept.append("" if inside else content[start:])
    return _SPECIAL.sub("\n", "".join(kept))


def _joined(content: Any) -> str:  # noqa: ANN401
    """The text of a message, which may come in parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, Mapping) and part.get("type") == "text"]
    return "".join(text for text in texts if isinstance(text, str))


_LONGEST, _MOST_GROUPS, _MOST_REPEATS = 300, 10, 1000
_SECONDS = 1.0
_REPEATS = re.compile(r"\{(\d*),?(\d*)\}")


def check_pattern(pattern: str) -> str:
    """Return a pattern that can be searched with, or an empty one.

    What may take gigabytes to compile is refused: many groups, and repeats within repeats.
    """
    if not pattern:
        return pattern
    repeats = prod(
        max(int(number or 1) for number in found.groups()) or 1 for found in _REPEATS.finditer(pattern)
    )
    if len(pattern) > _LONGEST or pattern.count("(") > _MOST_GROUPS or repeats > _MOST_REPEATS:
        raise UserError(
            f"pattern must have at most {_LONGEST} characters and {_MOST_GROUPS} brackets, and repeat at "
            f"most {_MOST_REPEATS:,} times, got {pattern[:_LONGEST]!r}"
        )
    try:
        groups = _compiled(pattern).groups
    except (regex.error, RecursionError) as error:
        raise UserError(f"pattern must be a regular expression, got {pattern!r}: {error}") from error
    if not groups:
        raise UserError(rf"pattern must have a group for the label, as in 'label: (\w+)', got {pattern!r}")
    return pattern


def found_by(pattern: str, content: str) -> list[str]:
    """The different matches of a pattern's first group.

    Raises:
        UserError: it searches for too long.
    """
    try:
        matches = _compiled(pattern).finditer(content, timeout=_SECONDS)
        return list(dict.fromkeys(match[1] for match in matches if match[1] is not None))
    except TimeoutError as error:
        raise UserError(
            f"pattern {pattern!r} searched a reply for more than {_SECONDS:g} s: simplify it"
        ) from error


@cache
def _compiled(pattern: str) -> "regex.Pattern[str]":
    return regex.compile(pattern)


_READING = 2  # counted up when what is read of the same reply changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One text a request, in a prompt with `{labels}` and `{text}`; `extra` is further JSON in the request.

    A `pattern` is a regular expression whose first group is the label in a reply.
    """

    labels: tuple[str, ...]
    model: str
    prompt: str
    extra: str
    pattern: str

    @property
    def texts(self) -> int:
        return 1

    @property
    def identity(self) -> tuple[object, ...]:
        return self.labels, self.model, self.prompt, self.extra, self.pattern, _READING

    def body(self, texts: Sequence[str]) -> Any:  # noqa: ANN401
        """The request for one text."""
        values = {"labels": ", ".join(self.labels), "text": texts[0]}
        content = re.sub(r"\{(labels|text)\}", lambda found: values[found[1]], self.prompt)
        messages = [{"role": "user", "content": content}]
        return {"model": self.model, "messages": messages, "temperature": 0, **json.loads(self.extra)}

    def read(self, reply: Any, texts: int) -> list[TextPrediction]:  # noqa: ANN401
        """The label in the message that came.

        Raises:
            ValueError: there is no message.
        """
        try:
            said = reply_text(reply)
        except EmptyReply as error:
            return [str(error)] * texts
        return [self._found(said) if self.pattern else extract_label(said, self.labels)] * texts

    def _found(self, said: str) -> TextPrediction:
        """The label in whatever the user's pattern finds."""
        found = found_by(self.pattern, said)
        verdicts = {extract_label(each, self.labels) for each in found}
        if len(verdicts) == 1:
            return verdicts.pop()
        what = " and ".join(map(repr, map(shortened, found))) or "nothing"
        return f"answered {shortened(said)!r}, in which pattern finds {what}"
