"""Outputs of external models as probabilities or classes."""

import numbers
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.display import visible
from robustaudit.core.errors import ModelError, UserError
from robustaudit.core.spelling import option
from robustaudit.models.adapters.class_names import AmbiguousClassError, ClassNames, is_missing, short_repr
from robustaudit.models.adapters.containers import OutputFrame, to_plain_values
from robustaudit.models.classifier import MissingPredictions

ONE_TEXT = "a function of one text says so, as in `def classify(text: str)`"
_MOST = 12  # names that a message lists

T = TypeVar("T")

Outputs = NDArray[np.float64] | NDArray[np.int64]


def labels_of_data_hint() -> str:
    """How to mend an answer that is none of the labels, where these are the data's."""
    return f" of the data: give {option('label_map')} with the class of each"


def parse_outputs(
    given: Any,  # noqa: ANN401
    labels: Sequence[str],
    *,
    texts: Sequence[str],
    where: str,
    ordered: bool = True,
    to_name: str = "",
    hint: str = "",
) -> Outputs:
    """Scores as they are, in the order of the classes, or labels, one for each text, as their classes.

    Where the labels are not `ordered`, an answer must name them; `to_name` is how to name the model so. The
    `hint` follows a message on an answer that is none of them.

    Raises:
        UserError: labels are in no known order, and the answer names none.
        ModelError: what is answered cannot be read, whatever the texts.
        MissingPredictions: some texts have no label of the model's.
    """
    try:
        return _OutputParser(ClassNames(labels, ordered=ordered, hint=hint), texts).read(given)
    except AmbiguousClassError as error:
        named = f", or name them so, as in {visible(to_name)}" if to_name else ""
        raise UserError(
            f"{where} answers with numbers, and the labels of the data are names: give it an "
            f"attribute `labels`, which has {', '.join(labels)} in the order of its classes{named}"
        ) from error
    except ValueError as error:
        raise ModelError(f"{where} {error}") from error


class _OutputParser:
    """Parses the outputs for a batch of texts."""

    def __init__(self, classes: ClassNames, texts: Sequence[str]) -> None:
        self._classes = classes
        self._texts = texts

    def read(self, given: Any) -> Outputs:  # noqa: ANN401
        found = to_plain_values(given, self._texts)
        if isinstance(found, Mapping):
            found = self._of_mapping(found)
        if isinstance(found, OutputFrame):
            answer = self._of_frame(found)
        elif isinstance(found, np.ndarray):
            answer = self._of_array(found)
        else:
            answer = self._of_list(found) if isinstance(found, list) else self._refuse(found)
        return self._refuse(given) if len(answer) == 1 < len(self._texts) else answer

    def _of_list(self, found: list[Any]) -> Outputs:
        if len(found) == 1 < len(self._texts):
            self._refuse(found, "a list of one answer")
        if any(isinstance(item, Mapping) or _is_scored(item) for item in found):
            return self._of_rows(found)
        if any(isinstance(item, list | tuple) for item in found):
            nothing = [np.nan] * len(self._classes.labels)
            return self._of_array(_rectangular([nothing if is_missing(row) else row for row in found]))
        return self._of_labels(found)

    def _of_array(self, found: NDArray[Any]) -> Outputs:
        if found.ndim == 0:
            self._refuse(found.item())
        if found.ndim == 2 and found.shape[1] == 1:  # noqa: PLR2004  (rows and columns)
            found = found[:, 0]
        if found.ndim == 3 and found.shape[1] == 1:  # noqa: PLR2004  (a function of one text gave rows of its own)
            found = found[:, 0]
        if found.ndim == 1:
            return self._of_list(found.tolist())
        self._classes.check_order()
        return _as_floats(found)

    def _of_frame(self, frame: OutputFrame) -> Outputs:
        columns = list(frame.names)
        if len(columns) == 1:
            return self._of_list([value for (value,) in frame.values])
        if "label" in columns and not self._classes.knows("label"):
            return self._of_list([row[columns.index("label")] for row in frame.values])
        if frame.is_unnamed and not self._classes.are_numbers:
            return self._of_array(_rectangular(frame.values))
        order = self._places_of(columns)
        if frame.is_unnamed and order != sorted(order):
            raise ValueError(
                f"answered with columns {_listed(columns)}, which may be the labels {self._classes.listed}, "
                "or count them from 0: name the columns, or answer with an array"
            )
        return _as_floats(_rectangular(frame.values))[:, np.argsort(order)]

    def _of_mapping(self, given: Mapping[Any, Any]) -> list[Any] | OutputFrame:
        """A row, or the columns that a dictionary holds."""
        if "logits" in given:
            raise ValueError("answered with logits: give their softmax, as in output.logits.softmax(dim=-1)")
        if len(self._texts) == 1 and not all(hasattr(value, "__len__") for value in given.values()):
            return [given]
        values = [to_plain_values(value, self._texts) for value in given.values()]
        columns = [value.tolist() if isinstance(value, np.ndarray) else value for value in values]
        if not all(isinstance(column, list) and len(column) == len(self._texts) for column in columns):
            self._refuse(dict(given))
        return OutputFrame(tuple(given), [list(row) for row in zip(*columns, strict=True)])

    def _of_rows(self, found: Sequence[Any]) -> Outputs:
        """Labels with their scores: one for each text, several, or all, as pipelines of transformers give."""
        rows = [_row(item, classes=len(self._classes.labels)) for item in found]
        if not all(isinstance(row, _Scores) or is_missing(row) for row in rows):
            return self._of_labels([_best(row) if isinstance(row, _Scores) else row for row in rows])
        reasons: dict[int, str] = {}
        scores = [self._tried(self._in_order, row, place, reasons) for place, row in enumerate(rows)]
        nothing = [np.nan] * len(self._classes.labels)
        return _answer(_as_floats(_rectangular([row or nothing for row in scores])), reasons)

    def _of_labels(self, found: Sequence[Any]) -> Outputs:
        """One label for each text."""
        shares = [item for item in found if isinstance(item, float) and item % 1 > 0]
        if shares and len(found) == len(self._classes.labels) != len(self._texts):
            self._refuse(found)
        if shares:
            raise ValueError(
                f"gave one number for each text, such as {shares[0]:.3g}: answer with a label for each, or "
                f"with a probability for each of {self._classes.listed}, as [1 - p, p] where there are two"
            )
        reasons: dict[int, str] = {}
        places = [self._tried(self._classes.place, item, row, reasons) for row, item in enumerate(found)]
        return _answer(np.array([-1 if place is None else place for place in places], np.int64), reasons)

    def _tried(self, read: Callable[[Any], T], item: object, row: int, reasons: dict[int, str]) -> T | None:
        try:
            return read(item)
        except AmbiguousClassError:
            raise
        except ValueError as error:
            reasons[row] = str(error)
            return None

    def _in_order(self, scores: Any) -> list[Any]:  # noqa: ANN401
        if is_missing(scores):
            raise ValueError(f"gave no prediction, but {short_repr(scores)}")
        by_place = dict(zip(self._places_of(list(scores)), scores.values(), strict=True))
        return [by_place[place] for place in sorted(by_place)]

    def _places_of(self, names: Sequence[Any]) -> list[int]:
        """The class that each of some names means, which must be all classes."""
        try:
            places = [self._classes.place(name) for name in names]
        except AmbiguousClassError:
            raise
        except ValueError:
            places = []
        if sorted(places) != list(range(len(self._classes.labels))):
            raise ValueError(f"gave scores of {_listed(names)}, not of the labels {self._classes.listed}")
        return places

    def _refuse(self, given: object, what: str = "one answer") -> NoReturn:
        raise ValueError(
            f"gave {what}, {short_repr(given)}, for {len(self._texts)} texts: it gets a list of texts, and "
            f"gives an answer for each; {ONE_TEXT}"
        )


