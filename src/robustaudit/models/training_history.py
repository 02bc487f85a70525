"""The history of a training: losses by step and epoch, and predictions on the validation split."""

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from robustaudit.core.errors import UserError
from robustaudit.core.files import write_atomically
from robustaudit.core.typed_values import parse_typed
from robustaudit.core.validation import check_known

HISTORY = "history.jsonl"
VALIDATION = "validation.parquet"

_COLUMN_TYPES: dict[str, pa.DataType] = {
    "example": pa.string(),
    "group": pa.string(),
    "label": pa.int64(),
    "prediction": pa.int64(),
    "probability": pa.float32(),
}
_COLUMNS = pa.schema(_COLUMN_TYPES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One optimiser step, counted from 1 over all epochs, and the mean loss of its batch before it."""

    step: int
    epoch: int
    train_loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """One pass over the training examples: mean losses per example, accuracy and F1 as fractions.

    `seconds` counts the evaluation too; the GPU's bytes, held and at peak, are null where there is none.
    """

    epoch: int
    train_loss: float
    validation_loss: float
    validation_accuracy: float
    validation_f1: float
    seconds: float
    evaluation_seconds: float
    peak_rss_bytes: int
    gpu_bytes: int | None
    gpu_peak_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingHistory:
    """A training from its first step to its last epoch; not every step is kept.

    `perturbed` are the epochs' validation accuracies under attack, if they are measured; they are not stored.
    """

    steps: tuple[Step, ...]
    epochs: tuple[Epoch, ...]
    perturbed: tuple[float, ...] = ()

    @property
    def accuracies(self) -> tuple[tuple[float, float], ...]:
        """The validation accuracies of each epoch, clean and under attack."""
        clean = [epoch.validation_accuracy for epoch in self.epochs]
        return tuple(zip(clean, self.perturbed, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationPredictions:
    """The answers of the stored weights on the validation split, one for each example, with its group.

    The arrays are of shape (n_examples,); `probabilities` are those of the true label.
    """

    examples: tuple[str, ...]
    groups: tuple[str, ...]
    labels: NDArray[np.int64]
    predictions: NDArray[np.int64]
    probabilities: NDArray[np.float32]


_KINDS: Mapping[str, type[Step | Epoch]] = MappingProxyType({"step": Step, "epoch": Epoch})


def write_history(history: TrainingHistory, folder: Path) -> None:
    """Put a history into `folder`, each epoch after its steps."""
    records: list[Step | Epoch] = [*history.steps, *history.epochs]
    records.sort(key=lambda record: record.epoch)
    lines = (
        json.dumps({"kind": type(record).__name__.lower(), **asdict(record)}) + "\n" for record in records
    )
    write_atomically(folder / HISTORY, "".join(lines).encode())


def read_history(folder: Path) -> TrainingHistory:
    """The history that lies in `folder`."""
    where = f"training history {str(folder / HISTORY)!r}"
    lines = _read(folder / HISTORY, where).decode(errors="replace").splitlines()
    records = [_record(line, f"{where}, line {number}") for number, line in enumerate(lines, start=1)]
    epochs = tuple(record for record in records if isinstance(record, Epoch))
    if not epochs:
        raise UserError(f"{where} holds no epoch: it is truncated or corrupt")
    return TrainingHistory(
        steps=tuple(record for record in records if isinstance(record, Step)), epochs=epochs
    )


def write_validation(validation: ValidationPredictions, folder: Path) -> None:
    """Put the answers into `folder`."""
    columns = {
        "example": validation.examples,
        "group": validation.groups,
        "label": validation.labels,
        "prediction": validation.predictions,
        "probability": validation.probabilities,
    }
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns, schema=_COLUMNS), buffer, compression="zstd")
    write_atomically(folder / VALIDATION, buffer.getvalue())


def read_validation(folder: Path) -> ValidationPredictions:
    """The answers that lie in `folder`."""
    where = f"validation answers {str(folder / VALIDATION)!r}"
    content = _read(folder / VALIDATION, where)
    try:
        table = pq.read_table(io.BytesIO(content))
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"{where} are no Parquet file: they are truncated or corrupt") from error
    if not table.schema.equals(_COLUMNS) or any(column.null_count for column in table.columns):
        names = ", ".join(f"{field.name} ({field.type})" for field in _COLUMNS)
        raise UserError(f"{where} must have the columns {names}, and no nulls: retrain the model")
    labels, predictions, probabilities = (column.to_numpy() for column in table.columns[2:])
    return ValidationPredictions(
        examples=tuple(str(example) for example in table["example"].to_pylist()),
        groups=tuple(str(group) for group in table["group"].to_pylist()),
        labels=labels,
        predictions=predictions,
        probabilities=probabilities,
    )


def _read(path: Path, where: str) -> bytes:
    if not path.is_file():
        raise UserError(f"{where} is not there: retrain the model")
    return path.read_bytes()


def _record(line: str, where: str) -> Step | Epoch:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{where} is not JSON: it is truncated or corrupt") from error
    kind = content.pop("kind", None) if isinstance(content, dict) else None
    if not isinstance(kind, str):
        raise UserError(f"{where} has no kind (step or epoch): retrain the model")
    record: Step | Epoch = parse_typed(
        _KINDS[check_known(f"kind in {where}", kind, _KINDS)], content, where=where
    )
    return record
