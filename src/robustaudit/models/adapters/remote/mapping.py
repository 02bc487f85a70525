"""A mapping from texts to any JSON request, and from its reply to answers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from jsonpath import JSONPath, JSONPathError, compile  # noqa: A004  (the library's word)

from robustaudit.core.errors import UserError
from robustaudit.models.adapters.remote.exchange import Verdict, class_of
from robustaudit.models.adapters.remote.shapes import labels_in, verdicts_in
from robustaudit.models.probabilities import as_probabilities

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

    @property
    def identity(self) -> tuple[object, ...]:
        return self.labels, self.request, self.response, self.scores

    def body(self, texts: Sequence[str]) -> Any:  # noqa: ANN401
        """The request with the texts where they belong."""
        return _filled(json.loads(self.request), texts)

    def read(self, reply: Any, texts: int) -> list[Verdict]:  # noqa: ANN401
        """A class for each text, or its probabilities.

        Raises:
            ValueError: there is not one for each text.
        """
        if not self.response and not self.scores:
            return verdicts_in(reply, self.labels, texts)
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
        return verdicts_in(cells, self.labels, texts)

    def labels_in(self, reply: Any) -> tuple[str, ...]:  # noqa: ANN401
        """The labels that a reply to one text names."""
        if not self.response:
            return labels_in(reply)
        return tuple(sorted(str(name) for name in _find(self.response, reply)))


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
    """Whether a list stands for as many items as there are texts."""
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


def _probabilities(row: list[Any]) -> Verdict:
    """A row that a run takes: anything else is no answer, and not to be kept as one."""
    if not all(isinstance(score, (int, float)) and not isinstance(score, bool) for score in row):
        return f"gave no probabilities, but {row!r}"
    try:
        scaled, reasons = as_probabilities(np.array([row], dtype=np.float64))
    except OverflowError:  # a whole number of JSON may be of any size
        return "gave no probabilities, but a number beyond 1e308"
    return reasons.get(0) or scaled[0].tolist()
