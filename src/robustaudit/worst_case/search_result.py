"""What a search found, read back from its folder: robust accuracy over queries and over edits."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from robustaudit.core.arrays import Integers
from robustaudit.core.errors import UserError
from robustaudit.core.files import is_file, is_folder
from robustaudit.core.records import Edit, Example
from robustaudit.runs.named_classes import NamedClasses
from robustaudit.statistics.bounds import intervals, mean_between
from robustaudit.statistics.intervals import grouped
from robustaudit.statistics.measures import Estimate
from robustaudit.worst_case.search_run import RECORD, SearchRecord, edits_of, read_searches
from robustaudit.worst_case.sweep_store import read_examples

_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class AfterQueries:
    """The robust accuracy after so many queries of each example: by search, and by random draws."""

    queries: int
    searched: float
    random: float


@dataclass(frozen=True, slots=True)
class AfterEdits:
    """The share of examples that are correct, without a failing text of at most so many edits found."""

    edits: int
    searched: float


@dataclass(frozen=True, slots=True)
class Failure:
    """A failing text that a search found: its example, predictions before and after, edits and queries."""

    example: Example
    text: str
    clean_prediction: int
    prediction: int
    edits: tuple[Edit, ...]
    failed_after: int


@dataclass(frozen=True, slots=True)
class SearchRow:
    """What was found for one model and attack.

    `searched_accuracy` is the share of examples that are correct and for which no failure was found within
    the budget: an upper bound of the certified accuracy. `random_accuracy` is the same for random draws.
    """

    model: str
    attack: str
    examples: int
    groups: int
    clean_accuracy: Estimate
    searched_accuracy: Estimate
    random_accuracy: Estimate
    queries_per_example: float
    over_queries: tuple[AfterQueries, ...]
    over_edits: tuple[AfterEdits, ...]
    failures: tuple[Failure, ...]

    def as_json(self) -> dict[str, Any]:
        """All figures, and the failures with the ids of their examples."""
        failures = [
            {
                "example": each.example.id,
                "text": each.text,
                "clean_prediction": each.clean_prediction,
                "prediction": each.prediction,
                "edits": [asdict(edit) for edit in each.edits],
                "failed_after": each.failed_after,
            }
            for each in self.failures
        ]
        return asdict(self) | {"failures": failures}


@dataclass(frozen=True)
class SearchResult:
    """A finished search."""

    folder: Path
    record: SearchRecord
    rows: tuple[SearchRow, ...]

    @property
    def budget(self) -> int:
        return self.record.budget

    @property
    def classes(self) -> NamedClasses:
        return self.record.plan.classes

    def as_json(self) -> dict[str, Any]:
        """The plan, the budget and all rows."""
        return self.record.as_json() | {"rows": [row.as_json() for row in self.rows]}

    def row(self, model: str, attack: str) -> SearchRow:
        """The row of one model and attack, each by its name there; raises a UserError if there is none."""
        for row in self.rows:
            if (row.model, row.attack) == (model, attack):
                return row
        raise UserError(f"the search has no model {model!r} with attack {attack!r}")


def holds_search(folder: Path) -> bool:
    """Whether a folder is that of a search."""
    return is_file(folder / RECORD)


def open_search(folder: Path) -> SearchResult:
    """The finished search in a folder.

    Raises:
        UserError: there is no such folder, no search in it, or one that is not finished.
    """
    if not is_folder(folder):
        raise UserError(f"search {str(folder)!r} does not exist: give the folder that a search wrote")
    record = SearchRecord.read(folder)
    examples = read_examples(folder)
    rows: list[SearchRow] = []
    for model in record.plan.layout.models:
        units = [unit for unit in record.units() if unit.model == model]
        table = pa.concat_tables([read_searches(folder, unit, record) for unit in units]).to_pylist()
        for number, attack in enumerate(record.plan.layout.attacks):
            mine = [row for row in table if row["attack"] == number]
            rows.append(_row(model, attack, mine, examples, record.budget))
    return SearchResult(folder, record, tuple(rows))


def _row(
    model: str, attack: str, table: Sequence[Mapping[str, Any]], examples: tuple[Example, ...], budget: int
) -> SearchRow:
    found = [examples[row["example"]] for row in table]
    numbers = {name: place for place, name in enumerate(dict.fromkeys(each.group for each in found))}
    group = np.array([numbers[each.group] for each in found], dtype=np.int64)
    correct = np.array([row["prediction"] == each.label for row, each in zip(table, found, strict=True)])
    never = budget + 1
    after, at_random = (
        np.array([row[name] or never for row in table], dtype=np.int64)
        for name in ("failed_after", "random_failed_after")
    )
    edits = np.array([len(row["start"]) or never for row in table], dtype=np.int64)
    shares = [correct, correct & (after == never), correct & (at_random == never)]
    clean, searched, drawn = _estimates(shares, group)
    return SearchRow(
        model,
        attack,
        examples=len(table),
        groups=len(numbers),
        clean_accuracy=clean,
        searched_accuracy=searched,
        random_accuracy=drawn,
        queries_per_example=float(np.mean([row["queries"] for row in table])),
        over_queries=tuple(
            AfterQueries(
                most, float((correct & (after > most)).mean()), float((correct & (at_random > most)).mean())
            )
            for most in _shown(budget)
        ),
        over_edits=tuple(
            AfterEdits(most, float((correct & (edits > most)).mean()))
            for most in range(int(edits[edits < never].max(initial=0)) + 1)
        ),
        failures=tuple(
            Failure(
                example,
                row["text"],
                row["prediction"],
                row["failed_prediction"],
                edits_of(row),
                row["failed_after"],
            )
            for row, example in zip(table, found, strict=True)
            if row["text"] is not None
        ),
    )


def _estimates(shares: list[NDArray[np.bool_]], group: Integers) -> list[Estimate]:
    parts = [grouped(share, group) for share in shares]
    if parts[0].groups == 1:  # one group has no spread
        return [Estimate(part.mean) for part in parts]
    found = intervals([mean_between(part, 0.0, 1.0) for part in parts])
    return [Estimate(part.mean, low, high) for part, (low, high) in zip(parts, found, strict=True)]


def _shown(budget: int) -> list[int]:
    """1, 2, 5, 10 and so on, up to the budget."""
    powers = (10**power for power in range(len(str(budget))))
    return sorted({step * power for power in powers for step in _STEPS if step * power < budget} | {budget})
