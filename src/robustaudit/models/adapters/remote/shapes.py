"""Answers in a reply whatever their shape, where nobody has said where they lie."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from robustaudit.core.errors import ModelError
from robustaudit.models.adapters.answers import read_answer
from robustaudit.models.adapters.remote.exchange import ErrorInReply, OneForAll, Verdict
from robustaudit.models.adapters.remote.failures import error_in
from robustaudit.models.classifier import Unanswered
from robustaudit.models.probabilities import as_probabilities, tolerance

_PLACES = ("predictions", "outputs", "results", "answers")
_MOST = 10_000  # labels that a reply may name


def verdicts_in(reply: Any, labels: Sequence[str], texts: int) -> list[Verdict]:  # noqa: ANN401
    """The answers of a reply that is, or holds under a usual name, answers of any kind that is known.

    Raises:
        ValueError: there is not one for each text.
    """
    given = _answers_in(reply, texts, classes=len(labels))
    if isinstance(given, list) and len(given) != texts:
        raise ValueError(f"the reply has {len(given)} answers where {texts} are wanted")
    reasons: dict[int, str] = {}
    try:
        answer = read_answer(given, labels, texts=[""] * texts, where="it")
    except Unanswered as error:
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


def labels_in(reply: Any) -> tuple[str, ...]:  # noqa: ANN401
    """The labels that a reply to one text names, where it names all.

    Raises:
        ValueError: it does not.
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
        raise ValueError("it does not name all labels: give them, as in ?labels=negative,positive")
    return tuple(sorted(map(str, names)))


def _answers_in(reply: Any, texts: int, *, classes: int) -> Any:  # noqa: ANN401
    """What a reply has for its texts: a list, or a column for each class."""
    held = [name for name in _PLACES if name in reply] if isinstance(reply, Mapping) else []
    if len(held) > 1:
        raise ValueError(f"the reply has {' and '.join(held)}: say with response or scores what is read")
    if not held and (told := error_in(reply)) is not None:
        raise ErrorInReply(told)
    given = reply[held[0]] if held else reply
    if _is_of_one(given, texts, classes):
        if texts > 1:
            raise OneForAll(f"it has one answer for {texts} texts: ask one at a time, with batch = 1")
        return given if isinstance(given, list) and len(given) == 1 else [given]
    columns = isinstance(given, Mapping) and all(isinstance(value, list) for value in given.values())
    if not columns and not isinstance(given, list):
        raise ValueError("it holds no answers that are known: say with response or scores where they are")
    return given


def _is_of_one(given: Any, texts: int, classes: int) -> bool:  # noqa: ANN401
    """Whether it is an answer to one text, in a list or not: a label, or the scores of all classes."""
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
    """Whether scores are surely those of one text: several texts have whole numbers, or best scores."""
    whole = given is scores and all(score % 1 == 0 for score in scores)
    return not whole and abs(sum(scores) - 1) <= tolerance(len(scores))
