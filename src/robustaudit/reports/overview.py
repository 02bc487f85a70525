"""A result at a glance, for a terminal: drops of all models with bars, true classes, flips, and examples."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.reports.layout import section, strong, table
from robustaudit.reports.notes import any_noise, skipped_counts
from robustaudit.reports.summary import examples_of_drops
from robustaudit.reports.text import (
    NOTHING,
    interval,
    mark_trial,
    short_names,
    shown_of_edits,
    value,
    value_in,
)
from robustaudit.runs.named_classes import NamedClasses, class_text
from robustaudit.runs.result import Result, Row
from robustaudit.runs.slices import TEXT_LENGTHS, TRUE_LABEL
from robustaudit.statistics.measures import Estimate

STYLES = {"significant": "red", "n.s.": "", "no drop": "green", None: "yellow"}
_FIGURE, _INTERVAL = 7, 15  # columns of a drop with its mark, and of its confidence interval
_STACKED = 14  # columns of a drop above its confidence interval
_LONGEST_BAR, _SHORTEST_BAR = 16, 4
_LONGEST_NAME = 24  # columns of an attack
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_MOST_EXAMPLES, _MOST_CLASSES, _MOST_PAIRS = 3, 4, 6
_HEAD = 20  # columns of the name of a model above its flips
_BETWEEN = 4  # columns between two tables side by side
_CLASS = range(7, 11)  # columns of a drop of one true class, as its name needs; more where there is room


def glance(result: Result, *, width: int) -> Iterator[RenderableType]:
    """The drops of all models, by true class and by length, which classes flipped, and the worst examples."""
    yield from drops(result, width=width)
    yield from classes(result, width=width)
    yield from lengths(result)
    yield from examples(result)


def drops(result: Result, *, width: int) -> Iterator[RenderableType]:
    """The drop of each model under each attack, with a bar where there is room."""
    models = list(dict.fromkeys(row.model for row in result.rows))
    attacks = list(dict.fromkeys(row.attack for row in result.rows))
    room = width - max(min(_LONGEST_NAME, max(map(len, [*attacks, "clean accuracy, %"]))), 0) - 3
    yield section("Drop in accuracy per attack, pp [95% CI]")
    few = any_few(result)
    yield Text(f"* significant{'; ? too few examples, in any table' * few}", style="dim")
    if len(models) == 1:
        yield _of_one_model(result, bar=_bar_width(room - 34 - 9 * any_noise(result) - 2))
        return
    at_once = min(len(models), max(1, room // (_STACKED + 3)))
    bar = _bar_width(room // len(models) - 3)
    if bar:
        at_once = len(models)
    for start in range(0, len(models), at_once):
        part = models[start : start + at_once]
        narrow = 0 if bar else max(0, min(8, room // len(part) - 3 - _FIGURE - 1))
        yield Padding(
            _of_models(result, part, attacks, bar=bar or narrow, stacked=not bar), (int(start > 0), 0, 0, 0)
        )


def any_few(result: Result) -> bool:
    """Whether a drop, overall, of a true class or of a length, has too few examples to conclude."""
    columns = (TRUE_LABEL, *TEXT_LENGTHS)
    of_slices = (row for row in result.slices if row.slice and row.slice.column in columns)
    return any(row.is_doubtful for row in (*result.rows, *of_slices) if row.drop)


def _bar_width(room: int) -> int:
    """The columns of bars next to a drop and its interval, 0 where they would be too short to read."""
    left = room - _FIGURE - _INTERVAL - 2
    return min(left, _LONGEST_BAR) if left >= _SHORTEST_BAR else 0


def _of_models(
    result: Result, models: Sequence[str], attacks: Sequence[str], *, bar: int, stacked: bool
) -> Table:
    rows = {(row.model, row.attack): row for row in result.rows}
    noise = {found.model: found.noise for found in result.retests}
    most = _largest(result)
    made = table("attack")
    made.columns[0].max_width = _LONGEST_NAME
    for model in models:
        made.add_column(":\n".join(map(visible, model.split(":", 1))), overflow="fold", min_width=_STACKED)
    clean = {row.model: row.on_all.clean_accuracy for row in result.rows}
    heads = {"clean accuracy, %": clean} | ({"noise, %": noise} if any(noise.values()) else {})
    for head, found in heads.items():
        cells = (_cell(found.get(model), "", 0.0, bar=0, stacked=stacked) for model in models)
        made.add_row(Text(head, style="dim"), *cells)
    for attack in attacks:
        made.add_row(
            strong(attack),
            *(_drop_cell(rows.get((model, attack)), most, bar=bar, stacked=stacked) for model in models),
        )
    return made


def _of_one_model(result: Result, *, bar: int) -> Table:
    noise = ("noise\n%",) if any_noise(result) else ()
    made = table("attack", "drop", figures=("clean\nacc. %", "under\nattack", "flips", *noise, "changed"))
    made.columns[0].max_width = _LONGEST_NAME
    most = _largest(result)
    for row in result.rows:
        figures = [value_in(row, row.clean_accuracy), value_in(row, row.perturbed_accuracy), str(row.flips)]
        figures += [value_in(row, row.on_changed.noise)] * len(noise)
        changed = "\n".join((f"{row.trials_changed}/{row.trials}", *skipped_counts(row)))
        shown = figures if row.trials_changed else [NOTHING] * len(figures)
        made.add_row(strong(row.attack), _drop_cell(row, most, bar=bar, stacked=False), *shown, changed)
    return made


def _largest(result: Result) -> float:
    return max((row.drop.value for row in result.rows if row.drop), default=0.0)


def _drop_cell(row: Row | None, most: float, *, bar: int, stacked: bool) -> Text:
    if row is None or row.drop is None:
        return Text("no prediction" if row and row.skipped else "not applicable", style="dim italic")
    mark = "?" if row.is_doubtful else "*" if row.significance == "significant" else " "
    style = STYLES[None if row.is_doubtful else row.significance]
    return _cell(row.drop, mark, most, bar=bar, stacked=stacked, style=style)


def _cell(
    figure: Estimate | None, mark: str, most: float, *, bar: int, stacked: bool, style: str = ""
) -> Text:
    """A figure with its mark, a bar where there is room, and its interval behind it or below."""
    shown = Text(f"{value(figure)}{mark or ' '}".rjust(_FIGURE), style=f"bold {style}")
    ends = "" if figure is None else interval(figure)
    if not stacked:
        shown.append(f" {ends:<{_INTERVAL}}", style="not bold dim")
    if bar and figure is not None and most > 0:
        shown.append(f" {_bar(figure.value / most, bar):<{bar}}", style="not bold")
    if stacked and ends:
        shown.append(f"\n{ends}", style="not bold dim")
    return shown


def _bar(share: float, columns: int) -> str:
    """A bar of that share of the columns, in eighths of one; of nothing, none."""
    eighths = max(0, round(8 * columns * share))
    return _EIGHTHS[8] * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def classes(result: Result, *, width: int) -> Iterator[RenderableType]:
    """The drop of each true class, and which predicted class became which."""
    classes = NamedClasses.of(result.plan)
    by_class = [row for row in result.slices if row.slice and row.slice.column == TRUE_LABEL and row.drop]
    largest: dict[str, float] = {}
    for row in by_class:
        assert row.slice is not None
        assert row.drop is not None
        largest[row.slice.value] = max(row.drop.value, largest.get(row.slice.value, -1.0))
    shown = sorted(largest, key=lambda label: -largest[label])[:_MOST_CLASSES]
    parts = []
    if by_class:
        title = "Drop by true class, pp"
        if len(shown) < len(largest):
            title += f" ({len(shown)} of {len(largest)} classes, those with the largest drops)"
        labels = [label for label in largest if label in shown]
        parts.append(section(title, *_by_class(by_class, labels, width)))
    if flips := _flips(result, classes):
        parts.append(
            section("Flips over all attacks: the share of a predicted class that became another", flips)
        )
    yield Columns(parts, padding=(0, _BETWEEN, 0, 0))


def _by_class(rows: Sequence[Row], labels: Sequence[str], width: int) -> Iterator[RenderableType]:
    found = {(row.model, row.attack, row.slice.value): row for row in rows if row.slice}
    models = list(dict.fromkeys(row.model for row in rows))
    attacks = list(dict.fromkeys(row.attack for row in rows))
    called = list(map(class_text, labels))
    room = width - min(_LONGEST_NAME, max(map(len, attacks))) - 3
    longest = max(*map(len, called), *(len(f"model {model}") for model in models))
    most = max(_CLASS.stop - 1, room // (len(models) * len(labels)) - 2)
    columns = min(max(_CLASS.start, longest), most)
    at_once = max(1, room // ((columns + 2) * len(labels)))
    short_models = dict(zip(models, short_names(models, columns), strict=True))
    for start in range(0, len(models), at_once):
        made = table("attack")
        made.padding = (0, 1, 0, 0)
        made.columns[0].max_width = _LONGEST_NAME
        for model in models[start : start + at_once]:
            for number, name in enumerate(short_names(called, columns)):
                head = f"model {model}" if len(model) + 6 <= columns else short_models[model]
                shown = f"{'' if number else visible(head)}\n{name}"
                made.add_column(shown, justify="right", no_wrap=True)
        for attack in attacks:
            cells = (
                _class_cell(found.get((model, attack, label)))
                for model in models[start : start + at_once]
                for label in labels
            )
            made.add_row(strong(attack), *cells)
        yield Padding(made, (int(start > 0), 0, 0, 0))


def _class_cell(row: Row | None) -> Text:
    if row is None or row.drop is None:
        return Text(NOTHING, style="dim")
    sure = not row.is_doubtful and row.drop.is_above_zero
    return Text(f"{value(row.drop)}{'?' if row.is_doubtful else ' '}", style="bold" if sure else "")


def lengths(result: Result) -> Iterator[RenderableType]:
    """The drop of each model by the length of the text: the mean over attacks that apply to all lengths."""
    rows = {
        (row.slice.value, row.model, row.attack): row
        for row in result.slices
        if row.slice and row.slice.column in TEXT_LENGTHS and not row.slice.declared and row.drop
    }
    if not rows:
        return
    (unit,) = {row.slice.column for row in rows.values() if row.slice}
    values = list(dict.fromkeys(value for value, _, _ in rows))
    models = list(dict.fromkeys(model for _, model, _ in rows))
    attacks = dict.fromkeys(attack for _, _, attack in rows)
    called = short_names([f"model {model}" for model in models], _LONGEST_NAME)
    made = table(f"{unit} of the text", figures=values)
    for model, name in zip(models, called, strict=True):
        common = [each for each in attacks if all((value, model, each) in rows for value in values)]
        if common:
            found = ([rows[value, model, each] for each in common] for value in values)
            made.add_row(name, *map(_mean_drop, found))
    if made.rows:
        yield section("Drop by length of the text, pp, mean over attacks (not tested)", made)


def _mean_drop(rows: Sequence[Row]) -> str:
    drops = [row.drop.value for row in rows if row.drop]
    return f"{percent(sum(drops) / len(drops))}{'?' if any(row.is_doubtful for row in rows) else ' '}"


def _flips(result: Result, classes: NamedClasses) -> Table | None:
    """For each model, over all attacks, the shares of a predicted class that became another."""
    models = list(dict.fromkeys(row.model for row in result.rows))
    found = [FlipShares.of(result, model) for model in models]
    pairs: Counter[tuple[int, int]] = Counter()
    for each in found:
        pairs.update({pair: number for pair, number in each.trials.items() if pair[0] != pair[1]})
    if not pairs:
        return None
    named = models if max(map(len, models)) > _HEAD - len("model ") else [f"model {name}" for name in models]
    made = table("predicted → attacked", figures=short_names(named, _HEAD))
    common = pairs.most_common(_MOST_PAIRS)
    shown = dict.fromkeys(number for pair, _ in common for number in pair)
    called = [class_text(classes.name(number)) for number in shown]
    names = dict(zip(shown, short_names(called, 20), strict=True))
    for (clean, perturbed), _ in common:
        shares = (
            f"{each.share(clean, perturbed)} of {each.of_class[clean]:,}" if each.of_class[clean] else NOTHING
            for each in found
        )
        made.add_row(f"{names[clean]} → {names[perturbed]}", *shares)
    return made


@dataclass(frozen=True, slots=True)
class FlipShares:
    """Over all attacks of a model, the trials of each pair of predictions, clean and perturbed."""

    trials: Counter[tuple[int, int]]
    of_class: Counter[int]

    @classmethod
    def of(cls, result: Result, model: str) -> "FlipShares":
        made = cls(Counter(), Counter())
        for row in result.rows:
            for each in row.flip_matrix if row.model == model else ():
                made.trials[each.clean, each.perturbed] += each.trials
                made.of_class[each.clean] += each.trials
        return made

    def share(self, clean: int, perturbed: int) -> str:
        """The share of the trials predicted as a class that became another, in percent."""
        whole = self.of_class[clean]
        return f"{percent(self.trials[clean, perturbed] / whole)}%" if whole else NOTHING


def examples(result: Result) -> Iterator[RenderableType]:
    """A trial of each of the three worst drops, in the direction of the finding, if there is one."""
    lines: list[RenderableType] = []
    for row, of_class, drop in examples_of_drops(result, _MOST_EXAMPLES):
        assert row.example_trial is not None
        shown = row.example_trial
        names = (shown.clean_prediction_name, shown.perturbed_prediction_name)
        if shown.is_reduced:
            names = (shown.clean_prediction_name, shown.smallest_prediction_name)
        before, after = (visible(class_text(name)) if name else NOTHING for name in names)
        by = f" by {shown_of_edits(shown)}" if shown.is_reduced else ""
        whose = f"{visible(of_class)} texts " if of_class else ""
        head = strong(row.attack).append(
            f", model {visible(row.model)}, {whose}{value(drop)} pp: predicted {before} → {after}{by}",
            style="not bold dim",
        )
        lines.append(Group(head, Padding(mark_trial(shown, budget=240), (0, 0, 0, 2))))
    if lines:
        yield section("Examples of the largest drops", *lines)
