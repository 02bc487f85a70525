"""How the rows of a table become examples: its columns, its labels, and how many rows are taken."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_at_least

# The column of that name is taken, or else the only one of its synonyms.
_TEXT = ("text", ("content", "sentence", "review", "review_text", "review_body", "comment", "tweet"))
_LABEL = ("label", ("labels", "sentiment"))

_MOST_NAMES = 12  # that a message lists


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that hold the text, joined by line breaks where they are several, and the label."""

    text: tuple[str, ...]
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the user says of a table; columns that are not named are those usually so called."""

    text: tuple[str, ...] = ()
    label: str | None = None
    classes: tuple[tuple[str, int], ...] = ()  # the class of each value of the label's; none: it is the value
    limit: int | None = None  # rows of each split
    slices: tuple[str, ...] = ()  # columns to keep, by which a result is cut

    def __post_init__(self) -> None:
        if self.limit is not None:
            check_at_least("max examples", self.limit, 1)

    @classmethod
    def given(
        cls,
        *,
        text_column: str | None = None,
        label_column: str | None = None,
        label_map: str | None = None,
        max_examples: int | None = None,
        slices: Sequence[str] = (),
    ) -> "Reading":
        """The reading that options ask for, such as `--text-column title,content --label-map neg=0,pos=1`."""
        text = () if text_column is None else tuple(name.strip() for name in text_column.split(","))
        if not all(text):
            raise UserError(f"text column must be a name, or names parted by commas, got {text_column!r}")
        if label_column is not None and not label_column.strip():
            raise UserError(f"label column must be a name, got {label_column!r}")
        classes = () if label_map is None else tuple(_pairs(label_map))
        return cls(text=text, label=label_column, classes=classes, limit=max_examples, slices=tuple(slices))

    def options(self) -> tuple[str, ...]:
        """The options of a command line that ask for it."""
        found = [
            ("--text-column", ",".join(self.text)),
            ("--label-column", self.label),
            ("--label-map", ",".join(f"{value}={number}" for value, number in self.classes)),
            ("--max-examples", str(self.limit or "")),
            *(("--slice", name) for name in self.slices),
        ]
        return tuple(word for option, value in found if value for word in (option, value))

    def columns(self, names: Iterable[str], source: str) -> Columns:
        """The columns to read of a table that has those names."""
        names = list(names)
        for name in (*self.text, *([self.label] if self.label else []), *self.slices):
            if name not in names:
                raise UserError(f"{source} has no column {name!r}: it has {listed(names)}")
        text = self.text or (_guess(names, *_TEXT, option="--text-column", source=source),)
        label = self.label or _guess(names, *_LABEL, option="--label-column", source=source)
        return Columns(text, label)

    def label_of(self, value: object, place: str, following: Iterable[object]) -> int:
        """The class that a label's value stands for; `following` are those of later rows, for the message."""
        written = _written(value)
        if self.classes:
            classes = dict(self.classes)
            if written not in classes:
                raise UserError(f"{place}: label {written!r} is not in the label map: {listed(classes)}")
            return classes[written]
        number = _number(written)
        if number is None:
            raise UserError(
                f"{place}: label must be a whole number from 0, got {value!r}{_hint(value, following)}"
            )
        return number


USUAL = Reading()  # nothing said: the usual columns, all rows


def listed(names: Iterable[str]) -> str:
    """Names for a message, those of a wide table cut short."""
    names = list(names)
    return ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "") or "nothing"


def _guess(names: Sequence[str], usual: str, synonyms: Sequence[str], *, option: str, source: str) -> str:
    if usual in names:
        return usual
    found = [name for name in names if name.lower() in (usual, *synonyms)]
    if len(found) == 1:
        return found[0]
    what = f"several columns that may hold the {usual}" if found else f"no column known to hold the {usual}"
    raise UserError(f"{source} has {what}: give {option}, one of {listed(found or names)}")


def _pairs(label_map: str) -> Iterator[tuple[str, int]]:
    seen: set[str] = set()
    for pair in label_map.split(","):
        value, equals, written = (part.strip() for part in pair.rpartition("="))
        number = _number(written)
        if not (value and equals) or number is None:
            raise UserError(f"label map must be such as neg=0,pos=1, with classes from 0, got {label_map!r}")
        if value in seen:
            raise UserError(f"label map must name each value once, got {value!r} twice")
        seen.add(value)
        yield value, number


def _written(value: object) -> str:
    """A value as one writes it: `1.0` and `true` are how spreadsheets, data frames and JSON write a 1."""
    if isinstance(value, bool) or (isinstance(value, float) and value.is_integer()):
        return str(int(value))
    return str(value).strip()


def _number(written: str) -> int | None:
    whole, _, rest = written.partition(".")
    if not (whole.isascii() and whole.isdigit()) or rest.strip("0") or len(whole) > 9:  # noqa: PLR2004
        return None
    return int(whole)


def _hint(value: object, following: Iterable[object]) -> str:
    """A map that would do, where labels are words."""
    if not isinstance(value, str) or not value.strip():
        return ""
    words = sorted({_written(label) for label in (value, *following) if isinstance(label, str)} - {""})
    proposal = ",".join(f"{word}={number}" for number, word in enumerate(words[:_MOST_NAMES]))
    return f"; there are {listed(words)}: give --label-map, such as {proposal}"
