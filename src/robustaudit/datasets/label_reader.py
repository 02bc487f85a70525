"""Labels of a table: numbers, or names, which are numbered once all of them are known."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from numbers import Number
from typing import Any, TypeAlias

from robustaudit.core.display import short_repr
from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.core.spelling import named, option
from robustaudit.datasets.table import listed

_MOST_WORDS = 1000
_WHOLE = re.compile(r"([+-]?[0-9]{1,9})(?:\.0*)?")
_TRUTH = {"false": 0, "true": 1}

LabelMap: TypeAlias = Sequence[tuple[str, int | str]]
"""The class of each value, by its number or its name, or `LEFT_OUT`."""

LEFT_OUT = "-"
"""In a label map, in place of a class: examples of that value are left out."""

NO_MAP = "none"  # in place of a label map: labels are read as they are


class InvalidLabel(ValueError):
    """A value is not a label; the message says why."""


class MixedLabels(InvalidLabel):
    """Some labels are values that the label map maps, others the classes that it maps to."""


class LabelLeftOut(InvalidLabel):
    """The label map leaves examples of this value out."""

    def __init__(self, written: str) -> None:
        super().__init__(f"{short_repr(written)} is left out by the label map")
        self.written = written


class LabelReader:
    """Reads the labels of a table, and collects their names.

    Without a label map, all labels must be whole numbers, or all must be names. With one, all must be values
    that it maps, or all the classes that it maps to, which are taken as they are.
    """

    def __init__(self, given: LabelMap = ()) -> None:
        self._map = dict(given)
        spelt_keys = ((number_of_label(value), label) for value, label in reversed(given))
        self._map_of_numbers = {number: label for number, label in spelt_keys if number is not None}
        self._numbers: dict[str, int] = {}  # of words, in the order they came in
        self._words: list[str] = []
        self._own: tuple[str, ...] = ()  # names that the table brings for its numbers
        self._mapped_names: tuple[str, ...] = ()  # such names, where a map says what they stand for
        self._kind: type[int | str] | None = None
        self._values: dict[int | str, dict[str, None]] = {}  # that a map made a class of, as they stood
        self._changed: str | None = None  # the first value that the map made another
        self._as_is: str | None = None  # the first value that was a class of the map already

    def named(self, names: Sequence[str]) -> None:
        """Set the table's names of its numbers; a label map may map these names, or the numbers."""
        if self._map:
            self._mapped_names = tuple(names)
        else:
            self._own = tuple(names)

    def read(self, value: object) -> int:
        """The number of a label; of a name a preliminary one, see `resolve`."""
        written = format_label(value)
        if not written:
            raise InvalidLabel("empty: give the row its label")
        if self._map and is_plain(value):
            return self._mapped(written)
        if isinstance(value, str) and written in self._own:
            return self._own.index(written)
        number = number_of(written)
        if number is not None:
            return self._checked(number, value)
        if not isinstance(value, str) or _is_number(written):
            raise InvalidLabel(
                f"must be a whole number, or a name, got {short_repr(value)}: fix it{_as_name(written)}"
            )
        self._be(str, value)
        return self._number(written)

    def written(self, number: int) -> int | str:
        """A label as it is counted and hashed: the name, if labels are names."""
        return self._words[number] if self._words else number

    @property
    def words(self) -> bool:
        """Whether labels are names, or mapped to names."""
        return bool(self._words)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the classes, by final number; empty if labels are numbers without names."""
        return tuple(sorted(self._words, key=lambda name: (name.casefold(), name))) or self._own

    @property
    def notes(self) -> tuple[str, ...]:
        """A note where labels were the classes of the map already."""
        taken = f"labels are classes of {named('label_map')} already: taken as they are"
        return () if self._as_is is None else (taken,)

    @property
    def values(self) -> Mapping[int | str, tuple[str, ...]]:
        """The values in the data that the label map turned into each class."""
        return {label: tuple(values) for label, values in self._values.items()}

    def resolve(self, examples: Iterable[Example]) -> tuple[Example, ...]:
        """The examples with the final numbers of their labels: in the order of the names."""
        if not self._words:
            return tuple(examples)
        place = {name: number for number, name in enumerate(self.names)}
        final = [place[name] for name in self._words]
        return tuple(replace(example, label=final[example.label]) for example in examples)

    def _mapped(self, written: str) -> int:
        label = self._class_of(written)
        if label is None:
            self._as_is = self._as_is or written
            label = self._class_already(written)
        elif format_label(label) != written:
            self._changed = self._changed or written
        if self._changed is not None and self._as_is is not None:
            raise self._mixed(self._changed, self._as_is)
        if label == LEFT_OUT:
            raise LabelLeftOut(written)
        self._values.setdefault(label, {})[written] = None
        return label if isinstance(label, int) else self._number(label)

    def _class_of(self, written: str) -> int | str | None:
        """The class that the map makes of a value, or None."""
        number = number_of_label(written)
        label = self._map.get(written)
        if label is None and number is not None:
            label = self._map_of_numbers.get(number)
            if label is None and 0 <= number < len(self._mapped_names):
                label = self._map.get(self._mapped_names[number])
        return label

    def _class_already(self, written: str) -> int | str:
        """The class of the map that a value is itself."""
        classes = dict.fromkeys(label for label in self._map.values() if label != LEFT_OUT)
        number = number_of(written)
        found = next((label for label in classes if label in (written, number)), None)
        if found is None:
            raise InvalidLabel(
                f"{short_repr(written)} is not in {named('label_map')}, which has {listed(self._map)}: "
                f"add it ({short_repr(f'{written}={LEFT_OUT}')} leaves it out), {_unmapped()}"
            )
        return found

    def _mixed(self, changed: str, as_is: str) -> MixedLabels:
        """The refusal of labels that may be meant as they are, or as the map has them."""
        label = self._class_of(changed)
        made = "leaves out" if label == LEFT_OUT else f"maps to {short_repr(format_label(label))}"
        return MixedLabels(
            f"labels mix {short_repr(changed)}, which {named('label_map')} {made}, with {short_repr(as_is)}, "
            f"which is a class of it already: add {short_repr(f'{as_is}={as_is}')}, {_unmapped()}"
        )

    def _checked(self, number: int, value: object) -> int:
        self._be(int, value)
        if self._own and not 0 <= number < len(self._own):
            most = len(self._own) - 1
            raise InvalidLabel(
                f"must be from 0 to {most}, the numbers of its names, got {short_repr(value)}: fix it"
            )
        return number

    def _be(self, kind: type[int] | type[str], value: object) -> None:
        self._kind = self._kind or kind
        if self._kind is not kind:
            before = "numbers" if self._kind is int else "names"
            what = f"earlier labels are {before}, got {short_repr(value)}"
            raise InvalidLabel(f"{what}: fix it, or give {option('label_map')}")

    def _number(self, word: str) -> int:
        if word not in self._numbers:
            if len(self._words) == _MOST_WORDS:
                right = option("label_column")
                raise InvalidLabel(f"more than {_MOST_WORDS:,} different names: give the right {right}")
            self._numbers[word] = len(self._words)
            self._words.append(word)
        return self._numbers[word]


def label_map(where: str, given: object) -> tuple[tuple[str, int | str], ...]:
    """Parse a label map, `neg=0,pos=1` or `{"neg": "negative"}`: to all numbers, or to all names.

    A hyphen leaves examples out: `1=0,2=-,3=1`. Text with commas or equals signs in values or names is a JSON
    object; `none` is no map. Messages call the map `where`.
    """
    if given == () or (isinstance(given, str) and given.strip() == NO_MAP):
        return ()
    pairs: dict[str, int | str] = {}
    for value, written in _pairs(where, given):
        if not (value and written):
            raise _no_map(where, given)
        if value in pairs:
            raise UserError(f"{where} must name each value once, got {value!r} twice")
        number = number_of(written)
        pairs[value] = written if number is None or str(number) != written else number
    if all(label == LEFT_OUT for label in pairs.values()):
        raise UserError(f"{where} must not leave out every label, got {short_repr(given)}")
    if any(isinstance(label, str) and label != LEFT_OUT for label in pairs.values()):
        return tuple((value, str(label)) for value, label in pairs.items())
    return tuple(pairs.items())


def format_label_map(pairs: Iterable[tuple[Any, Any]]) -> str:
    """A label map as `parse` reads it, in the short form if possible."""
    written = [
        (format_label(value), LEFT_OUT if label is None else format_label(label)) for value, label in pairs
    ]
    if any(not each or set(each) & set(",=") for each in (word for pair in written for word in pair)):
        return json.dumps(dict(written), ensure_ascii=False)
    return ",".join(f"{value}={label}" for value, label in written)


def format_label(value: object) -> str:
    """A value as text: `1.0` and `true` become `1`, which spreadsheets, data frames and JSON write so."""
    if getattr(value, "ndim", None) == 0:
        value = value.item()  # type: ignore[attr-defined]  # of NumPy
    if isinstance(value, bool) or (isinstance(value, float) and value.is_integer()):
        return str(int(value))
    return str(value).strip()


def is_plain(value: object) -> bool:
    """Whether it is a string, a number or a truth value; `str` of others is Python's own notation."""
    return isinstance(value, str | Number) or getattr(value, "ndim", None) == 0


