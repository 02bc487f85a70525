"""The names of a run's classes: decided once, when a run is planned, and read from there by every report."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_known

_NUMBER = re.compile(r"[+-]?\d+(\.0*)?")
_UNNAMED = re.compile(r"LABEL_\d+|–")  # no name in transformers; a class that a model lacks
_BY_NAME, _BY_NUMBER = "name:", "number:"


@dataclass(frozen=True, slots=True)
class NamedClasses:
    """The name of each class by its number in the trials; None for a class that has only a number."""

    names: tuple[str | None, ...] = ()

    @classmethod
    def of(cls, plan: Mapping[str, Any]) -> "NamedClasses":
        """The classes of a stored plan."""
        return cls(tuple(plan.get("class_names", ())))

    def name(self, number: int) -> str:
        """The name of a class, or else its number."""
        known = self.names[number] if 0 <= number < len(self.names) else None
        return str(number) if known is None else known

    def find(self, given: str | int, *, kind: str = "label") -> int:
        """The number of the class that is given by its name or its number.

        Raises:
            UserError: there is no such class, or the name of one is the number of another.
        """
        written = str(given).strip()
        if written in self.names:
            by_name: int | None = self.names.index(written)
        else:
            folded = [name and name.casefold() for name in self.names]
            by_name = folded.index(written.casefold()) if folded.count(written.casefold()) == 1 else None
        by_number = {str(number): number for number in range(len(self.names))}.get(written)
        if by_name is not None and by_number is not None and by_name != by_number:
            raise UserError(
                f"{kind} {written!r} can be read in two ways: give {_BY_NAME + written!r} for the class of "
                f"that name, which is number {by_name}, or {_BY_NUMBER + written!r} for class number "
                f"{by_number}, {self.name(by_number)!r}"
            )
        found = by_number if by_name is None else by_name
        return self._told(written, kind) if found is None else found

    def _told(self, written: str, kind: str) -> int:
        """The class that is given in one way alone: `name:1` or `number:1`."""
        numbers = {f"{_BY_NUMBER}{number}": number for number in range(len(self.names))}
        names = {f"{_BY_NAME}{self.name(number)}": number for number in range(len(self.names))}
        known = {**numbers, **names}
        if written in known:
            return known[written]
        check_known(kind, written, [self.name(number) for number in range(len(self.names))])
        raise AssertionError(written)  # each of these names is found


def class_text(name: str) -> str:
    """The name of a class where nothing else says what it is: a number is `label 1`."""
    return f"label {name}" if _NUMBER.fullmatch(name) else name


def class_names(
    data_names: Sequence[tuple[int, str]], model_names: Sequence[Sequence[str]]
) -> tuple[str | None, ...]:
    """The name of each class: what the data calls it, or else what the first model does that names it.

    `data_names` are pairs of a class's number and what the data writes for it; `model_names` are the classes
    of each model by number. Words come before numbers, and a class's own number is no name. Each name is of
    one class.
    """
    width = max((len(names) for names in model_names), default=0)
    found: dict[int, str] = {}
    for number in range(width):
        said = [name for place, name in data_names if place == number]
        said += [names[number] for names in model_names if number < len(names)]
        said = [name for name in said if not _UNNAMED.fullmatch(name) and name.strip()]
        words = [name for name in said if not _NUMBER.fullmatch(name.strip())]
        if name := next((name for name in (*words, *said) if name != str(number)), None):
            found[number] = name
    return tuple(_each_once(found, width))


def _each_once(names: Mapping[int, str], width: int) -> Iterator[str | None]:
    """The names; the number stands behind one that another class has, or is a word where it is a name."""
    taken: set[str] = set()
    for number in range(width):
        name = names.get(number)
        if name is None and str(number) not in names.values():
            yield None
            continue
        name = name or f"class {number}"
        others = {other for place, other in names.items() if place != number}
        while name in taken or (name != names.get(number) and name in others):
            name = f"{name} ({number})"
        taken.add(name)
        yield name
