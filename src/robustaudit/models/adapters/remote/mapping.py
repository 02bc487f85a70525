"""A mapping from texts to any JSON request, and from its reply to answers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from jsonpath import JSONPath, JSONPathError, compile  # noqa: A004  (the library's word)

from robustaudit.core.errors import ModelError, UserError
from robustaudit.models.adapters.outputs import labels_of_data_hint, parse_outputs
from robustaudit.models.adapters.remote.exchange import (
    ErrorInReply,
    SingleReplyForBatch,
    TextPrediction,
    class_of,
    error_in,
)
from robustaudit.models.classifier import MissingPredictions, as_probabilities, tolerance

_PLACES = ("predictions", "outputs", "results", "answers")
_MOST = 10_000  # labels that a reply may name


def predictions_in(
    reply: Any,  # noqa: ANN401
    labels: Sequence[str],
    texts: int,
    *,
    hint: str = "",
) -> list[TextPrediction]:
    """The answers of a reply that is, or holds under a usual name, answers of any kind that is known.

    The `hint` follows a message on an answer that is none of the labels.

    Raises:
        ValueError: there is not one for each text.
    """
    given = _answers_in(reply, texts, classes=len(labels))
    if isinstance(given, list) and len(given) != texts:
        raise ValueError(f"the reply has {len(given)} answers where {texts} are wanted")
    reasons: dict[int, str] = {}
    try:
        answer = parse_outputs(given, labels, texts=[""] * texts, where="it", hint=hint)
    except MissingPredictions as error:
        answer = error.answer
        reasons |= error.reasons
    except (ModelError, TypeError, LookupError, OverflowError) as error:
        raise ValueError(str(error) or type(error).__name__) from error
    if answer.ndim > 1:
        if answer.shape[1:] != (len(labels),):
            raise ValueError(f"the reply has {answer[0].size} scores for a text, of {len(labels)} labels")
        answer, wrong = as_probabilities(answer.astype(np.float64))
        reasons = wrong | reasons
    return [reasons.get(row, verdict) for row, verdict in enumerate(answer.tolist())]


class LabelsMissing(ValueError):
    """A reply that does not name all labels, but `told` alone, if any."""

    def __init__(self, *told: object) -> None:
        super().__init__("it does not name all labels: give them, as in ?labels=negative,positive")
        self.told = told


def labels_in(reply: Any) -> tuple[str, ...]:  # noqa: ANN401
    """The labels that a reply to one text names, where it names all.

    Raises:
        LabelsMissing: it does not.
        ValueError: it is no answer.
    """
    given = _answers_in(reply, 1, classes=_MOST)
    said = given[0] if isinstance(given, list) and len(given) == 1 else None
    if isinstance(said, list):
        names = [
            cell["label"] for cell in said if isinstance(cell, Mapping) and {"label", "score"} <= set(cell)
        ]
        names = names if len(names) == len(said) else []
    else:
        names = list(said) if isinstance(said, Mapping) and "label" not in said else []
    if len(names) < 2:  # noqa: PLR2004  (a label and another)
        cell = said[0] if isinstance(said, list) and len(said) == 1 else said
        alone = cell.get("label") if isinstance(cell, Mapping) else cell
        raise LabelsMissing(*([alone] if isinstance(alone, (str, int)) else []))
    return tuple(sorted(map(str, names)))


def _answers_in(reply: Any, texts: int, *, classes: int) -> Any:  # noqa: ANN401
    """The predictions in a reply: a list, or a column for each class."""
    held = [name for name in _PLACES if name in reply] if isinstance(reply, Mapping) else []
    if len(held) > 1:
        raise ValueError(f"the reply has {' and '.join(held)}: say with response or scores what is read")
    if not held and (told := error_in(reply)) is not None:
        raise ErrorInReply(told)
    given = reply[held[0]] if held else reply
    if _is_of_one(given, texts, classes):
        if texts > 1:
            raise SingleReplyForBatch(
                f"it has one answer for {texts} texts: ask one at a time, with batch = 1"
            )
        return given if isinstance(given, list) and len(given) == 1 else [given]
    columns = isinstance(given, Mapping) and all(isinstance(value, list) for value in given.values())
    if not columns and not isinstance(given, list):
        raise ValueError("it holds no answers that are known: say with response or scores where they are")
    return given


def _is_of_one(given: Any, texts: int, classes: int) -> bool:  # noqa: ANN401
    """Whether a reply is for one text, in a list or not: a label, or the scores of all classes."""
    if isinstance(given, Mapping):
        said = given.get("label", [])
        return not isinstance(said, list) or all(isinstance(value, (int, float)) for value in given.values())
    if not isinstance(given, list) or len(given) == 1:
        return isinstance(given, (str, list))
    scores = _scores_in(given) if len(given) <= classes else []
    return bool(scores) and (texts == 1 or _is_row(given, scores))


def _scores_in(given: list[Any]) -> list[float]:
    """The numbers of a list of scores, with their labels or without; none where it is another list."""
    cells = all(isinstance(cell, Mapping) and {"label", "score"} <= set(cell) for cell in given)
    scores = [cell["score"] for cell in given] if cells else given
    return scores if all(isinstance(score, (int, float)) for score in scores) else []


def _is_row(given: list[Any], scores: list[float]) -> bool:
    """Whether scores belong to one text: several texts have whole numbers, or best scores."""
    whole = given is scores and all(score % 1 == 0 for score in scores)
    return not whole and abs(sum(scores) - 1) <= tolerance(len(scores))


_ALL, _ONE = "$texts", "$text"


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonMapping:
    """A request as JSON with `$texts` or `$text` in it, and where labels and scores lie in a reply.

    `response` and `scores` are paths (RFC 9535) to the labels and to their probabilities. One may be empty:
    without scores a reply has a label for each text, without labels the scores are in the order of classes.
    Without both a reply is, or holds under a usual name, answers of any kind that is known.
    """

    labels: tuple[str, ...]
    texts: int
    request: str
    response: str
    scores: str
    of_data: bool = False  # the labels are the data's

    @property
    def identity(self) -> tuple[object, ...]:
        return self.labels, self.request, self.response, self.scores

    def body(self, texts: Sequence[str]) -> Any:  # noqa: ANN401
        """The request with the texts where they belong."""
        return _filled(json.loads(self.request), texts)

    def read(self, reply: Any, texts: int) -> list[TextPrediction]:  # noqa: ANN401
        """A class for each text, or its probabilities.

        Raises:
            ValueError: there is not one for each text.
        """
        if not self.response and not self.scores:
            return predictions_in(reply, self.labels, texts, hint=labels_of_data_hint() * self.of_data)
        if not self.scores:
            found = _find(self.response, reply)
            _check_count("labels", len(found), texts)
            return [class_of(label, self.labels) for label in found]
        width = len(self.labels)
        scores = _flat(_find(self.scores, reply))
        _check_count("scores", len(scores), texts * width)
        rows = [scores[start : start + width] for start in range(0, len(scores), width)]
        if not self.response:
            return [_probabilities(row) for row in rows]
        names = _find(self.response, reply)
        _check_count("labels", len(names), texts * width)
        named = [names[start : start + width] for start in range(0, len(names), width)]
        cells = [
            [{"label": name, "score": score} for name, score in zip(*pair, strict=True)]
            for pair in zip(named, rows, strict=True)
        ]
        return predictions_in(cells, self.labels, texts)

    def labels_in(self, reply: Any) -> tuple[object, ...]:  # noqa: ANN401
        """The labels that a reply to one text names: all, its own alone, or none."""
        if self.response:
            return tuple(sorted(str(name) for name in _find(self.response, reply)))
        try:
            return labels_in(reply)
        except LabelsMissing as error:  # asking again would not change it
            return error.told


def check_mapping(mapping: JsonMapping) -> JsonMapping:
    """Return a mapping that can be used; the errors name what cannot."""
    try:
        template = json.loads(mapping.request)
    except (ValueError, RecursionError) as error:
        raise UserError(
            f'request must be JSON such as {{"inputs": "$texts"}}, got {mapping.request!r}'
        ) from error
    if not _holds(template, _ALL) and not _holds(template, _ONE):
        raise UserError(f"request must hold $texts or $text where the texts go, got {mapping.request!r}")
    if mapping.texts > 1 and not _takes_several(template):
        raise UserError(
            f"a request of {mapping.texts} texts needs $texts, or $text in a list of its own: "
            "give batch = 1, or another request"
        )
    for path in (mapping.response, mapping.scores):
        if path:
            _compiled(path)
    return mapping


def takes_several(request: str) -> bool:
    """Whether a request can hold more texts than one; what is no JSON is refused elsewhere."""
    try:
        return _takes_several(json.loads(request))
    except (ValueError, RecursionError):
        return True


def _filled(template: Any, texts: Sequence[str]) -> Any:  # noqa: ANN401
    if template == _ALL:
        return list(texts)
    if template == _ONE:
        return texts[0]
    if isinstance(template, dict):
        return {key: _filled(value, texts) for key, value in template.items()}
    if isinstance(template, list):
        if _repeats(template):
            return [_filled(template[0], [text]) for text in texts]
        return [_filled(item, texts) for item in template]
    return template


def _repeats(template: list[Any]) -> bool:
    """Whether a list has one item for each text."""
    return len(template) == 1 and _holds(template[0], _ONE)


def _takes_several(template: Any) -> bool:  # noqa: ANN401
    if isinstance(template, list) and _repeats(template):
        return True
    if isinstance(template, (dict, list)):
        items = template.values() if isinstance(template, dict) else template
        return all(_takes_several(item) for item in items)
    return bool(template != _ONE)


def _holds(template: Any, word: str) -> bool:  # noqa: ANN401
    if isinstance(template, (dict, list)):
        items = template.values() if isinstance(template, dict) else template
        return any(_holds(item, word) for item in items)
    return bool(template == word)


@cache
def _compiled(path: str) -> JSONPath:
    try:
        compiled = compile(path, strict=True)
    except JSONPathError as error:
        raise UserError(f"{path!r} is no JSONPath such as $.predictions[*].label: {error.args[0]}") from error
    assert isinstance(compiled, JSONPath)
    return compiled


def _find(path: str, reply: Any) -> list[Any]:  # noqa: ANN401
    if not isinstance(reply, (dict, list)):
        raise ValueError(f"the reply is {reply!r}, in which {path} finds nothing")  # noqa: TRY004
    try:
        return _compiled(path).findall(reply)
    except JSONPathError as error:
        raise ValueError(f"{path} cannot be found: {error.args[0]}") from error


def _check_count(what: str, found: int, wanted: int) -> None:
    if found != wanted:
        raise ValueError(f"the reply has {found} {what} where {wanted} are wanted")


def _flat(found: list[Any]) -> list[Any]:
    """Scores as one list, whether a path leads to each of them or to lists that hold them."""
    return [score for item in found for score in (_flat(item) if isinstance(item, list) else [item])]


def _probabilities(row: list[Any]) -> TextPrediction:
    """A row that a run takes: anything else is no answer, and not to be kept as one."""
    if not all(isinstance(score, (int, float)) and not isinstance(score, bool) for score in row):
        return f"gave no probabilities, but {row!r}"
    try:
        scaled, reasons = as_probabilities(np.array([row], dtype=np.float64))
    except OverflowError:  # a whole number of JSON may be of any size
        return "gave no probabilities, but a number beyond 1e308"
    return reasons.get(0) or scaled[0].tolist()
