"""Options of reading data: format, columns, labels, number of rows, invalid rows."""

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from robustaudit.core.errors import UserError
from robustaudit.core.spelling import named, option
from robustaudit.core.typed_values import field_parser, hints_of
from robustaudit.core.validation import check_at_least
from robustaudit.datasets.delimited import check_delimiter
from robustaudit.datasets.encodings import check_encoding
from robustaudit.datasets.label_reader import format_label_map, label_map
from robustaudit.datasets.table import MEGABYTE, listed

Format = Literal["csv", "tsv", "txt", "fasttext", "jsonl", "json", "parquet", "arrow"]
OnBadRow = Literal["stop", "skip"]

# The column of this name is used, or else the only one of its synonyms, or else of the next ones. Names are
# compared whatever their case, without spaces, hyphens and underscores.
_TEXT = (
    "text",
    (
        *("content", "sentence", "review", "review_text", "review_body", "comment", "comment_text"),
        *("tweet", "body", "message", "utterance", "document", "feedback", "post"),
    ),
)
_LABEL = ("label", ("labels", "sentiment", "class", "category", "target", "polarity"))
_RATING = ("stars", "star", "star_rating", "rating", "ratings", "score", "overall")
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

    text_column: tuple[str, ...] = ()  # several are joined
    label_column: str | None = None
    id_column: str | None = None
    group_column: str | None = None
    label_map: tuple[tuple[str, int | str], ...] = ()  # the class of each label; empty: the label itself
    max_examples: int | None = None  # rows of each split
    slices: tuple[str, ...] = ()  # columns that examples keep
    on_bad_row: OnBadRow = "stop"
    data_format: Format | None = None
    encoding: str | None = None
    delimiter: str | None = None
    no_quotes: bool = False
    escaped: bool = False
    columns: tuple[str, ...] = ()  # the names of all columns of a file without a header
    records: str | None = None  # the path of the rows in a JSON document, with dots
    max_data_mb: int | None = None  # unpacked

    def __post_init__(self) -> None:
        for field in ("max_examples", "max_data_mb"):
            if (value := getattr(self, field)) is not None:
                check_at_least(named(field), value, 1)
        for field in ("label_column", "id_column", "group_column", "records"):
            if (name := getattr(self, field)) is not None and not name.strip():
                raise UserError(f"{named(field)} must be a name, got {name!r}")
        for field in ("text_column", "slices", "columns"):
            names = getattr(self, field)
            if not all(map(str.strip, names)):
                raise UserError(f"{named(field)} must be names, got {','.join(names)!r}")
        if len(set(self.columns)) < len(self.columns):
            raise UserError(f"{named('columns')} must be different names, got {','.join(self.columns)!r}")
        if self.encoding is not None:
            object.__setattr__(self, "encoding", check_encoding(self.encoding))
        if self.delimiter is not None:
            object.__setattr__(self, "delimiter", check_delimiter(self.delimiter))

    @classmethod
    def parse(cls, **given: Any) -> "ReadOptions":  # noqa: ANN401  (each field has a parser)
        """Parse fields as users give them, such as `text_column="title,content"`; None is the default."""
        parsed = {
            name: READERS[name](named(name), value) for name, value in given.items() if value is not None
        }
        return cls(**parsed)

    def fields(self) -> dict[str, str | int | bool]:
        """The fields that differ from their defaults, as `parse` takes them; `slices` belong to the plan."""
        written = {
            "text_column": ",".join(self.text_column),
            "label_map": format_label_map(self.label_map),
            "columns": ",".join(self.columns),
        }
        values = {
            each: getattr(self, each.name) for each in dataclasses.fields(self) if each.name != "slices"
        }
        return {
            each.name: written.get(each.name, value)
            for each, value in values.items()
            if value != each.default
        }

    def with_usual(self, text: str | None, label: str | None) -> "ReadOptions":
        """These options, with the columns that are usual in data of a kind where none are given."""
        texts = self.text_column or (() if text is None else (text,))
        return replace(self, text_column=texts, label_column=self.label_column or label)

    @property
    def max_bytes(self) -> int | None:
        """The largest unpacked size."""
        return None if self.max_data_mb is None else self.max_data_mb * MEGABYTE

    def roles(self, names: Iterable[str], source: str) -> ColumnRoles:
        """The columns to read of a table with these names."""
        names = list(names)
        others = (self.label_column, self.id_column, self.group_column)
        for name in (*self.text_column, *(each for each in others if each not in (None, NONE)), *self.slices):
            if name not in names:
                raise UserError(f"{source} has no column {name!r}: it has {listed(names)}")
        text = self.text_column or (_guess(names, *_TEXT, field="text_column", source=source),)
        label = self.label_column or _guess(names, *_LABEL, _RATING, field="label_column", source=source)
        if label in text:
            raise UserError(f"{source}: column {label!r} cannot be both text and label")
        return ColumnRoles(
            text,
            label,
            identity=_usual("id", self.id_column, names),
            group=_usual("group", self.group_column, names),
            notes=tuple(self._notes(text, label, names)),
        )

    def knows(self, names: Sequence[str]) -> bool:
        """Whether a table with these names can be read."""
        try:
            self.roles(names, "")
        except UserError:
            return False
        return True

    def wanted(self, names: Sequence[str], source: str) -> list[str]:
        """The names of all columns that are read."""
        columns = self.roles(names, source)
        wanted = {*columns.text, columns.label, columns.identity, columns.group, *self.slices}
        return [name for name in names if name in wanted]

    def _notes(self, text: Sequence[str], label: str, names: Sequence[str]) -> Iterator[str]:
        left = (
            []
            if self.text_column
            else [name for name in names if _is_beside(name, text[0]) and name != label]
        )
        guessed = []
        if left or text[0] not in (*self.text_column, _TEXT[0]):
            beside = f" alone, not {listed(map(repr, left))}" if left else ""
            guessed.append(f"texts from column {text[0]!r}{beside}")
        if label not in (self.label_column, _LABEL[0]):
            ratings = [name for name in names if name != label and _plain(name) in map(_plain, _RATING)]
            not_from = f", not {listed(map(repr, ratings))}" if ratings else ""
            guessed.append(f"labels from column {label!r}{not_from}")
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


READERS: Mapping[str, Callable[[str, object], Any]] = {
    **{name: field_parser(kind) for name, kind in hints_of(ReadOptions).items()},
    "label_map": label_map,
}
"""Parses each field as users give it; the first argument is how messages call it."""

USUAL = ReadOptions()


def _guess(names: Sequence[str], usual: str, *synonyms: Sequence[str], field: str, source: str) -> str:
    """The column of the usual name, or else the only one of the first synonyms of which there are any."""
    if usual in names:
        return usual
    found: list[str] = []
    for known in ((usual, *synonyms[0]), *synonyms[1:]):
        plain = set(map(_plain, known))
        found = [name for name in names if _plain(name) in plain]
        if len(found) == 1:
            return found[0]
        if found:
            break
    what = f"several columns that may hold the {usual}" if found else f"no column known to hold the {usual}"
    raise UserError(f"{source} has {what}: give {option(field)}, one of {listed(found or names)}")


def _plain(name: str) -> str:
    """The name of a column as it is compared: `Review Text` and `review_text` are alike."""
    return re.sub("[ _-]", "", name).casefold()
