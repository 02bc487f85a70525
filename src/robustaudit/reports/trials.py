"""Trials one by one: as text, and as rows of a table."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from robustaudit.core.display import visible
from robustaudit.core.records import Perturbed
from robustaudit.engine import Trial
from robustaudit.reports.figures import count
from robustaudit.reports.marked import marked

_BUDGET = 240  # characters of a text


def render_trials(trials: Sequence[Trial], *, total: int) -> RenderableType:
    """Each trial with its edits marked, and what its model said; `total` counts the others too."""
    return Group(Text(headline(len(trials), total), style="bold"), *map(_trial, trials))


def render_draws(attack: str, draws: Sequence[Perturbed], *, total: int) -> RenderableType:
    """Draws of an attack with their edits marked."""
    shown = (Text("• ").append_text(marked(draw.original, draw.edits)) for draw in draws)
    return Group(Text(visible(f"{attack}: {headline(len(draws), total, 'draw')}"), style="bold"), *shown)


def headline(shown: int, total: int, thing: str = "trial") -> str:
    """How many there are, and how many of them are shown."""
    told = count(total, thing)
    return told if shown == total else f"{told}, the first {shown} of them"


def trial_columns(trials: Sequence[Trial]) -> dict[str, list[Any]]:
    """The fields of trials as columns, their edits as marked texts."""
    columns = {field.name: [getattr(trial, field.name) for trial in trials] for field in fields(Trial)}
    del columns["edits"]
    marks = [marked(trial.clean_text, trial.edits).plain for trial in trials]
    return columns | {"marked": marks, "flipped": [trial.flipped for trial in trials]}


def said(trial: Trial) -> str:
    """What the model said: `label 1: 1 → 0, probability of the label 0.93 → 0.12`."""
    if trial.error is not None:
        return f"label {trial.label}: no answer, {trial.error}"
    told = f"label {trial.label}: {trial.clean_prediction} → {trial.perturbed_prediction}"
    if trial.clean_probability is None or trial.perturbed_probability is None:
        return told
    return f"{told}, its probability {trial.clean_probability:.2f} → {trial.perturbed_probability:.2f}"


def _trial(trial: Trial) -> RenderableType:
    text = Text("• ").append_text(marked(trial.clean_text, trial.edits, budget=_BUDGET))
    where = f"model {trial.model}, {trial.attack}, trial {trial.trial}, {said(trial)}"
    return Group(text, Text(f"  {visible(where)}", style="dim"))