class _Scores(dict[Any, Any]):
    """The scores of some labels for one text."""


def _answer(found: Outputs, reasons: Mapping[int, str]) -> Outputs:
    if reasons:
        raise MissingPredictions(found, reasons)
    return found


def _is_scored(item: object) -> bool:
    """Whether an item is a pipeline's output for one text with several scores."""
    return isinstance(item, list) and bool(item) and all(isinstance(each, Mapping) for each in item)


def _row(item: Any, *, classes: int) -> Any:  # noqa: ANN401
    """The output for one text: its label, or the scores of all labels."""
    if _is_scored(item) and all({"label", "score"} <= set(each) for each in item):
        scores = _checked([each["label"] for each in item], [each["score"] for each in item])
        return scores if len(item) == classes else _best(scores)
    if isinstance(item, Mapping) and "label" in item:
        return item["label"]
    if isinstance(item, Mapping) and {"labels", "scores"} <= set(item):
        return _checked(item["labels"], item["scores"])
    return _checked(list(item), list(item.values())) if isinstance(item, Mapping) else item


def _checked(labels: Any, scores: Any) -> _Scores:  # noqa: ANN401
    """Scores by their labels, which are as many."""
    if not all(isinstance(each, list | tuple) for each in (labels, scores)) or len(labels) != len(scores):
        raise ValueError(f"answered with the labels {short_repr(labels)} for the scores {short_repr(scores)}")
    try:
        return _Scores(zip(labels, _real(scores), strict=True))
    except TypeError as error:  # what cannot be looked up
        raise ValueError(f"answered with the labels {short_repr(labels)}, which are none") from error


def _best(scores: Mapping[Any, Any]) -> Any:  # noqa: ANN401
    return max(scores, key=lambda name: -np.inf if is_missing(scores[name]) else scores[name], default=None)


def _rectangular(rows: Sequence[Any]) -> NDArray[Any]:
    """Rows of one length as an array, of objects where they hold more than numbers."""
    lengths = {len(row) if isinstance(row, list | tuple) else 0 for row in rows}
    if len(lengths) > 1:
        raise ValueError(f"gave rows of different lengths, {' and '.join(map(str, sorted(lengths)))}")
    try:
        found = np.array(rows)
    except ValueError:
        raise ValueError("gave rows that hold lists of different lengths") from None
    return np.array(rows, dtype=object) if found.dtype.kind in "US" else found


def _as_floats(scores: NDArray[Any]) -> NDArray[np.float64]:
    """Scores of real numbers, and of nothing that only looks like them."""
    if scores.dtype.kind in "fiub":
        return scores.astype(np.float64)
    return np.array(_real(scores.ravel().tolist()), np.float64).reshape(scores.shape)


def _real(values: Sequence[Any]) -> list[float]:
    """Numbers as floats, and NaN for what is missing."""
    values = [each.item() if hasattr(each, "detach") else each for each in values]
    values = [np.nan if is_missing(each) else each for each in values]
    odd = next((each for each in values if not isinstance(each, numbers.Real | Decimal)), None)
    if odd is not None:
        raise ValueError(
            f"answered with scores such as {short_repr(odd)}, which is a {type(odd).__name__}, no real number"
        )
    return [_as_float(each) for each in values]


def _as_float(number: Any) -> float:  # noqa: ANN401
    try:
        return float(number)
    except OverflowError:
        return np.inf


def _listed(names: Sequence[object]) -> str:
    return ", ".join(map(_name, names[:_MOST])) + (", …" if len(names) > _MOST else "")


def _name(name: object) -> str:
    return name if isinstance(name, str) else short_repr(name)
