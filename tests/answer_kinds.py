"""Kinds of answers put to every adapter that can be given them: what is read, and what is refused.

Run as a program it prints the tables of docs/answers.md. A kind is a row, an adapter a column: a mapping of
kinds to what makes a classifier in an empty folder. Those that answer as `WANTED` are read.
"""

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from robustaudit.core.errors import ModelError, UserError
from robustaudit.models import Classifier
from robustaudit.runs.predictions import predict_all

LABELS = ("negative", "positive")
TEXTS = ("so good", "bad", "good", "bad bad")
WANTED = [1, 0, 1, 0]

Maker = Callable[[Path], Classifier]
Column = Mapping[str, Maker]


def asked(make: Maker) -> tuple[str, str]:
    """What a cell says of a kind: that it is read, as what, or refused, and the message."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            replies = predict_all(make(Path(folder)), TEXTS, model="m", batch_size=len(TEXTS))
        except (UserError, ModelError) as error:
            return "refused", str(error).replace(folder, "…")
    if replies.predictions.tolist() != WANTED:
        return f"**wrong**: {replies.predictions.tolist()}", ""
    return ("labels" if (replies.probabilities != replies.probabilities).any() else "probabilities"), ""


def columns() -> dict[str, Column]:
    """Every adapter's column, by its head."""
    from answers_given import LOCAL  # noqa: PLC0415  (it imports what the extras bring)
    from answers_sent import SENT  # noqa: PLC0415

    return {**LOCAL, **SENT}


def tables() -> str:
    """What is read and refused as a table, and with which words as a list, in Markdown."""
    found = {head: {kind: asked(make) for kind, make in column.items()} for head, column in columns().items()}
    kinds = list(dict.fromkeys(kind for column in found.values() for kind in column))
    lines = [["a model answers with", *found], ["---"] * (len(found) + 1)]
    lines += [[kind, *(column.get(kind, ("–", ""))[0] for column in found.values())] for kind in kinds]
    told = ["| " + " | ".join(line) + " |" for line in lines]
    words = [
        f"- {kind} ({head}): `` {message} ``"
        for kind in kinds
        for head, message in _refusals(
            {head: column.get(kind, ("", ""))[1] for head, column in found.items()}
        )
    ]
    return "\n".join([*told, "", *words])


def _refusals(by_head: dict[str, str]) -> list[tuple[str, str]]:
    """The messages of a kind, each once."""
    return [
        (heads, message)
        for message, heads in reversed({m: h for h, m in reversed(by_head.items())}.items())
        if message
    ]


if __name__ == "__main__":
    sys.stdout.write(tables() + "\n")
