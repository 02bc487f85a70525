"""What a model gives its answers in, as plain lists and arrays: tensors, frames, series, generators."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Frame:
    """A table of answers, a row for each text: the names of its columns, and their values."""

    names: tuple[object, ...]
    values: list[list[Any]]

    @property
    def is_unnamed(self) -> bool:
        """Whether its columns have only the names that a library gives where none are given."""
        counted = tuple(range(len(self.names)))
        return self.names == counted or self.names == tuple(f"column_{place}" for place in counted)


def unpacked(given: Any, texts: int) -> Any:  # noqa: ANN401
    """A frame, an array, or a list of answers to so many texts, whatever holds them.

    Raises:
        ValueError: it has no order, or not that of the texts.
    """
    if hasattr(given, "detach"):  # a tensor of torch, which may be on a device or on the tape
        return _of_tensor(given)
    if hasattr(given, "columns") or hasattr(given, "column_names"):
        return _of_frame(given)
    if hasattr(given, "toarray"):  # a sparse matrix
        return given.toarray()
    if hasattr(given, "to_list") and hasattr(given, "dtype"):
        _check_index(given)
        return given.to_list()
    if isinstance(given, set | frozenset):
        raise ValueError("answered with a set, which has no order")  # noqa: TRY004
    if hasattr(given, "__await__"):
        given.close()
        raise ValueError("answered with a coroutine: give a function that waits for its answer")
    if isinstance(given, Iterator):
        given = list(islice(given, texts + 1))  # one that never ends is seen by one too many
    if isinstance(given, list | tuple):
        return [_of_item(item) for item in given]
    return given if isinstance(given, Mapping | str | bytes) else np.asarray(given)


def _of_item(item: Any) -> Any:  # noqa: ANN401
    if hasattr(item, "detach"):
        item = _of_tensor(item)
    return item.tolist() if isinstance(item, np.ndarray | np.generic) else item


def _of_tensor(tensor: Any) -> Any:  # noqa: ANN401
    tensor = tensor.detach().cpu()
    # NumPy has no bfloat16.
    return tensor.double().numpy() if tensor.is_floating_point() else tensor.numpy()


def _of_frame(frame: Any) -> Frame:  # noqa: ANN401
    """That of pandas, Polars or Arrow."""
    _check_index(frame)
    if hasattr(frame, "to_pylist"):
        rows = [list(row.values()) for row in frame.to_pylist()]
        return Frame(tuple(frame.column_names), rows)
    return Frame(tuple(frame.columns), frame.to_numpy().tolist())


def _check_index(rows: Any) -> None:  # noqa: ANN401
    """Refuse rows that were put into another order than that of the texts."""
    index: Any = getattr(rows, "index", None)
    numbers = list(index) if hasattr(index, "dtype") and index.dtype.kind in "iu" else []
    if numbers != sorted(numbers) and sorted(numbers) == list(range(len(numbers))):
        raise ValueError(
            "answered with rows that are not in the order of the texts, as their index says: "
            "sort them by it, or drop it with reset_index(drop=True)"
        )