def number_of(written: str) -> int | None:
    """The whole number that a text is, or None."""
    found = _WHOLE.fullmatch(written)
    return int(found[1]) if found else None


def number_of_label(written: str) -> int | None:
    """The number that a label spells, or None; `True` is 1, as in columns of truth values."""
    number = number_of(written)
    return _TRUTH.get(written.casefold()) if number is None else number


def _pairs(where: str, given: object) -> Iterable[tuple[str, str]]:
    if not isinstance(given, str):
        return _written(where, given)
    if not given.lstrip().startswith("{"):
        parts = [pair.rpartition("=") for pair in given.split(",")]
        return [(value.strip(), written.strip()) for value, _, written in parts]
    try:
        pairs = json.loads(given, object_pairs_hook=list)
    except (ValueError, RecursionError) as error:
        raise _no_map(where, given) from error
    if not pairs or any(isinstance(label, list) for _, label in pairs):
        raise _no_map(where, given)
    return [(value.strip(), LEFT_OUT if label is None else format_label(label)) for value, label in pairs]


def _written(where: str, given: object) -> Iterable[tuple[str, str]]:
    """The pairs of a mapping, or of one that is parsed already."""
    pairs = list(given.items()) if isinstance(given, Mapping) else given
    if not isinstance(pairs, list | tuple) or not pairs:
        raise _no_map(where, given)
    if not all(isinstance(pair, tuple) and (pair[1] is None or is_plain(pair[1])) for pair in pairs):
        raise _no_map(where, given)
    return [
        (format_label(value), LEFT_OUT if label is None else format_label(label)) for value, label in pairs
    ]


def _no_map(where: str, given: object) -> UserError:
    return UserError(
        f"{where} must be such as neg=0,pos=1, with classes by their numbers or names, or a "
        f"JSON object, got {short_repr(given)}"
    )


def _unmapped() -> str:
    """Advice for labels that need no map."""
    return f"or give {option('label_map', NO_MAP)} to read labels as they are"


def _is_number(written: str) -> bool:
    """Whether it is any number: `0.5`, `nan`."""
    try:
        float(written)
    except ValueError:
        return False
    return True


def _as_name(written: str) -> str:
    """Advice for a number that is not whole, which can be the name of a class."""
    if not (_is_number(written) and isfinite(float(written))):
        return ""
    pairs = short_repr(f"{written}={written},…")
    return f", or give {option('label_map')} with each label, such as {pairs}, if it is the name of a class"
