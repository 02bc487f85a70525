"""Options of reading data: format, columns, labels, number of rows, invalid rows."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from robustaudit.core.errors import UserError
from robustaudit.core.spelling import named, option
from robustaudit.core.validation import check_at_least, check_known
from robustaudit.datasets.delimited import check_delimiter
from robustaudit.datasets.encodings import check_encoding
from robustaudit.datasets.label_reader import format_label_map
from robustaudit.datasets.label_reader import label_map as parsed_map
from robustaudit.datasets.table import MEGABYTE, listed

Format = Literal["csv", "tsv", "jsonl", "json", "parquet"]
OnBadRow = Literal["stop", "skip"]

# The column of this name is used, or else the only one of its synonyms.
_TEXT = (
    "text",
    (
        *("content", "sentence", "review", "review_text", "review_body", "comment", "comment_text"),
        *("tweet", "body", "message", "utterance", "document"),
    ),
)
_LABEL = ("label", ("labels", "sentiment", "class", "category", "target", "polarity"))
# Columns that a model may need too: a note says so if they are not read.
_BESIDE_TEXT = (
    *("title", "headline", "summary", "question", "query", "passage", "context", "premise", "hypothesis"),
    *("sentence1", "sentence2", "text_a", "text_b", "text_pair"),
)

NONE = "none"  # instead of a column's name: no such column


@dataclass(frozen=True, slots=True)
class ColumnRoles:
    """The columns of text (several are joined by line breaks), label, id and group."""

    text: tuple[str, ...]
    label: str
    identity: str | None = None
    group: str | None = None
    notes: tuple[str, ...] = ()  # what of them was guessed, or is less than it seems


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How to read a table; columns that are not named are guessed by their usual names."""

    text: tuple[str, ...] = ()
    label: str | None = None
    identity: str | None = None
    group: str | None = None
    classes: tuple[tuple[str, int | str], ...] = ()  # of each value of the label's; none: it is the value
    limit: int | None = None  # rows of each split
    slices: tuple[str, ...] = ()  # columns that examples take along
    on_bad_row: OnBadRow = "stop"
    form: Format | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quotes: bool = True
    escaped: bool = False
    header: tuple[str, ...] = ()  # the names of all columns, where a file has none
    most: int | None = None  # bytes that it may hold unpacked

    def __post_init__(self) -> None:
        if self.limit is not None:
            check_at_least(named("max_examples"), self.limit, 1)

    @classmethod
    def given(
        cls,
        *,
        text_column: str | None = None,
        label_column: str | None = None,
        id_column: str | None = None,
        group_column: str | None = None,
        label_map: str | None = None,
        max_examples: int | None = None,
        slices: Sequence[str] = (),
        on_bad_row: str = "stop",
        data_format: str | None = None,
        encoding: str | None = None,
        delimiter: str | None = None,
        no_quotes: bool = False,
        escaped: bool = False,
        columns: str | None = None,
        max_data_mb: int | None = None,
    ) -> "ReadOptions":
        """Parse the fields of an audit request, such as `text_column="title,content"`."""
        text = _names("text_column", "a name, or names separated by commas", text_column)
        for field, column in (
            ("label_column", label_column),
            ("id_column", id_column),
            ("group_column", group_column),
        ):
            if column is not None and not column.strip():
                raise UserError(f"{named(field)} must be a name, got {column!r}")
        if not all(each.strip() for each in slices):
            raise UserError(f"{named('slices')} must be names of columns, got {list(slices)!r}")
        if data_format is not None:
            check_known(f"value of {named('data_format')}", data_format, get_args(Format))
        if max_data_mb is not None:
            check_at_least(named("max_data_mb"), max_data_mb, 1)
        check_known(f"value of {named('on_bad_row')}", on_bad_row, get_args(OnBadRow))
        return cls(
            text=text,
            label=label_column,
            identity=id_column,
            group=group_column,
            classes=() if label_map is None else parsed_map(label_map),
            limit=max_examples,
            slices=tuple(slices),
            on_bad_row="skip" if on_bad_row == "skip" else "stop",
            form=next((form for form in get_args(Format) if form == data_format), None),
            encoding=None if encoding is None else check_encoding(encoding),
            delimiter=None if delimiter is None else check_delimiter(delimiter),
            quotes=not no_quotes,
            escaped=escaped,
            header=_names("columns", "different names, separated by commas", columns, unique=True),
            most=None if max_data_mb is None else max_data_mb * MEGABYTE,
        )

    def fields(self) -> dict[str, str | int | bool]:
        """The fields that differ from their defaults, without `slices`, which belong to the plan."""
        found: dict[str, str | int | bool | None] = {
            "text_column": ",".join(self.text),
            "label_column": self.label,
            "id_column": self.identity,
            "group_column": self.group,
            "label_map": format_label_map(self.classes),
            "max_examples": self.limit,
            "on_bad_row": "skip" if self.on_bad_row == "skip" else None,
            "data_format": self.form,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "no_quotes": not self.quotes,
            "escaped": self.escaped,
            "columns": ",".join(self.header),
            "max_data_mb": None if self.most is None else self.most // MEGABYTE,
        }
        return {field: value for field, value in found.items() if value}

    def columns(self, names: Iterable[str], source: str) -> ColumnRoles:
        """The columns to read of a table with these names."""
        names = list(names)
        beside = [name for name in (self.label, self.identity, self.group) if name not in (None, NONE)]
        for name in (*self.text, *beside, *self.slices):
            if name not in names:
                raise UserError(f"{source} has no column {name!r}: it has {listed(names)}")
        text = self.text or (_guess(names, *_TEXT, field="text_column", source=source),)
        label = self.label or _guess(names, *_LABEL, field="label_column", source=source)
        if label in text:
            raise UserError(f"{source}: column {label!r} cannot be both text and label")
        return ColumnRoles(
            text,
            label,
            identity=_usual("id", self.identity, names),
            group=_usual("group", self.group, names),
            notes=tuple(self._notes(text, label, names)),
        )

    def knows(self, names: Sequence[str]) -> bool:
        """Whether a table with these names can be read."""
        try:
            self.columns(names, "")
        except UserError:
            return False
        return True

    def wanted(self, names: Sequence[str], source: str) -> list[str]:
        """The names of all columns that are read."""
        columns = self.columns(names, source)
        wanted = {*columns.text, columns.label, columns.identity, columns.group, *self.slices}
        return [name for name in names if name in wanted]

    def _notes(self, text: Sequence[str], label: str, names: Sequence[str]) -> Iterator[str]:
        left = [] if self.text else [name for name in names if _is_beside(name, text[0]) and name != label]
        guessed = []
        if left or text[0] not in (*self.text, _TEXT[0]):
            beside = f" alone, not {listed(map(repr, left))}" if left else ""
            guessed.append(f"texts from column {text[0]!r}{beside}")
        if label not in (self.label, _LABEL[0]):
            guessed.append(f"labels from column {label!r}")
        if guessed:
            yield f"reading {', '.join(guessed)}"
        if len(text) > 1:
            joined = " and ".join(map(repr, text))
            yield f"columns {joined} are joined by a line break: a model sees one text, no pair of segments"


