"""Trials one by one: as text, and as rows of a table."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from robustaudit.core.display import visible
from robustaudit.core.edits import apply
from robustaudit.core.records import Edit, PerturbedText
from robustaudit.reports.layout import facts
from robustaudit.reports.text import count, flip_text, mark_edits, mark_trial
from robustaudit.runs.named_classes import NamedClasses
from robustaudit.runs.replay import Prediction, PredictionPair, TrialReplay
from robustaudit.runs.trial import Trial

_BUDGET = 240  # characters of a text


def render_trials(trials: Sequence[Trial], *, total: int) -> RenderableType:
    """Each trial with its edits marked, and its predictions; `total` counts the others too."""
    return Group(Text(shown_of_total(len(trials), total), style="bold"), *map(_trial, trials))


def render_draws(attack: str, draws: Sequence[PerturbedText], *, total: int) -> RenderableType:
    """Draws of an attack with their edits marked."""
    shown = (mark_edits(draw.original, draw.edits, lead="• ") for draw in draws)
    return Group(
        Text(visible(f"{attack}: {shown_of_total(len(draws), total, 'draw')}"), style="bold"), *shown
    )


def shown_of_total(shown: int, total: int, thing: str = "trial") -> str:
    """How many there are, and how many of them are shown: `9 trials, the first 5 of them`."""
    told = count(total, thing)
    return told if shown == total else f"{told}, the first {shown} of them"


def trial_columns(trials: Sequence[Trial]) -> dict[str, list[Any]]:
    """The fields of trials as columns, their edits and those of smallest failures as marked texts."""
    columns = {field.name: [getattr(trial, field.name) for trial in trials] for field in fields(Trial)}
    del columns["edits"], columns["edits_by_step"], columns["smallest_edits"]
    marks = [mark_edits(trial.clean_text, trial.edits).plain for trial in trials]
    smallest = [
        None if trial.smallest_edits is None else mark_edits(trial.clean_text, trial.smallest_edits).plain
        for trial in trials
    ]
    flipped = [trial.flipped for trial in trials]
    return columns | {"marked": marks, "marked_smallest": smallest, "flipped": flipped}


def prediction_text(trial: Trial) -> str:
    """The predictions: `label 1: predicted 1 → 0, probability of the label 0.93 → 0.12`."""
    if trial.error is not None:
        return f"label {trial.label_name}: no prediction, {trial.error}"
    told = flip_text(trial)
    if trial.clean_probability is None or trial.perturbed_probability is None:
        return told
    change = f"{trial.clean_probability:.2f} → {trial.perturbed_probability:.2f}"
    return f"{told}, probability of the label {change}{' by all' * trial.is_reduced}"


def _trial(trial: Trial) -> RenderableType:
    text = mark_trial(trial, budget=_BUDGET, lead="• ")
    where = f"model {trial.model}, {trial.attack}, trial {trial.trial}, {prediction_text(trial)}"
    return Group(text, Text(f"  {visible(where)}", style="dim"))


_DIFFERS = "bold red"


def render_replay(
    found: Sequence[TrialReplay], changes: Sequence[str], classes: NamedClasses
) -> RenderableType:
    """Each trial with its edits, its predictions, and whether they are the stored ones."""
    lines = [Text(visible(change), style="yellow") for change in changes]
    return Group(*(Padding(facts(_facts(each, classes)), (0, 0, 1, 0)) for each in found), *lines)


def replay_as_json(
    found: Sequence[TrialReplay], changes: Sequence[str], classes: NamedClasses
) -> dict[str, Any]:
    """Replayed trials as JSON, with the name of each class by its number."""
    return {
        "same": all(each.same for each in found),
        "changes": list(changes),
        "class_names": list(classes.names),
        "trials": [_as_json(each) for each in found],
    }


def _as_json(found: TrialReplay) -> dict[str, Any]:
    predictions = [{**asdict(pair), "same": pair.same} for pair in found.predictions]
    return {**asdict(found), "predictions": predictions}


def _facts(found: TrialReplay, classes: NamedClasses) -> Iterator[tuple[str, RenderableType]]:
    yield "trial", f"{found.trial}: draw {found.draw} of example {visible(found.example)}"
    yield "attack", Text(visible(_attack(found)))
    yield "label", visible(classes.name(found.label))
    yield from _edits(found)
    yield "", _verdict(found.same_text, "text as stored", "text differs from the stored one:")
    if not found.same_text:
        yield "stored", Text(visible(found.stored_text))
    for pair in found.predictions:
        yield f"model {visible(pair.model)}", _pair(pair, classes)
        if pair.smallest_edits is not None:
            edits = f"{len(pair.smallest_edits):,} of {count(len(found.drawn.edits), 'edit')}: "
            yield "smallest", mark_edits(found.drawn.original, pair.smallest_edits, lead=edits)


def _attack(found: TrialReplay) -> str:
    return (
        found.attack if found.attack == found.expression else f"{found.attack}, in full: {found.expression}"
    )


def _edits(found: TrialReplay) -> Iterator[tuple[str, Text]]:
    """The edits in place and one by one; of a sequence first those of each part."""
    rounds = found.drawn.edits_by_step
    text = found.drawn.original
    for number, part in enumerate(rounds if len(rounds) > 1 else (), start=1):
        yield f"part {number}", mark_edits(text, part)
        text = apply(text, part)
    yield "text", mark_edits(found.drawn.original, found.drawn.edits)
    yield "edits", Text("\n".join(_edit(found.drawn.original, e) for e in found.drawn.edits) or "none")


def _edit(text: str, edit: Edit) -> str:
    removed, put = visible(text[edit.start : edit.stop]), visible(edit.replacement)
    return f"{edit.start}–{edit.stop}  {removed!r} → {put!r}"


def _pair(pair: PredictionPair, classes: NamedClasses) -> Text:
    shown = Text(_said(pair.stored, classes))
    if pair.repeated is None:
        return shown
    shown.append("; ")
    repeated = _said(pair.repeated, classes)
    if pair.noise:
        return shown.append(f"queried again: {repeated}, which is noise: {pair.noise}", style="yellow")
    shown.append_text(_verdict(bool(pair.same), "queried again: same", "queried again: "))
    if not pair.same:
        shown.append(repeated)
    return shown


def _said(both: tuple[Prediction, Prediction], classes: NamedClasses) -> str:
    """The predictions of the clean and the perturbed text, with their confidence where it is known."""
    clean, perturbed = (_one(each, classes) for each in both)
    return f"clean {clean}, perturbed {perturbed}"


def _one(said: Prediction, classes: NamedClasses) -> str:
    if said.prediction is None:
        return "no prediction"
    name = visible(classes.name(said.prediction))
    known = 0 <= said.prediction < len(said.probabilities)
    return f"{name} ({said.probabilities[said.prediction]:.4f})" if known else name


def _verdict(same: bool, yes: str, no: str) -> Text:
    return Text(yes, style="dim") if same else Text(no, style=_DIFFERS)
