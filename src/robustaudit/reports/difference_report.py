"""Two models over every single edit, for a terminal, and as Markdown and JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.core.records import Edit
from robustaudit.reports.layout import facts, legend, section, strong, table
from robustaudit.reports.text import cell, code, count, mark_edits, markdown_table
from robustaudit.runs.named_classes import NamedClasses
from robustaudit.worst_case.difference import (
    MOVED,
    AttackDifference,
    EditCounts,
    EditGroup,
    ModelDifference,
)

_WORDS, _EXAMPLES = 10, 5
_WIDE = 140
_FIGURES = ("edits", "old\nfails %", "new\nfails %", "newly\nfail", "newly\nhold")


def render_difference(
    found: ModelDifference, *, width: int, most: int | None = None, verbose: bool = False
) -> RenderableType:
    """What differs in short, tables by attack and kind and by word, and some edits; `width` in columns.

    `most` is the number of new failures that a gate allows, if there is one; verbose, every edit is shown.
    """
    return Group(
        Padding(facts(_facts(found)), (1, 0, 0, 0)),
        section("In short", *(Text(line) for line in summary(found))),
        section("By attack and kind of edit", _attacks(found)),
        *_words(found),
        *_clean(found, width),
        *_edits(found, width, verbose=verbose),
        legend(_legend(found)),
        *([] if most is None else [Padding(_verdict(found, most), (0, 0, 1, 0))]),
    )


def _facts(found: ModelDifference) -> Iterator[tuple[str, str]]:
    yield "old", visible(found.old)
    yield "new", visible(found.new)
    yield "examples", f"{found.examples:,}"


def summary(found: ModelDifference) -> Iterator[str]:
    """How many edits newly fail and hold, how many clean texts differ, and whether margins do."""
    edits = sum(each.counts.edits for each in found.attacks)
    hold = sum(each.counts.newly_hold for each in found.attacks)
    yield f"Of {count(edits, 'edited text')}, {found.newly_fail:,} newly fail and {hold:,} newly hold."
    if other := len(found.clean):
        yield (
            f"The prediction differs for {other:,} of {count(found.examples, 'clean text')}: "
            f"{found.clean_newly_wrong:,} newly wrong, {found.clean_newly_correct:,} newly correct."
        )
    else:
        yield f"The prediction is the same for {count(found.examples, 'clean text')}."
    moved = [each.moved for each in found.attacks if each.moved is not None]
    if moved:
        yield f"The margin differs by more than {MOVED:g} for {count(sum(moved), 'edited text')}."


def _counts(counts: EditCounts) -> tuple[str, ...]:
    shares = (counts.old_fail, counts.new_fail)
    return (
        f"{counts.edits:,}",
        *(percent(fails / counts.edits) if counts.edits else "–" for fails in shares),
        f"{counts.newly_fail:,}",
        f"{counts.newly_hold:,}",
    )


def _attacks(found: ModelDifference) -> Table:
    made = table("attack", figures=_FIGURES)
    for attack in found.attacks:
        made.add_row(strong(attack.attack), *_counts(attack.counts))
        for kind in _kinds(attack):
            made.add_row(f"  {visible(kind.name)}", *_counts(kind.counts))
    return made


def _kinds(attack: AttackDifference) -> Sequence[EditGroup]:
    """The kinds of an attack's edits, where it has several."""
    return attack.by_kind if len(attack.by_kind) > 1 else ()


def _words(found: ModelDifference) -> Iterator[RenderableType]:
    for attack in found.attacks:
        if not attack.by_word:
            continue
        made = table("word", figures=_FIGURES)
        for word in attack.by_word[:_WORDS]:
            made.add_row(strong(word.name), *_counts(word.counts))
        more = len(attack.by_word) - _WORDS
        rest = [Text(f"{more:,} more words in --json", style="dim")] if more > 0 else []
        yield section(f"By word, {visible(attack.attack)}", made, *rest)


def _clean(found: ModelDifference, width: int) -> Iterator[RenderableType]:
    if not len(found.clean):
        return
    classes, made = NamedClasses(found.class_names), table("clean text", "label", "old", "new")
    for row in found.clean.slice(0, _EXAMPLES).to_pylist():
        names = [visible(classes.name(row[each])) for each in ("label", "old_prediction", "new_prediction")]
        made.add_row(mark_edits(row["text"], (), budget=_budget(width)), *names)
    yield section("Clean texts with another prediction", made, *_more(len(found.clean)))