def _is_beside(name: str, text: str) -> bool:
    """Whether a column may belong to the texts: by its name, or as one of several with a number."""
    several = re.fullmatch(rf"{re.escape(text)}[ _]?\d", name, re.IGNORECASE)
    return name.lower() in _BESIDE_TEXT or several is not None


def _usual(name: str, given: str | None, names: Sequence[str]) -> str | None:
    """The given column, or else the one of that name, if there is one."""
    if given is not None:
        return None if given == NONE else given
    return name if name in names else None


def _names(field: str, rule: str, given: str | None, *, unique: bool = False) -> tuple[str, ...]:
    """The names in a value such as `title,content`."""
    names = () if given is None else tuple(each.strip() for each in given.split(","))
    if not all(names) or (unique and len(set(names)) < len(names)):
        raise UserError(f"{named(field)} must be {rule}, got {given!r}")
    return names


USUAL = ReadOptions()


def _guess(names: Sequence[str], usual: str, synonyms: Sequence[str], *, field: str, source: str) -> str:
    if usual in names:
        return usual
    found = [name for name in names if name.lower() in (usual, *synonyms)]
    if len(found) == 1:
        return found[0]
    what = f"several columns that may hold the {usual}" if found else f"no column known to hold the {usual}"
    raise UserError(f"{source} has {what}: give {option(field)}, one of {listed(found or names)}")
