"""A trial that was redone, beside what is stored of it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import visible
from robustaudit.core.edits import apply
from robustaudit.core.records import Edit
from robustaudit.engine import Answer, Replay, Said
from robustaudit.reports.marked import marked

_DIFFERS = "bold red"


def render_replay(found: Sequence[Replay], changes: Sequence[str]) -> RenderableType:
    """Each trial with its edits, what the models said of it, and whether that is what is stored."""
    lines = [Text(visible(change), style="yellow") for change in changes]
    return Group(*(Padding(_trial(each), (0, 0, 1, 0)) for each in found), *lines)


def replay_as_json(found: Sequence[Replay], changes: Sequence[str]) -> dict[str, Any]:
    """The same for a program."""
    return {
        "same": all(each.same for each in found),
        "changes": list(changes),
        "trials": [_as_json(each) for each in found],
    }


def _as_json(found: Replay) -> dict[str, Any]:
    answers = [{**asdict(answer), "same": answer.same} for answer in found.answers]
    return {**asdict(found), "answers": answers}


def _trial(found: Replay) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("trial", f"{found.trial}: draw {found.draw} of example {visible(found.example)}")
    table.add_row("attack", Text(visible(_attack(found))))
    table.add_row("label", str(found.label))
    for name, shown in _edits(found):
        table.add_row(name, shown)
    table.add_row("", _verdict(found.same_text, "text as stored", "text is not as stored:"))
    if not found.same_text:
        table.add_row("stored", Text(visible(found.stored_text)))
    for answer in found.answers:
        table.add_row(f"model {visible(answer.model)}", _answer(answer))
    return table


def _attack(found: Replay) -> str:
    return (
        found.attack if found.attack == found.expression else f"{found.attack}, in full: {found.expression}"
    )


def _edits(found: Replay) -> Iterator[tuple[str, Text]]:
    """The edits in place and one by one; of a sequence first those of each part."""
    rounds = found.drawn.rounds
    text = found.drawn.original
    for number, part in enumerate(rounds if len(rounds) > 1 else (), start=1):
        yield f"part {number}", marked(text, part)
        text = apply(text, part)
    yield "text", marked(found.drawn.original, found.drawn.edits)
    yield "edits", Text("\n".join(_edit(found.drawn.original, e) for e in found.drawn.edits) or "none")


def _edit(text: str, edit: Edit) -> str:
    removed, put = visible(text[edit.start : edit.stop]), visible(edit.replacement)
    return f"{edit.start}–{edit.stop}  {removed!r} → {put!r}"


def _answer(answer: Answer) -> Text:
    shown = Text(_said(answer.stored))
    if answer.again is None:
        return shown
    shown.append("; ")
    if answer.noise:
        return shown.append(
            f"asked again: {_said(answer.again)}, which is noise: {answer.noise}", style="yellow"
        )
    shown.append_text(_verdict(bool(answer.same), "asked again: the same", "asked again: "))
    if not answer.same:
        shown.append(_said(answer.again))
    return shown


def _said(both: tuple[Said, Said]) -> str:
    """What was said of the clean and the perturbed text, and how surely where that is known."""
    return "clean {}, perturbed {}".format(*map(_one, both))


def _one(said: Said) -> str:
    if said.prediction is None:
        return "no answer"
    known = 0 <= said.prediction < len(said.probabilities)
    return f"{said.prediction} ({said.probabilities[said.prediction]:.4f})" if known else f"{said.prediction}"


def _verdict(same: bool, yes: str, no: str) -> Text:
    return Text(yes, style="dim") if same else Text(no, style=_DIFFERS)
