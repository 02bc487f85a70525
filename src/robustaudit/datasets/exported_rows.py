"""Rows as other programs export them: chats to tune a model on, and annotations of Label Studio and Argilla.

Each becomes a row of plain columns. What can be read in two ways is an invalid row, which says both.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

from robustaudit.core.display import short_repr
from robustaudit.datasets.table import InvalidRow, Table, TableRow

_LOOKED_AT = 100  # rows in which labels are looked for, as the first may have none

ExportedRow = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RowExport:
    """What a program exports: whether a row is of this kind, its columns, and which of them are usual."""

    title: str
    fits: Callable[[ExportedRow], bool]
    columns: Callable[[str, ExportedRow], ExportedRow]
    labels: Callable[[ExportedRow], AbstractSet[str]]  # the columns with labels of an exported row
    note: str
    text: str | None = None  # the usual column of texts

    def row(self, given: TableRow) -> TableRow:
        """A row by its columns."""
        if isinstance(given, InvalidRow):
            return given
        where, values = given
        if not self.fits(values):
            return InvalidRow(where, f"not of {self.title}, as rows before it: fix it")
        try:
            return where, self.columns(where, values)
        except InvalidRow as bad:
            return bad


def export_of(value: ExportedRow) -> RowExport | None:
    """The kind of export that a row is of; None if it is an ordinary row."""
    return next((each for each in _EXPORTS if each.fits(value)), None)


def plain_table(table: Table, knows: Callable[[Sequence[str]], bool]) -> Table:
    """The table, with exported rows by their columns; not if it `knows` the columns as they are."""
    if table.names:
        return table
    begun = list(islice(table.rows, _LOOKED_AT))
    whole = chain(begun, table.rows)
    given = [row[1] for row in begun if not isinstance(row, InvalidRow)]
    export = export_of(given[0]) if given and not knows([*given[0]]) else None
    if export is None:
        return replace(table, rows=whole)
    labels = {name for row in given if export.fits(row) for name in export.labels(row)}
    return replace(
        table,
        rows=map(export.row, whole),
        format=f"{table.format}, {export.title}",
        notes=(*table.notes, export.note),
        text=export.text,
        label=labels.pop() if len(labels) == 1 else None,
    )


def _lists(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, Mapping) for each in value)


# Chats, as they are given to tune a model: `messages`, each with its `role` and `content`.


def _is_chat(row: ExportedRow) -> bool:
    messages = row.get("messages")
    return _lists(messages) and bool(messages) and all("role" in each for each in messages or ())


def _chat_columns(where: str, row: ExportedRow) -> ExportedRow:
    """The last message of the user, and what the assistant answers to it."""
    messages = row["messages"]
    asked = [place for place, each in enumerate(messages) if each["role"] == "user"]
    if not asked:
        raise InvalidRow(where, "no message of the user: fix it")
    if asked[-1] - 1 in asked:
        what = "two messages of the user in a row: the text may be the last, or both: make them one"
        raise InvalidRow(where, what)
    answer = _answer(where, messages[asked[-1] + 1 :])
    others = {name: value for name, value in row.items() if name != "messages"}
    if str(others.get("label", answer)) != answer:
        label = short_repr(others["label"])
        what = f"the label may be {label}, or the assistant's answer {short_repr(answer)}: leave one"
        raise InvalidRow(where, what)
    return {**others, "user": _content(where, messages[asked[-1]]), "assistant": answer}


def _answer(where: str, messages: Sequence[ExportedRow]) -> str:
    """The only answer of the assistant."""
    answers = [_content(where, each).strip() for each in messages if each["role"] == "assistant"]
    if not answers:
        raise InvalidRow(where, "no answer of the assistant to the last message of the user: add its label")
    if len(answers) > 1:
        which = " or ".join(map(short_repr, answers[:2]))
        what = f"{len(answers)} answers of the assistant: the label may be {which}: leave one"
        raise InvalidRow(where, what)
    return answers[0]


def _content(where: str, message: ExportedRow) -> str:
    """The text of a message, which may be a list of one part."""
    content = message.get("content")
    if isinstance(content, list) and len(content) == 1 and isinstance(content[0], Mapping):
        content = content[0].get("text")
    if not isinstance(content, str):
        role = message["role"]
        raise InvalidRow(where, f"the message of {role} must be one text, got {short_repr(content)}: fix it")
    return content


# Label Studio: `data` holds the text, `annotations` the `choices` of each person, by question (`from_name`).
# https://labelstud.io/guide/task_format


def _is_label_studio(row: ExportedRow) -> bool:
    return isinstance(row.get("data"), Mapping) and _lists(row.get("annotations"))


def _choices(row: ExportedRow) -> Iterator[tuple[str, object]]:
    """The question and the choices of each annotation."""
    for annotation in row["annotations"]:
        results = annotation.get("result")
        for result in results if _lists(results) and not annotation.get("was_cancelled") else ():
            value = result.get("value")
            if isinstance(value, Mapping) and "choices" in value:
                yield str(result.get("from_name")), value["choices"]


def _label_studio_columns(where: str, row: ExportedRow) -> ExportedRow:
    found = []
    for question, choices in _choices(row):
        if not isinstance(choices, list) or len(choices) != 1:
            what = f"must be one choice, got {short_repr(choices)}: an audit takes one class"
            raise InvalidRow(where, what, column=question)
        found.append((question, choices[0]))
    return {**_identity(row), **row["data"], **_agreed(where, found, "annotation")}


# Argilla: `fields` hold the text, `responses` by question the `value` that each person gave.


def _is_argilla(row: ExportedRow) -> bool:
    return isinstance(row.get("fields"), Mapping) and isinstance(row.get("responses"), Mapping)


def _responses(row: ExportedRow) -> Iterator[tuple[str, object]]:
    """The question and the value of each response that was submitted."""
    for question, given in row["responses"].items():
        for response in given if _lists(given) else ():
            if response.get("value") is not None and response.get("status", "submitted") == "submitted":
                yield str(question), response["value"]


def _argilla_columns(where: str, row: ExportedRow) -> ExportedRow:
    found = list(_responses(row))
    for question, value in found:
        if isinstance(value, list):
            what = f"must be one label, got {short_repr(value)}: an audit takes one class"
            raise InvalidRow(where, what, column=question)
    return {**_identity(row), **row["fields"], **_agreed(where, found, "response")}


def _identity(row: ExportedRow) -> ExportedRow:
    return {"id": row["id"]} if "id" in row else {}


def _agreed(where: str, found: Sequence[tuple[str, Any]], kind: str) -> dict[str, Any]:
    """The label of each question, on which all people agree."""
    if not found:
        raise InvalidRow(where, f"has no {kind}: label it, or leave it out")
    labels: dict[str, Any] = {}
    for question, value in found:
        if labels.setdefault(question, value) != value:
            both = f"{short_repr(labels[question])} and {short_repr(value)}"
            raise InvalidRow(where, f"{kind}s differ, {both}: decide on one", column=question)
    return labels


_EXPORTS = (
    RowExport(
        "chats",
        _is_chat,
        _chat_columns,
        lambda _: {"assistant"},
        "a text is the user's last message, its label the assistant's answer; earlier messages are not read",
        text="user",
    ),
    RowExport(
        "Label Studio",
        _is_label_studio,
        _label_studio_columns,
        lambda row: {name for name, _ in _choices(row)},
        "labels are the choices of people in Label Studio; predictions are not read",
    ),
    RowExport(
        "Argilla",
        _is_argilla,
        _argilla_columns,
        lambda row: {name for name, _ in _responses(row)},
        "labels are the submitted responses of Argilla; suggestions are not read",
    ),
)
