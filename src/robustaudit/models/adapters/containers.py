"""Model outputs (tensors, frames, series, generators) as plain lists and arrays."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, ValuesView
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class OutputFrame:
    """A table of answers, a row for each text: the names of its columns, and their values."""

    names: tuple[object, ...]
    values: list[list[Any]]

    @property
    def is_unnamed(self) -> bool:
        """Whether its columns have default names only (0, 1, …)."""
        counted = tuple(range(len(self.names)))
        return self.names == counted or self.names == tuple(f"column_{place}" for place in counted)


def to_plain_values(given: Any, texts: Sequence[str]) -> Any:  # noqa: ANN401
    """Outputs for `texts` as a frame, an array or a list, whatever type they came in.

    Raises:
        ValueError: it has no order, or not that of the texts.
    """
    if hasattr(given, "columns") or hasattr(given, "column_names"):
        return _of_frame(given, texts)
    if isinstance(given, set | frozenset):
        raise ValueError("answered with a set, which has no order")  # noqa: TRY004
    if hasattr(given, "__await__"):
        given.close()
        raise ValueError("answered with a coroutine: give a function that waits for its answer")
    if isinstance(given, Iterator | ValuesView):
        given = list(islice(given, len(texts) + 1))  # one that never ends is seen by one too many
    if isinstance(given, list | tuple):
        return [_of_item(item) for item in given]
    return given if isinstance(given, Mapping | str | bytes) else _of_whole(given, texts)


def _of_whole(given: Any, texts: Sequence[str]) -> Any:  # noqa: ANN401
    """A tensor, an array of any kind, or a series."""
    if hasattr(given, "detach"):  # a tensor of torch, which may be on a device or on the tape
        return _of_tensor(given)
    if hasattr(given, "toarray"):  # a sparse matrix
        return given.toarray()
    if hasattr(given, "to_list") and hasattr(given, "dtype"):
        _check_index(given, texts)
        return given.to_list()
    array = given if isinstance(given, np.ma.MaskedArray) else np.asarray(given)
    if array.dtype.names and array.ndim == 1:
        return OutputFrame(array.dtype.names, [list(row) for row in array.tolist()])
    return array.tolist() if isinstance(array, np.ma.MaskedArray) else array  # None where it is masked


def _of_item(item: Any) -> Any:  # noqa: ANN401
    if hasattr(item, "detach"):
        item = _of_tensor(item)
    return item.tolist() if isinstance(item, np.ndarray | np.generic) else item


def _of_tensor(tensor: Any) -> Any:  # noqa: ANN401
    tensor = tensor.detach().cpu()
    # NumPy has no bfloat16.
    return tensor.double().numpy() if tensor.is_floating_point() else tensor.numpy()


def _of_frame(frame: Any, texts: Sequence[str]) -> OutputFrame:  # noqa: ANN401
    """A frame of pandas, Polars, Arrow or the library `datasets`."""
    _check_index(frame, texts)
    if hasattr(frame, "column_names"):
        rows = frame.to_pylist() if hasattr(frame, "to_pylist") else frame.to_list()
        return OutputFrame(tuple(frame.column_names), [list(row.values()) for row in rows])
    return OutputFrame(tuple(frame.columns), frame.to_numpy().tolist())


def _check_index(rows: Any, texts: Sequence[str]) -> None:  # noqa: ANN401
    """Refuse rows whose index, of numbers or of texts, is not in the order of the texts."""
    index: Any = getattr(rows, "index", None)
    found = list(index) if hasattr(index, "dtype") else []
    for order in (list(range(len(texts))), list(texts)):
        if found != order and Counter(found) == Counter(order):
            raise ValueError(
                "answered with rows that are not in the order of the texts, as their index says: "
                "put them into it, or drop it with reset_index(drop=True)"
            )
