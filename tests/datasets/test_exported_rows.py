"""Chats, and exports of Label Studio and Argilla: what people said counts; what is ambiguous is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from robustaudit.core.errors import UserError
from robustaudit.datasets import Dataset, ReadOptions, load


def chat(*messages: str, **others: Any) -> dict[str, Any]:
    """A row of messages, each written as `role: content`."""
    said = [message.split(": ") for message in messages]
    return {"messages": [{"role": role, "content": content} for role, content in said], **others}


def annotated(text: str, *choices: str, **others: Any) -> dict[str, Any]:
    """A task of Label Studio, with an annotation for each choice."""
    results = [
        {"from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": [choice]}}
        for choice in choices
    ]
    return {"data": {"text": text}, "annotations": [{"result": [result]} for result in results], **others}


def answered(text: str, *values: str) -> dict[str, Any]:
    """A record of Argilla, with a response for each value."""
    responses = {"mood": [{"value": value, "user_id": "u"} for value in values]}
    return {"fields": {"text": text}, "responses": responses, "suggestions": {"mood": {"value": "bad"}}}


def read(*rows: object, **given: Any) -> Dataset:
    Path("my.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return load("my.jsonl", ReadOptions.parse(**given))


def pairs(data: Dataset) -> list[tuple[str, str]]:
    return [(example.text, data.label_names[example.label]) for example in data.examples]


@pytest.mark.parametrize(
    "rows",
    [
        [
            chat(
                "system: Good or bad?", "user: Hello.", "assistant: Hello.", "user: Fine.", "assistant: good"
            ),
            chat("user: Broken.", "assistant:  bad"),
        ],
        [chat("user: Fine.", "assistant: good", label="good"), chat("user: Broken.", "assistant: bad")],
        [annotated("Fine.", "good", "good"), annotated("Broken.", "bad")],
        [answered("Fine.", "good", "good"), answered("Broken.", "bad")],
    ],
)
def test_texts_and_labels_are_those_of_people(rows: list[object]) -> None:
    assert pairs(read(*rows)) == [("Fine.", "good"), ("Broken.", "bad")]


def test_one_chat_is_a_row_not_a_list_of_messages() -> None:
    assert pairs(read(chat("user: Fine.", "assistant: good"))) == [("Fine.", "good")]


def test_an_array_of_tasks_is_read() -> None:
    Path("my.json").write_text(json.dumps([annotated("Fine.", "good", id=7)]), encoding="utf-8")
    (example,) = load("my.json").examples
    assert (example.id, example.text) == ("7", "Fine.")


def test_columns_that_are_given_decide() -> None:
    row = chat("user: Fine.", "assistant: good", product="lamp")
    assert pairs(read(row, label_column="product")) == [("Fine.", "lamp")]


def test_rows_with_a_text_and_a_label_are_ordinary() -> None:
    row = {"text": "Fine.", "label": "good", **chat("user: So?", "assistant: bad")}
    row.pop("label")
    assert pairs(read({**row, "label": "good"})) == [("Fine.", "good")]


def test_content_of_one_part_is_a_text() -> None:
    parts = [{"type": "text", "text": "Fine."}]
    row = {"messages": [{"role": "user", "content": parts}, {"role": "assistant", "content": "good"}]}
    assert pairs(read(row)) == [("Fine.", "good")]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (chat("user: Fine."), "no answer of the assistant"),
        (chat("assistant: good"), "no message of the user"),
        (chat("user: So.", "user: Fine.", "assistant: good"), "the text may be the last, or both"),
        (chat("user: Fine.", "assistant: good", "assistant: bad"), "may be 'good' or 'bad': leave one"),
        (chat("user: Fine.", "assistant: good", label="bad"), "'bad', or the assistant's answer 'good'"),
        (annotated("Fine.", "good", "bad"), "annotations differ, 'good' and 'bad'"),
        (annotated("Fine."), "has no annotation"),
        (answered("Fine.", "good", "bad"), "responses differ, 'good' and 'bad'"),
        (answered("Fine."), "has no response"),
        (answered("Fine.", ["good", "bad"]), "must be one label"),  # type: ignore[arg-type]
        ({"messages": [{"role": "user", "content": 1}]}, "no answer"),
        ({"data": {"text": "Fine."}, "annotations": [{"result": 5}]}, "has no annotation"),
        ({"fields": {"text": "Fine."}, "responses": {"mood": 5}}, "has no response"),
    ],
)
def test_what_can_be_read_in_two_ways_or_none_is_an_invalid_row(row: object, message: str) -> None:
    with pytest.raises(UserError, match=r"line 1.*" + message):
        read(row, label_column="assistant" if "messages" in str(row) else "mood")


def test_an_annotation_that_was_cancelled_does_not_count() -> None:
    row = annotated("Fine.", "bad", "good")
    row["annotations"][0]["was_cancelled"] = True
    assert pairs(read(row)) == [("Fine.", "good")]


def test_with_several_questions_the_label_is_to_be_named() -> None:
    row = answered("Fine.", "good")
    row["responses"]["topic"] = [{"value": "lamp"}]
    with pytest.raises(UserError, match="no column known to hold the label"):
        read(row)
    assert pairs(read(row, label_column="topic")) == [("Fine.", "lamp")]
