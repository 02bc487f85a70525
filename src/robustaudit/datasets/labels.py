"""Labels of a table: numbers, or words that are numbered once all of them are known."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.datasets.table import listed, shown

_MOST_WORDS = 1000


class NoLabel(ValueError):
    """A value that is no label; the message says why."""


class Labels:
    """What the labels of a table stand for, learned as they are read.

    Without a map, all are whole numbers from 0, or all are words: a table that mixes them is mistaken.
    """

    def __init__(self, given: Sequence[tuple[str, int | str]] = ()) -> None:
        self._map = dict(given)
        self._numbers: dict[str, int] = {}  # of words, in the order they came in
        self._words: list[str] = []
        self._own: tuple[str, ...] = ()  # names that the table brings for its numbers
        self._kind: type[int | str] | None = None

    def named(self, names: Sequence[str]) -> None:
        """Take the names that a table brings for its numbers, unless a map says otherwise."""
        self._own = () if self._map else tuple(names)

    def read(self, value: object) -> int:
        """The number of a label's value; of a word one that holds until `names` are asked for."""
        written = written_label(value)
        if not written:
            raise NoLabel("empty: give the row its label")
        if self._map:
            return self._mapped(written)
        number = number_of(written)
        if number is not None:
            return self._checked(number, written, value)
        if not isinstance(value, str) or _is_number(written):
            raise NoLabel(f"must be a whole number from 0, or a name, got {shown(value)}: mend it")
        if written in self._own:
            return self._own.index(written)
        self._be(str, value)
        return self._number(written)

    def written(self, number: int) -> int | str:
        """A label as it is counted and hashed: its name, where it came as one."""
        return self._words[number] if self._words else number

    @property
    def words(self) -> bool:
        """Whether labels came as words, or are mapped to some."""
        return bool(self._words)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the classes, in the order of their final numbers; none where they are numbers."""
        return tuple(sorted(self._words, key=lambda name: (name.casefold(), name))) or self._own

    def settled(self, examples: Iterable[Example]) -> tuple[Example, ...]:
        """The examples with the final numbers of their labels."""
        if not self._words:
            return tuple(examples)
        place = {name: number for number, name in enumerate(self.names)}
        final = [place[name] for name in self._words]
        return tuple(replace(example, label=final[example.label]) for example in examples)

    def _mapped(self, written: str) -> int:
        if written not in self._map:
            raise NoLabel(f"{shown(written)} is not in the label map, which has {listed(self._map)}: add it")
        label = self._map[written]
        return label if isinstance(label, int) else self._number(label)

    def _checked(self, number: int, written: str, value: object) -> int:
        self._be(int, value)
        if self._own and number >= len(self._own):
            raise NoLabel(f"must be below {len(self._own)}, the number of its names, got {written}")
        return number

    def _be(self, kind: type[int] | type[str], value: object) -> None:
        self._kind = self._kind or kind
        if self._kind is not kind:
            before = "numbers" if self._kind is int else "names"
            raise NoLabel(f"labels before are {before}, got {shown(value)}: mend it, or give --label-map")

    def _number(self, word: str) -> int:
        if word not in self._numbers:
            if len(self._words) == _MOST_WORDS:
                raise NoLabel(f"more than {_MOST_WORDS:,} different names: give the right --label-column")
            self._numbers[word] = len(self._words)
            self._words.append(word)
        return self._numbers[word]


def label_map(given: str) -> tuple[tuple[str, int | str], ...]:
    """The class of each value in `neg=0,pos=1` or `neg=negative,pos=positive`: all numbers, or all names."""
    pairs: dict[str, int | str] = {}
    for pair in given.split(","):
        value, equals, written = (part.strip() for part in pair.rpartition("="))
        if not (value and equals and written) or (number_of(written) is None and _is_number(written)):
            raise UserError(
                f"label map must be such as neg=0,pos=1, with classes from 0 or their names, got {given!r}"
            )
        if value in pairs:
            raise UserError(f"label map must name each value once, got {value!r} twice")
        number = number_of(written)
        pairs[value] = written if number is None else number
    if any(isinstance(label, str) for label in pairs.values()):
        return tuple((value, str(label)) for value, label in pairs.items())
    return tuple(pairs.items())


def written_label(value: object) -> str:
    """A value as one writes it: `1.0` and `true` are how spreadsheets, data frames and JSON write a 1."""
    if isinstance(value, bool) or (isinstance(value, float) and value.is_integer()):
        return str(int(value))
    return str(value).strip()


def number_of(written: str) -> int | None:
    """The class that a number stands for, or None."""
    whole, _, rest = written.partition(".")
    if not (whole.isascii() and whole.isdigit()) or rest.strip("0") or len(whole) > 9:  # noqa: PLR2004
        return None
    return int(whole)


def _is_number(written: str) -> bool:
    """Whether it is a number, though no class: `-1`, `0.5`, `nan`."""
    try:
        float(written)
    except ValueError:
        return False
    return True
