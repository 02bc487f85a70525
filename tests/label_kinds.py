"""Kinds of labels in data put to models with kinds of classes: what is understood, and what is refused.

Run as a program it prints the tables of docs/labels.md. A kind of labels is a row, a kind of classes a
column; each cell is an audit. Labels and classes have meanings, by which a cell tells what was misread.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from robustaudit import audit
from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset
from robustaudit.reports.notes import label_warnings

LOW, HIGH, MIDDLE = "low", "high", "middle"
STARS = ("one", "two", "three", "four", "five")

NAMED_STARS = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")


@dataclass(frozen=True, slots=True)
class Kind:
    """Labels, or the names of classes, and what each means; `names` are those of numbers in data."""

    labels: tuple[object, ...]
    means: tuple[str, ...]
    names: tuple[str, ...] = ()
    label_map: str | None = None


def two(*labels: object, **more: Any) -> Kind:
    return Kind(labels, (LOW, HIGH), **more)


LABELS: Mapping[str, Kind] = {
    "`negative`, `positive`": two("negative", "positive"),
    "`Negative`, `POSITIVE`": two("Negative", "POSITIVE"),
    "`neg`, `pos`": two("neg", "pos"),
    "`negative`, `pos`": two("negative", "pos"),
    "`neg`, `pos`, mapped to `negative`, `positive`": two(
        "neg", "pos", label_map="neg=negative,pos=positive"
    ),
    "0, 1": two(0, 1),
    '`"0"`, `"1"` as text': two("0", "1"),
    "0.0, 1.0": two(0.0, 1.0),
    "false, true": two(False, True),
    "`False`, `True` as text": two("False", "True"),
    "1, 2": two(1, 2),
    "-1, 1": two(-1, 1),
    "1 alone": Kind((1,), ("whatever",)),
    "0, 1, called `negative`, `positive`": two(0, 1, names=("negative", "positive")),
    "0, 1, called `neg`, `pos`": two(0, 1, names=("neg", "pos")),
    "1, 0, called `negative`, `positive`": two(1, 0, names=("negative", "positive")),
    "0, 2": Kind((0, 2), (LOW, HIGH)),
    "1 to 5": Kind((1, 2, 3, 4, 5), STARS),
    "1 to 4, of 5": Kind((1, 2, 3, 4), STARS[:4]),
    "1, 2, of 5": Kind((1, 2), STARS[:2]),
    "0 to 4": Kind((0, 1, 2, 3, 4), STARS),
    "`1 star` to `5 stars`": Kind(NAMED_STARS, STARS),
}

CLASSES: Mapping[str, Kind | None] = {
    "`negative`, `positive`": two("negative", "positive"),
    "`positive`, `negative`": Kind(("positive", "negative"), (HIGH, LOW)),
    "`negative`, `neutral`, `positive`": Kind(("negative", "neutral", "positive"), (LOW, MIDDLE, HIGH)),
    "`0`, `1`": two("0", "1"),
    "`1`, `2`": two("1", "2"),
    "`-1`, `1`": two("-1", "1"),
    "`False`, `True`": two("False", "True"),
    "`LABEL_0`, `LABEL_1`": two("LABEL_0", "LABEL_1"),
    "`1` to `5`": Kind(("1", "2", "3", "4", "5"), STARS),
    "`1 star` to `5 stars`": Kind(NAMED_STARS, STARS),
    "no names": None,
}


REFUSED = {"can be read in two ways": "refused: two ways", "does not know": "refused"}
HOW = {"name": "name", "position": "position", "data": "the data's"}
DOUBTS = {"may be swapped": "swapped?", "no label of the data": "left over"}
"""What cells say of a refusal, of how labels were read, and of what reports say against it."""

QUOTED = (
    ("`neg`, `pos`", "`negative`, `positive`"),
    ("`negative`, `pos`", "`negative`, `positive`"),
    ("1, 2", "`negative`, `positive`"),
    ("-1, 1", "`negative`, `positive`"),
    ("1 to 4, of 5", "`1 star` to `5 stars`"),
    ("1 to 5", "`1 star` to `5 stars`"),
    ("0 to 4", "`1` to `5`"),
    ("0, 1, called `neg`, `pos`", "`positive`, `negative`"),
)
"""The cells whose refusals are quoted: one of each sort."""


class Knows:
    """A model that knows what every clean text means."""

    def __init__(self, classes: Kind) -> None:
        self.labels = tuple(map(str, classes.labels))
        self._places = {meaning: place for place, meaning in enumerate(classes.means)}

    def predict(self, texts: Sequence[str]) -> list[str]:
        return [self.labels[self._places.get(text.partition(" ")[0], 0)] for text in texts]


def function(labels: Kind) -> Any:
    """A model without names, which answers with the labels of the data as they are written."""
    written = dict(zip(labels.means, labels.names or labels.labels, strict=True))
    if labels.label_map:
        mapped = dict(pair.split("=") for pair in labels.label_map.split(","))
        written = {meaning: mapped[str(label)] for meaning, label in written.items()}
    first = next(iter(written.values()))
    return lambda texts: [written.get(text.partition(" ")[0], first) for text in texts]


def data(kind: Kind) -> Any:
    rows = [(f"{meaning} text", label) for meaning, label in zip(kind.means, kind.labels, strict=True)]
    if not kind.names:
        return rows
    examples = tuple(Example(text, text, int(str(label)), text) for text, label in rows)
    names = sorted(zip(map(int, map(str, kind.labels)), kind.names, strict=True))
    return Dataset("rows", examples, label_names=tuple(name for _, name in names))


def audited(kind: Kind, classes: Kind | None) -> tuple[str, str]:
    """What a cell says, and the message of one that is refused."""
    model = function(kind) if classes is None else Knows(classes)
    try:
        found = audit(
            {"m": model}, data(kind), label_map=kind.label_map, attacks="upper_case", trials=len(kind.labels)
        ).result
    except UserError as error:
        (said,) = (word for words, word in REFUSED.items() if words in str(error))
        return said, str(error)
    how = HOW[found.plan["models"][0]["labels_matched_by"]]
    doubts = [word for line in label_warnings(found) for words, word in DOUBTS.items() if words in line]
    accuracy = found.rows[0].on_all.clean_accuracy
    comparable = classes is None or set(kind.means) <= set(classes.means)
    if comparable and (accuracy is None or accuracy.value < 1) and not doubts:
        return "**wrong**", ""
    return ", ".join([how, *doubts]), ""


def tables() -> str:
    """What is understood and refused as a table, and with which words as a list, in Markdown."""
    found = {
        head: {row: audited(kind, classes) for row, kind in LABELS.items()}
        for head, classes in CLASSES.items()
    }
    lines = [["labels of the data", *found], ["---"] * (len(found) + 1)]
    lines += [[row, *(column[row][0] for column in found.values())] for row in LABELS]
    told = ["| " + " | ".join(line) + " |" for line in lines]
    words = [f"- {row}, with {head}: ``{found[head][row][1]}``" for row, head in QUOTED]
    return "\n".join([*told, "", *words])


if __name__ == "__main__":
    sys.stdout.write(tables() + "\n")
