"""Answers of every kind that JSON can hold to the same four texts, from servers and chat models."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from answer_kinds import LABELS, Column, Maker
from answers_given import GIVEN, Answer, names
from robustaudit.core.errors import ModelError
from robustaudit.models import resolve
from served import Call, serving

JSON = (
    "labels",
    "labels in capitals",
    "`LABEL_0`, `LABEL_1`",
    "whole numbers",
    "whole numbers as floats",
    "true and false",
    "whole numbers as text",
    "a label that is none of the model's",
    "none for a text",
    "one label for all texts",
    "several labels for a text",
    "`{label, score}` for each text",
    "`{label, score}` for each class, sorted by score",
    "a dictionary of scores for each text",
    "a dictionary with a column for each class",
    "probabilities",
    "probabilities in half precision",
    "probabilities rounded to two places",
    "probabilities that sum to 0.9",
    "scores of labels that do not exclude each other",
    "logits",
    "an output of transformers with `logits`",
    "one number for each text, from 0 to 1",
    "probabilities as text",
    "not a number",
    "one row for all texts",
    "rows of different lengths",
)


class Sent:
    """What a server answers, which lives for as long as it is asked."""

    labels = LABELS

    def __init__(self, reply: Callable[[Call], object], name: str) -> None:
        self._reply = reply
        self._name = name

    def predict(self, texts: Sequence[str]) -> Any:
        with serving(lambda call: call.reply(None, raw=_written(self._reply(call)))) as server:
            try:
                return resolve(self._name.format(url=server.url)).load().predict(texts)
            except ModelError as error:
                raise ModelError(str(error).replace(server.url, "http://…")) from error


def _written(answer: object) -> bytes:
    return json.dumps(answer, default=lambda array: array.tolist()).encode()


def of_server(answer: Answer, options: str = "") -> Maker:
    name = "{url}/?labels=negative,positive&cache=false&retries=0" + options
    return lambda _: Sent(lambda call: answer(call.json["inputs"]), name)


def of_chat(said: Callable[[str], str | None]) -> Maker:
    """A chat model that says something of a text's label."""

    def reply(call: Call) -> object:
        (name,) = names([call.json["messages"][0]["content"].partition("Text: ")[2]])
        return {"choices": [{"message": {"content": said(name)}}]}

    name = "openai:m?base_url={url}&labels=negative,positive&cache=false&retries=0"
    return lambda _: Sent(reply, name)


CHAT: dict[str, Maker] = {
    "labels": of_chat(str),
    "labels in capitals": of_chat(str.upper),
    "`LABEL_0`, `LABEL_1`": of_chat(lambda name: f"LABEL_{LABELS.index(name)}"),
    "whole numbers as text": of_chat(lambda name: str(LABELS.index(name))),
    "a label that is none of the model's": of_chat(lambda _: "neutral"),
    "none for a text": of_chat(lambda _: None),
    "a plain sentence with the label": of_chat(
        lambda name: f"The sentiment is **{name}**, because I say so."
    ),
    "reasoning, and then the label": of_chat(lambda name: f"<think>Not negative?</think>\n\n{name}"),
    "an object with the label and a reason": of_chat(
        lambda name: f'```json\n{{"reason": "not negative", "label": "{name}"}}\n```'
    ),
    "two labels": of_chat("{} or neither negative nor positive".format),
    "a denial of a label": of_chat("not {}".format),
    "a refusal that names a label": of_chat("I cannot help with {} content.".format),
    "a label and a number": of_chat("{} (0.9)".format),
}

SENT: dict[str, Column] = {
    "`http:`": {kind: of_server(GIVEN[kind]) for kind in JSON}
    | {
        "answers under `predictions`, `outputs`, `results` or `answers`": of_server(
            lambda texts: {"predictions": names(texts), "model": "m"}
        ),
        "answers under two of these": of_server(lambda texts: {"outputs": names(texts), "results": [1]}),
        "answers elsewhere, with `?response=$.said[*].as`": of_server(
            lambda texts: {"said": [{"as": name} for name in names(texts)]}, "&response=$.said[*].as"
        ),
        "answers under one name of any kind": of_server(lambda texts: {"said": names(texts)}),
        "an error where answers should be": of_server(lambda _: {"error": {"message": "busy", "code": 503}}),
    },
    "`openai:`": CHAT,
}
