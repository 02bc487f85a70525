"""A search of examples with several models and attacks: its plan, its work units, and its folder."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from robustaudit.core.documents import parse_json_object, read_bounded, to_canonical_json, to_pretty_json
from robustaudit.core.errors import UserError
from robustaudit.core.files import check_writable, create_folder, exists, safe_name, write_atomically
from robustaudit.core.records import Edit
from robustaudit.core.spelling import option
from robustaudit.core.typed_values import parse_typed
from robustaudit.models import Classifier
from robustaudit.runs.events import BatchPredicted, Listener, RunStarted, UnitDone
from robustaudit.runs.execution import UnitWork
from robustaudit.runs.folder_lock import locked
from robustaudit.runs.manifest import NAME as MANIFEST
from robustaudit.runs.plan import Plan
from robustaudit.runs.plan_record import PlanRecord, WorkUnit
from robustaudit.runs.predictions import Predictions, predict_all
from robustaudit.runs.trials_table import table_as_bytes, table_from
from robustaudit.runs.work_units import Executor, InProcess
from robustaudit.worst_case.search import Search, draw_until_failure, search
from robustaudit.worst_case.sweep_store import EXAMPLES, EXAMPLES_FILE
from robustaudit.worst_case.word_evidence import WordEvidence

RECORD = "search.json"
_EXAMPLES_PER_UNIT = 256  # that learn from each other
_MOST_BYTES = 2**26
_COLUMNS: dict[str, pa.DataType] = {
    "example": pa.int32(),
    "attack": pa.int16(),
    "prediction": pa.int32(),
    "queries": pa.int32(),
    "failed_after": pa.int32(),
    "text": pa.string(),
    "failed_prediction": pa.int32(),
    "start": pa.list_(pa.int32()),
    "stop": pa.list_(pa.int32()),
    "replacement": pa.list_(pa.string()),
    "random_queries": pa.int32(),
    "random_failed_after": pa.int32(),
}
SEARCHES = pa.schema(_COLUMNS)
"""What was found, a row for each example and attack: docs/worst-case.md explains each column."""


@dataclass(frozen=True, slots=True)
class SearchUnit(WorkUnit):
    """Some examples that are searched together, for one model under all attacks."""

    budget: int = 0

    @property
    def name(self) -> str:
        """A file name that no other unit has."""
        return f"{safe_name(self.model)}-{self.start:06d}"

    @property
    def queries(self) -> int:
        """The texts to query, at most: by search and by random draws."""
        return 2 * self.budget * (self.stop - self.start) * len(self.attacks)


@dataclass(frozen=True, kw_only=True)
class SearchRecord:
    """The content of `search.json`: the plan in names and numbers, and the queries for each example."""

    plan: PlanRecord
    budget: int

    @classmethod
    def read(cls, folder: Path) -> "SearchRecord":
        """The record in a folder.

        Raises:
            UserError: there is none, or it cannot be read.
        """
        content = parse_json_object(read_bounded(folder / RECORD, "search", most=_MOST_BYTES), RECORD)
        digest = content.pop("digest", None)
        found = parse_typed(cls, content, where=RECORD)
        PlanRecord.read(content["plan"], where=f"{RECORD}.plan")
        if found.digest != digest:
            raise UserError(f"{RECORD} has a digest mismatch")
        return found

    def as_json(self) -> dict[str, Any]:
        return {"digest": self.digest, "plan": self.plan.as_json(), "budget": self.budget}

    @cached_property
    def digest(self) -> str:
        """A SHA-256 of all that the search depends on."""
        identity: Mapping[str, Any] = {"search of": self.plan.digest, "budget": self.budget}
        return hashlib.sha256(to_canonical_json(identity)).hexdigest()

    @property
    def folder_name(self) -> str:
        """The name of its folder, where the user gives none."""
        return f"{safe_name(self.plan.data.name)}-search-{self.digest[:12]}"

    def units(self) -> Iterator[SearchUnit]:
        """The search in pieces, whatever the batch size."""
        layout = self.plan.layout
        for model in layout.models:
            for start in range(0, layout.examples, _EXAMPLES_PER_UNIT):
                stop = min(start + _EXAMPLES_PER_UNIT, layout.examples)
                yield SearchUnit(model, start, stop, 0, 1, layout.attacks, budget=self.budget)


class SearchWork(UnitWork):
    """Searches the examples of a unit, and draws at random beside it."""

    @cached_property
    def _evidence(self) -> WordEvidence:
        return WordEvidence.of(self.plan.dataset.examples, self.plan.segmenter)

    def work_on(self, unit: WorkUnit, classifier: Classifier, listener: Listener) -> pa.Table:
        assert isinstance(unit, SearchUnit)
        plan, examples = self.plan, self.plan.examples[unit.start : unit.stop]

        def predict(texts: list[str]) -> Predictions:
            found = predict_all(
                classifier,
                texts,
                model=unit.model,
                batch_size=self.batch_size,
                error_policy=plan.error_policy,
            )
            listener(BatchPredicted(unit.model, len(texts)))
            return found

        parts = []
        for number, attack in enumerate(plan.attacks):
            searched, drawn = (
                how(
                    examples,
                    attack.attack,
                    predict,
                    budget=unit.budget,
                    seed=plan.seed,
                    segmenter=plan.segmenter,
                )
                for how in (partial(search, evidence=self._evidence), draw_until_failure)
            )
            parts.append(_table(unit.start, number, searched, drawn))
        return pa.concat_tables(parts)


def _table(first: int, attack: int, searched: Sequence[Search], drawn: Sequence[Search]) -> pa.Table:
    rows = [
        {
            "example": first + place,
            "attack": attack,
            "prediction": None if one.prediction < 0 else one.prediction,
            "queries": one.queries,
            "failed_after": one.failed_after,
            "text": one.text,
            "failed_prediction": one.failed_prediction,
            "start": [edit.start for edit in one.edits],
            "stop": [edit.stop for edit in one.edits],
            "replacement": [edit.replacement for edit in one.edits],
            "random_queries": other.queries,
            "random_failed_after": other.failed_after,
        }
        for place, (one, other) in enumerate(zip(searched, drawn, strict=True))
    ]
    return pa.Table.from_pylist(rows, schema=SEARCHES)


def edits_of(row: Mapping[str, Any]) -> tuple[Edit, ...]:
    """The edits of a row of `SEARCHES`."""
    return tuple(map(Edit, row["start"], row["stop"], row["replacement"]))


def execute_search(
    plan: Plan,
    budget: int,
    folder: Path,
    *,
    batch_size: int | None = None,
    listener: Listener = lambda _: None,
    executor: Executor | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> None:
    """Search the examples of a plan and store what was found in `folder`; units that are there are kept.

    Raises:
        UserError: the folder cannot be used, or an attack's edits cannot be listed.
        ModelError: a model failed or broke its contract; finished units are kept.
    """
    record = SearchRecord(plan=plan.planned, budget=budget)
    check_writable(folder)
    _check_own(folder, record)
    folder = folder.absolute()  # a model may change the working folder
    with locked(folder) as lock, closing(executor or InProcess()) as workers:
        columns = {name: [getattr(each, name) for each in plan.examples] for name in EXAMPLES.names}
        write_atomically(folder / EXAMPLES_FILE, table_as_bytes(pa.table(columns, schema=EXAMPLES)))
        write_atomically(folder / RECORD, to_pretty_json(record.as_json()))
        create_folder(_shard(folder, next(record.units())).parent)
        units = list(record.units())
        missing = [unit for unit in units if not _is_done(folder, unit, record, tell)]
        done = {
            model: sum(unit.queries for unit in units if unit.model == model and unit not in missing)
            for model in plan.planned.layout.models
        }
        of_model = sum(unit.queries for unit in units) // len(done)
        listener(RunStarted(folder, done, of_model, until_decided=True, counted="texts"))
        for unit, table in workers.run(missing, SearchWork(plan, batch_size), listener):
            lock.check_held()
            whose = {b"search": record.digest.encode(), b"unit": unit.name.encode()}
            write_atomically(_shard(folder, unit), table_as_bytes(table.replace_schema_metadata(whose)))
            listener(UnitDone(unit.model, unit.queries))


def read_searches(folder: Path, unit: WorkUnit, record: SearchRecord) -> pa.Table:
    """What was found for the examples of a unit (`SEARCHES`).

    Raises:
        UserError: it is not there, cannot be read, or is of another search or unit.
    """
    path = _shard(folder, unit)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{str(path)!r} cannot be read: {error.strerror or error}") from error
    table = table_from(data, SEARCHES, where=str(path))
    said = table.schema.metadata or {}
    if (said.get(b"search"), said.get(b"unit")) != (record.digest.encode(), unit.name.encode()):
        raise UserError(f"{path} is a shard of another search or unit")
    return table


def _shard(folder: Path, unit: WorkUnit) -> Path:
    return folder / "searches" / f"{unit.name}.parquet"


def _is_done(folder: Path, unit: WorkUnit, record: SearchRecord, tell: Callable[[str], None]) -> bool:
    if not exists(_shard(folder, unit)):
        return False
    try:
        read_searches(folder, unit, record)
    except UserError as error:
        tell(f"{error}: done again")
        return False
    return True


def _check_own(folder: Path, record: SearchRecord) -> None:
    """Refuse a folder that holds a run, or another search."""
    another = f"choose another {option('output')}"
    if exists(folder / MANIFEST):
        raise UserError(f"output folder {str(folder)!r} holds a run: {another}")
    if exists(folder / RECORD) and SearchRecord.read(folder).digest != record.digest:
        raise UserError(f"output folder {str(folder)!r} holds another search: {another}")
