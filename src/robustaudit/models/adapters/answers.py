"""Labels that a model answered with, as the classes they are."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Answer = NDArray[np.float64] | NDArray[np.int64]


def as_answer(given: Any, labels: Sequence[str]) -> Answer:  # noqa: ANN401
    """Probabilities as they are, and labels, one for each text, as the numbers of their classes.

    A whole number is the label of that name where all labels are whole numbers, and else counts from 0; true
    is 1.

    Raises:
        ValueError: an answer is none of the labels.
    """
    array = np.asarray(given)
    if array.dtype.kind == "b":
        array = array.astype(np.int64)
    if array.ndim != 1 or array.dtype.kind == "f":
        return array.astype(np.float64)
    if array.dtype.kind in "iu" and not all(label.lstrip("-").isdecimal() for label in labels):
        return array.astype(np.int64)
    places = {label: place for place, label in enumerate(labels)}
    names = [str(label) for label in array.tolist()]
    for name in names:
        if name not in places:
            raise ValueError(f"{name!r} is none of the labels {', '.join(labels)}")
    return np.array([places[name] for name in names], dtype=np.int64)
