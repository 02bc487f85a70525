"""A shard: the trials of one unit as Parquet, which says itself whose unit it is."""

from dataclasses import asdict
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from robustaudit.core.documents import canonical
from robustaudit.core.errors import UserError
from robustaudit.engine.trials import TRIALS
from robustaudit.engine.units import Layout, Unit

_PLAN, _UNIT = b"robustaudit.plan", b"robustaudit.unit"
_ANSWERS = ("clean_prediction", "perturbed_prediction")
_MAY_LACK = (
    *_ANSWERS,
    "clean_again_prediction",
    "clean_probability",
    "perturbed_probability",
    "clean_probabilities",
    "perturbed_probabilities",
    "error",
)


def shard_of(trials: pa.Table, unit: Unit, *, plan: str) -> bytes:
    """The trials of a unit of the plan with that digest."""
    said = trials.schema.metadata or {}
    return table_as_bytes(trials.replace_schema_metadata(said | _said_of(unit, plan)))


def table_as_bytes(table: pa.Table) -> bytes:
    """A table as Parquet whose pages carry checksums, for whoever reads it alone."""
    buffer = BytesIO()
    pq.write_table(table, buffer, compression="zstd", write_page_checksum=True)
    return buffer.getvalue()


def table_from(data: bytes, schema: pa.Schema, *, where: str) -> pa.Table:
    """A table of just those columns.

    Raises:
        UserError: it cannot be read, or has others.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
        table = file.read() if file.schema_arrow.equals(schema) else None
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"{where} cannot be read: {error}") from error
    if table is None:
        raise UserError(f"{where} has other columns than this version writes")
    return table


def trials_of(data: bytes, unit: Unit, layout: Layout, *, plan: str, where: str) -> pa.Table:
    """The trials of a shard.

    Raises:
        UserError: it cannot be read, is of another version, plan or unit, or lacks trials of its unit.
    """
    table = table_from(data, TRIALS, where=where)
    said = table.schema.metadata or {}
    if any(said.get(key) != value for key, value in _said_of(unit, plan).items()):
        raise UserError(f"{where} is a shard of another plan or unit")
    if wrong := _misfit(table, unit, layout):
        raise UserError(f"{where} does not hold the trials of its unit: column {wrong!r} has others")
    rest = {key: value for key, value in said.items() if key not in (_PLAN, _UNIT)}
    return table.replace_schema_metadata(rest)


def _said_of(unit: Unit, plan: str) -> dict[bytes, bytes]:
    return {_PLAN: plan.encode(), _UNIT: canonical(asdict(unit))}


def _misfit(trials: pa.Table, unit: Unit, layout: Layout) -> str | None:
    """The first column that no such unit has."""
    places = layout.places(unit)
    each = len(unit.attacks)
    expected = {
        "model": [unit.model] * len(places) * each,
        "attack": [attack for attack in unit.attacks for _ in places],
        "draw": [draw for _, draw in places] * each,
        "trial": [layout.trial(unit.start + row, draw) for row, draw in places] * each,
    }
    for name, values in expected.items():
        if trials[name].to_pylist() != values:
            return name
    for name in trials.column_names:
        if name not in _MAY_LACK and trials[name].null_count:
            return name
        if _lacks_inside(trials[name]):
            return name
    without_reason = trials.filter(pc.is_null(trials["error"]))
    return next((name for name in _ANSWERS if without_reason[name].null_count), None)


def _lacks_inside(column: "pa.ChunkedArray[Any]") -> bool:
    """Whether a list in the column holds nothing where something has to be."""
    inner: Any = column.combine_chunks()
    while pa.types.is_list(inner.type):
        inner = inner.flatten()
        if inner.null_count:
            return True
    return pa.types.is_struct(inner.type) and any(part.null_count for part in inner.flatten())
