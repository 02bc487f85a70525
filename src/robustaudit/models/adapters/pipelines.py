"""Pipelines of transformers, and what is made like them, as objects that a program holds."""

from collections.abc import Mapping
from typing import Any

from robustaudit.core.errors import UserError

_TASKS = ("text-classification", "sentiment-analysis")


def labels_of_pipeline(thing: Any, where: str) -> Mapping[int, str] | None:  # noqa: ANN401
    """The names by which a pipeline calls its classes, by their numbers; None where it is no pipeline.

    Raises:
        UserError: it gives a text no label, or but one score.
    """
    names = getattr(getattr(getattr(thing, "model", None), "config", None), "id2label", None)
    task = getattr(thing, "task", None)
    if not isinstance(names, Mapping) or not isinstance(task, str):
        return None
    if task not in _TASKS:
        raise UserError(f"{where} must be a pipeline for {_TASKS[0]}, got one for {task}")
    if len(names) == 1:
        raise UserError(
            f"{where} is a pipeline of one score, and one label: name the folder of its model, as hf:FOLDER, "
            "which is read as two"
        )
    return names