def _edits(found: ModelDifference, width: int, *, verbose: bool) -> Iterator[RenderableType]:
    """Edits that newly fail, some or, with those that newly hold, every one."""
    classes = NamedClasses(found.class_names)
    shown = found.changes.to_pylist() if verbose else examples_of(found)
    if not shown:
        return
    made = table("edit" if verbose else "edit that newly fails", "attack", "old", "new")
    for row in shown:
        edit = Edit(row["start"], row["stop"], row["replacement"])
        names = [visible(classes.name(row[each])) for each in ("old_prediction", "new_prediction")]
        made.add_row(mark_edits(row["text"], [edit], budget=_budget(width)), visible(row["attack"]), *names)
    title = "Every edit that newly fails, then those that newly hold" if verbose else "Examples"
    yield section(title, made, *_more(found.newly_fail, len(shown)))


def _budget(width: int) -> int:
    return 160 if width >= _WIDE else 80


def _more(all_of_them: int, shown: int = _EXAMPLES) -> list[Text]:
    more = all_of_them - shown
    return [Text(f"{more:,} more in --json", style="dim")] if more > 0 else []


def examples_of(found: ModelDifference) -> list[dict[str, Any]]:
    """Some edits that newly fail, each of another word."""
    fails = (row for row in found.changes.to_pylist() if row["newly"] == "fails")
    by_word: dict[str, dict[str, Any]] = {}
    for row in fails:
        by_word.setdefault(row["before"].casefold(), row)
        if len(by_word) == _EXAMPLES:
            break
    return list(by_word.values())


def _legend(found: ModelDifference) -> Iterator[str]:
    yield "An edit fails if it changes the prediction. Every single edit was made: nothing here is estimated."
    if aside := sum(each.set_aside for each in found.attacks):
        yield (
            f"In no figure: {count(aside, 'edit')} of texts whose clean prediction differs, or without any."
        )


def verdict_line(found: ModelDifference, most: int) -> str:
    """Whether there are more new failures than allowed."""
    parts = f"{count(found.newly_fail, 'edit')} newly fail"
    if found.clean_newly_wrong:
        parts += f", {count(found.clean_newly_wrong, 'clean text')} newly wrong"
    outcome = "passed" if found.new_failures <= most else "failed"
    return f"{outcome}: max_new_failures = {most:,}, {count(found.new_failures, 'new failure')} ({parts})"


def _verdict(found: ModelDifference, most: int) -> Text:
    return Text(verdict_line(found, most), style="green" if found.new_failures <= most else "bold red")


def difference_as_json(found: ModelDifference, most: int | None = None) -> dict[str, Any]:
    """All figures, and every edit and clean text that differs."""
    verdict = {} if most is None else {"max_new_failures": most, "passed": found.new_failures <= most}
    return {
        "old": found.old,
        "new": found.new,
        "examples": found.examples,
        "class_names": list(found.class_names),
        "new_failures": found.new_failures,
        **verdict,
        "attacks": [asdict(each) for each in found.attacks],
        "clean": found.clean.to_pylist(),
        "changes": found.changes.to_pylist(),
    }


def markdown_difference(found: ModelDifference, most: int | None = None) -> str:
    """The same as a page of Markdown."""
    rows = [
        (cell(name), *_counts(counts))
        for attack in found.attacks
        for name, counts in (
            (attack.attack, attack.counts),
            *((f"{attack.attack}: {kind.name}", kind.counts) for kind in _kinds(attack)),
        )
    ]
    head = ("attack", *(name.replace("\n", " ") for name in _FIGURES))
    parts = [
        f"# Model {code(found.new)} compared with {code(found.old)}, edit by edit\n",
        *([f"{verdict_line(found, most)}\n"] if most is not None else ()),
        "".join(f"- {line}\n" for line in summary(found)),
        markdown_table(head, rows, right=len(_FIGURES)),
        *_markdown_words(found),
        " ".join(_legend(found)) + "\n",
    ]
    return "\n".join(parts)


def _markdown_words(found: ModelDifference) -> Iterator[str]:
    for attack in found.attacks:
        if attack.by_word:
            head = ("word", *(name.replace("\n", " ") for name in _FIGURES))
            rows = [(cell(word.name), *_counts(word.counts)) for word in attack.by_word[:_WORDS]]
            yield f"## {code(attack.attack)}\n\n{markdown_table(head, rows, right=len(_FIGURES))}"
