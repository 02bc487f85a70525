"""What a chat model wrote for its reader, without what it wrote for itself."""

import re
from collections.abc import Mapping
from typing import Any

from robustaudit.models.adapters.remote.exchange import ErrorInReply

_THOUGHT = re.compile(
    r"[<\[◁](?P<end>/?)(?:think|thinking|thought|thoughts|reasoning|reflection|scratchpad|analysis)[>\]▷]",
    re.IGNORECASE,
)
_CHANNEL, _FINAL = "<|channel|>", "<|channel|>final<|message|>"
_SPECIAL = re.compile(r"<\|\w{1,40}\|>|</s>")


class Unsaid(Exception):
    """A reply without a word for its reader; its text says why."""


def said_in(reply: Any) -> str:  # noqa: ANN401
    """What the reply of a chat model says, without the reasoning before it.

    Raises:
        ValueError: there is no message.
        ErrorInReply: there is an error in its place.
        Unsaid: the message is a refusal, or has no text.
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
        raise Unsaid(f"refused: {refusal!r}")
    text = _joined(content)
    said = without_reasoning(text).strip()
    if said:
        return said
    how = "with reasoning alone" if text.strip() else "without a text"
    raise Unsaid(f"answered {how} ({choice.get('finish_reason') or 'no reason is given'})")


def without_reasoning(content: str) -> str:
    """A text without what stands between `<think>` and `</think>` or such; either may be missing."""
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
