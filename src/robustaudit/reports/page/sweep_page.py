"""The page of a sweep: what is certified, and texts whose words are shaded by what their edits cost."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from robustaudit.core.display import percent, visible
from robustaudit.perturbations import Segmenter, find_segmenter
from robustaudit.reports.certification_report import (
    certified_examples,
    several_lines,
    which_edits,
    without_edits_lines,
)
from robustaudit.reports.charts import Chart
from robustaudit.reports.notes import cut_lines, repeat_lines
from robustaudit.reports.page.document import page
from robustaudit.reports.page.explorer import lookalikes_in, written_out
from robustaudit.reports.page.reasons_view import Written, reasons_view
from robustaudit.reports.page.svg import PanelDrawing, drawn
from robustaudit.reports.page.view import pieces
from robustaudit.reports.text import count, figure
from robustaudit.reports.worst_case_charts import certified_chart
from robustaudit.runs.named_classes import NamedClasses
from robustaudit.worst_case.certification import (
    Certification,
    CertifiedRow,
    FailingEdit,
    certified_curves,
)
from robustaudit.worst_case.reasons import FailureReasons
from robustaudit.worst_case.stored_sweep import Sweep
from robustaudit.worst_case.text_costs import CostlyEdit, TextCosts, TextPart, failing_first, text_costs

_STEPS = (0.01, 0.1, 0.25, 0.5, 0.75)
"""Shares from which on a word, or a cell of the table, takes the next darker colour."""
_ALL = len(_STEPS) + 1  # the darkest: all is lost
_EXAMPLES = 50  # of a model
_WORDS = 8  # of an example, whose edits are listed
_SEVERAL = 12  # examples of a row that several edits fail


def sweep_page(sweep: Sweep, found: Certification, reasons: FailureReasons | None) -> bytes:
    """One HTML file that opens offline; the same sweep gives the same bytes."""
    plan = sweep.plan.as_json()
    worst = min(found.rows, key=lambda row: row.certified_accuracy.value)
    return page(
        "sweep",
        version=plan["robustaudit"],
        plan=plan,
        attacks=sweep.attacks,
        models=plan["models"],
        worst=worst,
        sentences=[_sentence(model, _of(found, model)) for model in sweep.models],
        notes=[*_notes(sweep, found)],
        cells={(row.model, row.attack): row for row in found.rows},
        clean={row.model: row.clean_accuracy for row in found.rows},
        lost=_lost,
        steps=_steps("all"),
        shades=_steps("fails")[:-1],
        rows=found.rows,
        texts=list(_texts(sweep)),
        most=_EXAMPLES,
        all_edits=sweep.record.all_edits,
        certified_examples=certified_examples,
        which_edits=which_edits(found.rows),
        chart=_chart(sweep, found),
        several_fail=list(_several_fail(found)),
        several_shown=_SEVERAL,
        named=sweep.plan.classes.name,
        pieces=pieces,
        **reasons_view(reasons),
    )


def _chart(sweep: Sweep, found: Certification) -> tuple[Chart, tuple[PanelDrawing, ...]] | None:
    chart = certified_chart(certified_curves(sweep, found))
    return (chart, drawn(chart)) if chart else None


def _several_fail(found: Certification) -> Iterator[tuple[CertifiedRow, list[FailingEdit]]]:
    for row in found.rows:
        if failures := [each for each in row.failures if each.of_several]:
            yield row, failures


def _of(found: Certification, model: str) -> list[CertifiedRow]:
    return [row for row in found.rows if row.model == model]


def _sentence(model: str, rows: Sequence[CertifiedRow]) -> str:
    """The certified accuracy of a model: under its only attack, or the lowest and the highest."""
    ordered = sorted(rows, key=lambda row: row.certified_accuracy.value)
    told = [f"{_share_text(row)} under {visible(row.attack)}" for row in (ordered[0], ordered[-1])]
    spread = [f"{told[0]}, the lowest", f"{told[1]}, the highest"]
    if ordered[0].certified_accuracy == ordered[-1].certified_accuracy:
        spread = told[:1] if len(rows) == 1 else [f"{_share_text(ordered[0])} under each attack"]
    clean = percent(rows[0].clean_accuracy.value)
    return f"Model {visible(model)} is certified on {'; '.join(spread)}. Clean accuracy: {clean}%."


def _share_text(row: CertifiedRow) -> str:
    low_to_high = figure(row.certified_accuracy).partition(" ")[2]
    return f"{percent(row.certified_accuracy.value)}%{low_to_high and f' {low_to_high}'}"


def _notes(sweep: Sweep, found: Certification) -> Iterator[str]:
    """How much was queried, and what stayed open."""
    texts = sum(row.texts for row in found.rows)
    if sweep.record.all_edits:
        yield f"{count(texts, 'edited text')} were predicted: every single edit of every example, none drawn."
    else:
        yield (
            f"{count(texts, 'edited text')} were predicted. Each example was left under an attack once one "
            "of its edits failed: of those that fail, other edits stay open, and ρ with them."
        )
    if missing := sum(row.unpredicted for row in found.rows):
        yield f"{count(missing, 'text')} have no prediction: their examples count as not certified."
    yield from several_lines(found)
    yield from without_edits_lines(found.rows)
    yield from repeat_lines(found.repeat_checks, examples=len(sweep.examples))
    yield from cut_lines(found.repeat_checks)


def _lost(row: CertifiedRow) -> int:
    """The colour of a cell: by the share of the correct examples that fail, or stay open."""
    clean, certified = row.clean_accuracy.value, row.certified_accuracy.value
    return _level((clean - certified) / clean) if clean else 0


def _level(share: float) -> int:
    """A colour: from 0, as good as nothing is lost, to the darkest, all is."""
    return _ALL if share >= 1 else sum(share >= step for step in _STEPS)


def _steps(last: str) -> list[tuple[int, str]]:
    """The legend of the colours."""
    steps = [f"{100 * step:g}" for step in _STEPS]
    between = [f"{low}–{high}%" for low, high in pairwise([*steps, "100"])]
    return list(enumerate([f"under {steps[0]}%", *between, last]))


@dataclass(frozen=True, slots=True)
class ShadedPart:
    """A part of a text: the colour of what its costliest edit takes, None without an edit."""

    written: Written
    level: int | None
    fails: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedWord:
    """A word with the edits of it that cost most."""

    written: Written
    edits: int
    failing: int
    costliest: tuple[tuple[CostlyEdit, Written, str], ...]  # with what it becomes, and the class predicted

    @property
    def others(self) -> int:
        """Failing edits that are not listed."""
        return max(self.failing - len(self.costliest), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadedText:
    """An example as a card of the page."""

    id: str
    label: str
    prediction: str
    found: TextCosts
    outcomes: Mapping[str, tuple[int, int]]
    parts: tuple[ShadedPart, ...]
    words: tuple[ListedWord, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTexts:
    """The examples of a model that the page shows, of `total`."""

    model: str
    total: int
    shown: tuple[ShadedText, ...]


def _texts(sweep: Sweep) -> Iterator[ModelTexts]:
    classes = sweep.plan.classes
    segmenter = find_segmenter(sweep.plan.segmentation)
    for model in sweep.models:
        yield _of_model(sweep, model, classes, segmenter)


def _of_model(sweep: Sweep, model: str, classes: NamedClasses, segmenter: Segmenter) -> ModelTexts:
    effects = [sweep.of(model, attack) for attack in sweep.attacks]
    places = failing_first(effects)[:_EXAMPLES].tolist()
    found = (text_costs(place, sweep.examples[place], effects, segmenter) for place in places)
    return ModelTexts(
        model=model,
        total=len(sweep.examples),
        shown=tuple(_shaded(each, sweep.attacks, classes) for each in found),
    )


def _shaded(found: TextCosts, attacks: Sequence[str], classes: NamedClasses) -> ShadedText:
    text = found.example.text
    costly = sorted((part for part in found.parts if part.edits), key=_costliest_first)
    return ShadedText(
        id=found.example.id,
        label=visible(classes.name(found.example.label)),
        prediction=visible(classes.name(found.prediction)) if found.prediction >= 0 else "none",
        found=found,
        outcomes={
            attack: (failing, edits)
            for attack, failing, edits in zip(attacks, found.failing, found.edits, strict=True)
            if edits
        },
        parts=tuple(_part(part, text, found.margin) for part in found.parts),
        words=tuple(_listed(part, text, classes) for part in costly[:_WORDS]),
        more=max(len(costly) - _WORDS, 0),
    )


def _costliest_first(part: TextPart) -> tuple[int, float, int]:
    """Words with failing edits first, the lowest margins first."""
    return (-min(part.failing, 1), part.lowest if part.lowest is not None else 0.0, -part.failing)


def _part(part: TextPart, text: str, margin: float | None) -> ShadedPart:
    written = list(written_out(text[part.start : part.stop]))
    return ShadedPart(written, shade(part, margin) if part.edits else None, part.failing > 0)


def shade(part: TextPart, margin: float | None) -> int:
    """The colour of a word: by the share of the clean margin that an edit takes; the darkest if one fails."""
    if part.failing:
        return _ALL
    if margin is None or part.lowest is None or part.lowest >= margin:
        return 0
    return min(_level((margin - part.lowest) / margin), _ALL - 1) if margin > 0 else _ALL - 1


def _listed(part: TextPart, text: str, classes: NamedClasses) -> ListedWord:
    return ListedWord(
        written=list(written_out(text[part.start : part.stop])),
        edits=part.edits,
        failing=part.failing,
        costliest=tuple(
            (
                edit,
                list(written_out(edit.after, alike=lookalikes_in(text, edit.after))),
                visible(classes.name(edit.prediction)),
            )
            for edit in part.costliest
        ),
    )
