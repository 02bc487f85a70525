"""Perturbations, severities and defences as lists, and an attack as a tree with examples."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text
from rich.tree import Tree

from robustaudit.attacks import (
    LEVELS,
    Attack,
    AttackDescription,
    AttackSequence,
    Choice,
    Constrained,
    EditExample,
    LanguageEntry,
    Mix,
    NamedAttack,
    PerturbationEntry,
    RewriterAttack,
    SeverityCalibration,
)
from robustaudit.core.calls import CallParameter
from robustaudit.core.display import percent, visible
from robustaudit.core.records import PerturbedText
from robustaudit.defences import DefenceEntry
from robustaudit.perturbations import expression_of
from robustaudit.reports.layout import facts, legend, strong, table
from robustaudit.reports.text import NOTHING, cell, mark_edits, markdown_table

_HEAD = ("name", "family", "an edit of it", "example", "meaning", "parameters, the default first")


def perturbations_markdown(entries: Iterable[PerturbationEntry]) -> str:
    """A table of perturbations, one a line."""
    return markdown_table(_HEAD, map(_row, entries))


def _row(entry: PerturbationEntry) -> tuple[str, ...]:
    parameters = "<br>".join(map(_parameter, entry.parameters)) or "–"
    example = _example(entry.example) if entry.example else "–"
    description = entry.description.replace("|", r"\|")
    return cell(entry.name), entry.family, description, example, entry.meaning, parameters


def _example(example: EditExample) -> str:
    return f"{cell(example.before)} → {cell(example.after)}"


def _parameter(parameter: CallParameter) -> str:
    if not parameter.choices:
        return f"`{parameter.name}`: {_value(parameter.default)}"
    others = [_value(choice) for choice in parameter.choices if choice != parameter.default]
    return f"`{parameter.name}`: {', '.join((_value(parameter.default), *others))}"


def _value(value: str | float) -> str:
    return f"{value}".lower() if isinstance(value, bool) else f"{value}" or '""'


def languages_markdown(entries: Sequence[LanguageEntry]) -> str:
    """A table of languages, one a line, with an edit of each perturbation."""
    head = ("language", *(cell(name) for name in entries[0].edits))
    return markdown_table(head, map(_language_row, entries))


def _language_row(entry: LanguageEntry) -> tuple[str, ...]:
    return entry.name, *(_example(edit) if edit else NOTHING for edit in entry.edits.values())


def render_language(entry: LanguageEntry) -> RenderableType:
    """A sentence of a language, and an edit of each perturbation."""
    rows: list[tuple[str, RenderableType]] = [(entry.name, visible_text(entry.sentence))]
    for name, edit in entry.edits.items():
        rows.append((name, visible_text(f"{edit.before} → {edit.after}" if edit else NOTHING)))
    return Group(facts(rows), "")


_DEFENCE_HEAD = ("name", "what it does", "parameters, the default first", "wordwise", "needs")


def defences_markdown(entries: Iterable[DefenceEntry]) -> str:
    """A table of defences, one a line."""
    return markdown_table(_DEFENCE_HEAD, map(_defence_row, entries))


def _defence_row(entry: DefenceEntry) -> tuple[str, ...]:
    parameters = "<br>".join(map(_parameter, entry.parameters)) or NOTHING
    needs = ", ".join(entry.needs) or NOTHING
    description = entry.description.replace("|", r"\|")
    return cell(entry.name), description, parameters, "yes" if entry.wordwise else "no", needs


def render_defence(entry: DefenceEntry) -> RenderableType:
    """A defence in full, and how it is used."""
    rows: list[tuple[str, RenderableType]] = [
        ("name", visible_text(entry.name)),
        ("does", visible_text(entry.description)),
        ("wordwise", Text("yes" if entry.wordwise else "no: it looks at more than one word")),
        *(("parameters", Text(_parameter(each).replace("`", ""))) for each in entry.parameters),
        *(("needs", visible_text(package)) for package in entry.needs),
        ("use", visible_text(f"robustaudit run --models '4,clean({entry.name}):4'")),
    ]
    return facts(rows)


def severity_rows(calibrations: Mapping[str, SeverityCalibration]) -> list[dict[str, str]]:
    """For each perturbation the rate of each level it reaches, and the share of characters it changes."""
    return [_rates(expression, found) for expression, found in calibrations.items()]


def severities_markdown(calibrations: Mapping[str, SeverityCalibration]) -> str:
    """The rates of all levels as a table of Markdown, which the docs quote."""
    rows = severity_rows(calibrations)
    return markdown_table(tuple(rows[0]), [(f"`{name}`", *cells) for name, *cells in map(dict.values, rows)])


def render_severities(calibrations: Mapping[str, SeverityCalibration]) -> RenderableType:
    """The rate of each level, with its share of characters in the head, and the ceiling."""
    levels = [f"{number}\n{share * 100:g}%" for number, share in enumerate(LEVELS, start=1)]
    made = table("perturbation", figures=(*levels, "ceiling"))
    for expression, found in calibrations.items():
        rates = (
            f"{rate:.3g}" if share <= found.ceiling else NOTHING
            for share, rate in zip(LEVELS, found.rates, strict=True)
        )
        made.add_row(strong(expression), *rates, f"{percent(found.ceiling)}%")
    lines = (
        "The rate of each level from 1 to 5, and the share of characters that it changes.",
        f"Ceiling: the share at rate 1. {NOTHING}: beyond the ceiling.",
    )
    return Group(made, legend(lines))


def _rates(expression: str, found: SeverityCalibration) -> dict[str, str]:
    levels = {
        f"{number} ({share * 100:g}%)": _level(rate, realised, reached=share <= found.ceiling)
        for number, (share, rate, realised) in enumerate(
            zip(LEVELS, found.rates, found.held_out, strict=True), start=1
        )
    }
    return {"perturbation": expression, **levels, "ceiling": f"{percent(found.ceiling)}%"}


def _level(rate: float, share: float, *, reached: bool) -> str:
    return f"{rate:.3g}: {percent(share)}" if reached else NOTHING


def render_attack(found: AttackDescription) -> RenderableType:
    """An attack that has a name: what it does, with which parameters and rates, and what that looks like."""
    rows: list[tuple[str, RenderableType]] = [("name", visible_text(found.name))]
    rows += [("family", Text(found.family))]
    rows += [("meaning", Text(found.meaning))] if found.meaning else []
    rows += [("does", visible_text(found.description))]
    if found.expression != found.name:
        rows += [("expression", visible_text(found.expression))]
    rows += [("parameters", Text(_parameter(each).replace("`", ""))) for each in found.parameters]
    rows += [("severity", visible_text(level)) for level in _severities(found.levels)]
    rows += [("examples", mark_edits(draw.original, draw.edits)) for draw in found.draws]
    rows += [("on a text", Text(f"robustaudit compose {shlex.quote(found.name)} --text '…'"))]
    return facts(rows)


def _severities(levels: Sequence[str]) -> Iterator[str]:
    """What each severity level makes of an attack."""
    if len(set(levels)) == 1:
        yield "all levels are the same: it has rates of its own"
        return
    yield from (f"{number}: {level}" for number, level in enumerate(levels, start=1))


def attack_as_json(found: AttackDescription) -> dict[str, Any]:
    """An attack in full, its draws as texts."""
    return asdict(found) | {"draws": [draw.text for draw in found.draws]}


def render_composition(
    named: NamedAttack, perturbed: Sequence[PerturbedText], *, examples: int, data: str | None
) -> RenderableType:
    """The tree of an attack, some of its draws before and after, and the share of texts it changed.

    Without `data`, all are draws of one text.
    """
    changed = [draw for draw in perturbed if draw.changed]
    shown: list[tuple[str, RenderableType]] = []
    for number, draw in enumerate(changed[:examples]):
        if data is not None or number == 0:
            shown.append(("before", visible_text(draw.original)))
        edits = mark_edits(draw.original, draw.edits)
        shown += [("after", visible_text(draw.text)), ("edits", edits), ("", "")]
    what = "draws of the text" if data is None else f"texts of {data}"
    share = f"changes {len(changed)} of {len(perturbed)} {what}"
    share += f" ({len(changed) / len(perturbed):.0%})"
    return Group(_tree(named.attack, None), Padding(facts(shown), (1, 0, 0, 0)), Text(share))


def visible_text(text: str) -> Text:
    """A text from outside as Rich prints it: no markup in it is obeyed."""
    return Text(visible(text))


def _tree(attack: Attack, parent: Tree | None, weight: str = "") -> Tree:
    node = parent.add if parent is not None else Tree
    match attack:
        case Mix(parts=(part,)):
            return node(Text(f"{weight}{expression_of(part.perturbation)}, {_share(attack)}"))
        case Mix():
            how = "edit by edit" if attack.weighting == "edits" else "word by word"
            tree = node(Text(f"{weight}mixed {how}, {_share(attack)}"))
            for part in attack.parts:
                tree.add(Text(_weight(part.weight) + expression_of(part.perturbation)))
        case RewriterAttack():
            return node(Text(f"{weight}{attack.rewriter}, which rewrites whole texts, {_share(attack)}"))
        case AttackSequence():
            tree = node(Text(f"{weight}one after the other"))
            for step in attack.steps:
                _tree(step, tree)
        case Choice():
            tree = node(Text(f"{weight}one of these for each trial"))
            for share, option in attack.options:
                _tree(option, tree, _weight(share))
        case Constrained():
            tree = node(visible_text(f"{weight}with {attack.constraints}"))
            _tree(attack.attack, tree)
        case _:
            raise TypeError(f"not an attack: {attack!r}")
    return tree


def _share(attack: Mix | RewriterAttack) -> str:
    return f"{attack.share * 100:.6g}% of the words"


def _weight(weight: float) -> str:
    return "" if weight == 1 else f"{weight:g} × "
