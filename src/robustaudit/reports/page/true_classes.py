"""The drops by true class, and which predicted class became which, as the page shows them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from robustaudit.core.display import visible
from robustaudit.reports.overview import FlipShares
from robustaudit.reports.text import largest_drops, others_line
from robustaudit.runs.named_classes import NamedClasses, class_text
from robustaudit.runs.result import Result, Row
from robustaudit.runs.slices import TRUE_LABEL

_MOST_CELLS = 6  # columns that fit beside the map
_MOST_CLASSES = 12  # of a table of flips


@dataclass(frozen=True, slots=True)
class ClassTable:
    """Columns are models and their true classes; each attack has a row of the result in each, or None."""

    models: tuple[str, ...]
    classes: tuple[str, ...]
    attacks: tuple[tuple[str, tuple[Row | None, ...]], ...]
    others: str  # a line with the classes that are left out

    @property
    def is_narrow(self) -> bool:
        """Whether it fits in half of a wide page."""
        return len(self.models) * len(self.classes) <= _MOST_CELLS


@dataclass(frozen=True, slots=True)
class FlipTable:
    """The predictions of a model: rows are classes of clean texts, columns of the same texts perturbed.

    A cell has the share of its row, whether the prediction flipped, and the number of trials.
    """

    model: str
    classes: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[str, bool, int], ...]], ...]
    others: int  # classes that flipped in fewer trials


def class_table(result: Result) -> ClassTable | None:
    """The drop of each model under each attack on the examples of each true class, if there are several."""
    found = {
        (row.attack, row.model, row.slice.value): row
        for row in result.slices
        if row.slice is not None and row.slice.column == TRUE_LABEL
    }
    classes, others = largest_drops(found.values())
    if len(classes) < 2:  # noqa: PLR2004
        return None
    models = tuple(model["name"] for model in result.plan["models"])
    columns = [(model, label) for model in models for label in classes]
    attacks = (attack["name"] for attack in result.plan["attacks"])
    return ClassTable(
        models,
        tuple(visible(class_text(label)) for label in classes),
        tuple((attack, tuple(found.get((attack, *column)) for column in columns)) for attack in attacks),
        others_line(tuple(map(class_text, others))),
    )


def flip_tables(result: Result) -> Iterator[FlipTable]:
    """For each model, over all attacks, the shares of each predicted class that became each other."""
    named = NamedClasses.of(result.plan)
    for model in result.plan["models"]:
        found = FlipShares.of(result, model["name"])
        every = sorted({number for pair in found.trials for number in pair})
        moved: Counter[int] = Counter()
        for pair, number in found.trials.items():
            moved.update({each: number for each in pair if pair[0] != pair[1]})
        classes = sorted(sorted(every, key=lambda each: -moved[each])[:_MOST_CLASSES])
        names = tuple(visible(class_text(named.name(number))) for number in classes)
        if classes:
            rows = (tuple(_cells(found, number, classes)) for number in classes)
            yield FlipTable(
                model["name"], names, tuple(zip(names, rows, strict=True)), len(every) - len(classes)
            )


def _cells(found: FlipShares, clean: int, classes: list[int]) -> Iterator[tuple[str, bool, int]]:
    for each in classes:
        yield found.share(clean, each), each != clean, found.trials[clean, each]
