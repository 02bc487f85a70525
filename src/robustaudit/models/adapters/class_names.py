"""The class that a predicted label names."""

import numbers
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import numpy as np

K = TypeVar("K")

_SHOWN = 80
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?", re.ASCII)
_HELD = re.compile(r"[+-]?\d+", re.ASCII)
_PLACE = re.compile(r"LABEL_(\d+)", re.ASCII)


class AmbiguousClassError(ValueError):
    """A predicted number that may be a class or a label: nothing says which."""


class ClassNames:
    """The classes of a model by their labels: by name, by the number that a name spells, or by place.

    A number means the label that spells it: 1, 1.0, "1" and true are all the label `1`. Only where no label
    spells a number does it count the classes from 0.
    """

    def __init__(self, labels: Sequence[str], *, ordered: bool = True, hint: str = "") -> None:
        self.labels = tuple(labels)
        self._hint = hint  # where an answer is none of the labels
        self._ordered = ordered
        self._places = {label: place for place, label in enumerate(labels)}
        self._folded = _unique((_folded(label), place) for label, place in self._places.items())
        spelled = ((_spelled(label), place) for label, place in self._places.items())
        self._numbers = _unique((number, place) for number, place in spelled if number is not None)
        self._may_count = all(_held(label, len(labels)) <= {place} for label, place in self._places.items())

    @property
    def are_numbers(self) -> bool:
        """Whether a label spells a number, so that numbers are names and count nothing."""
        return bool(self._numbers)

    @property
    def listed(self) -> str:
        return ", ".join(self.labels)

    def knows(self, name: str) -> bool:
        return _folded(name) in self._folded

    def check_order(self) -> None:
        """Refuse what has only the order of the classes to say which they are."""
        if not self._ordered:
            raise AmbiguousClassError

    def place(self, given: object) -> int:
        """The class that a label means.

        Raises:
            ValueError: it is no label.
        """
        if isinstance(given, np.generic):
            given = given.item()
        if isinstance(given, bytes):
            given = given.decode(errors="replace")
        if isinstance(given, str):
            return self._of_name(given)
        if is_missing(given):
            raise ValueError(f"gave no prediction, but {short_repr(given)}")
        if isinstance(given, bool) and self.knows(str(given)):
            return self._of_name(str(given))
        if isinstance(given, numbers.Real | Decimal):
            return self._of_number(given)
        raise ValueError(f"answered with {short_repr(given)}, which is no label")

    def _of_name(self, name: str) -> int:
        if name in self._places:
            return self._places[name]
        found = self._folded.get(_folded(name))
        number = _spelled(name)
        if found is None and number is not None:
            return self._of_number(number)
        counted = _PLACE.fullmatch(name)  # what transformers calls classes without names
        if found is None and counted and not any(map(_PLACE.fullmatch, self.labels)):
            return self._of_count(int(counted[1]))
        if found is None:
            raise self._no_label(short_repr(name))
        return found

    def _of_number(self, number: Any) -> int:  # noqa: ANN401  (all kinds of numbers are equal alike)
        if number in self._numbers:
            return self._numbers[number]
        told = str(number) if isinstance(number, Decimal) else short_repr(number)
        if self._numbers or not _is_whole(number):
            raise self._no_label(told)
        if not self._may_count:
            raise ValueError(
                f"answered with {told}, which may count the labels {self.listed} from 0, or mean "
                "the one that holds that number: answer with the label itself"
            )
        return self._of_count(int(number))

    def _no_label(self, told: str) -> ValueError:
        return ValueError(f"answered with {told}, which is none of the labels {self.listed}{self._hint}")

    def _of_count(self, number: int) -> int:
        self.check_order()
        if not 0 <= number < len(self.labels):
            raise ValueError(
                f"predicted class {short_repr(number)}, of which there are {len(self.labels)}, from 0"
            )
        return number


def _spelled(label: str) -> Decimal | None:
    """The number that a label spells, all of it."""
    return Decimal(label.strip()) if _NUMBER.fullmatch(label.strip()) else None


def _held(label: str, classes: int) -> set[int]:
    """The numbers that a label holds and that may be meant by the number of a class, from 0 or from 1."""
    return {int(number) for number in _HELD.findall(label)} & set(range(classes + 1))


def _is_whole(number: Any) -> bool:  # noqa: ANN401
    try:
        return bool(number % 1 == 0)
    except ArithmeticError:  # an infinite Decimal
        return False


def is_missing(given: object) -> bool:
    """Whether a value is missing: None, NaN or pandas' own."""
    try:
        return given is None or bool(given != given)  # noqa: PLR0124  (as nothing else is)
    except (TypeError, ArithmeticError):
        return True


def short_repr(thing: object) -> str:
    """As much of an answer as a message holds, on one line."""
    try:
        return " ".join(repr(thing).split())[:_SHOWN]
    except Exception:  # noqa: BLE001  (whatever an object of others raises)
        return f"a {type(thing).__name__}"


def _folded(label: str) -> str:
    return label.strip().casefold()


def _unique(pairs: Iterable[tuple[K, int]]) -> dict[K, int]:
    """The names that only one class has."""
    found: dict[K, list[int]] = {}
    for key, place in pairs:
        found.setdefault(key, []).append(place)
    return {key: places[0] for key, places in found.items() if len(places) == 1}
