"""Tables of all that a result holds besides single drops: measures, severities, models, slices."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from robustaudit.core.display import visible
from robustaudit.reports.layout import section, strong, table
from robustaudit.reports.text import (
    NOTHING,
    count,
    interval,
    largest_drops,
    listed,
    others_line,
    value,
)
from robustaudit.runs.result import Result, Row
from robustaudit.runs.slices import TRUE_LABEL
from robustaudit.statistics.measures import Estimate

_COLUMN = 16  # characters of a figure with its interval below
_NARROW = 14  # of one in a table that has room for five models in 100 columns

_MEASURES: Mapping[str, Callable[[Row], Estimate | None]] = {
    "clean accuracy": lambda row: row.clean_accuracy,
    "accuracy under attack": lambda row: row.perturbed_accuracy,
    "relative drop": lambda row: row.on_changed.relative_drop,
    "flip rate": lambda row: row.on_changed.flip_rate,
    "attack success rate": lambda row: row.on_changed.attack_success_rate,
    "true label's probability, change": lambda row: row.on_changed.probability_change,
    "macro F1, clean": lambda row: row.on_changed.clean_macro_f1,
    "macro F1, under attack": lambda row: row.on_changed.perturbed_macro_f1,
    "Brier score increase": lambda row: row.on_changed.brier_change,
    "squared calibration error, clean": lambda row: row.on_changed.clean_squared_calibration_error,
    "squared calibration error, under attack": lambda row: row.on_changed.perturbed_squared_calibration_error,
    "squared calibration error, increase": lambda row: row.on_changed.squared_calibration_error_change,
    "noise": lambda row: row.on_changed.noise,
    "flip rate beyond noise": lambda row: row.on_changed.flip_rate_beyond_noise,
    "drop over all trials": lambda row: row.on_all.drop,
    "share of words edited": lambda row: _alone(row.edit_share),
    "share of characters edited": lambda row: _alone(row.character_share),
}

TableCells = Mapping[tuple[str, str], Text]  # by row and column


def overall(result: Result, *, width: int) -> Iterator[RenderableType]:
    """Drops by severity and relative errors, where the plan has them."""
    if result.curves:
        yield section("Drop by severity (percentage points, 95% CI); area: mean drop from severity 0 on")
        levels = sorted({level for curve in result.curves for level in curve.severities})
        cells: dict[tuple[str, str], Text] = {}
        for curve in result.curves:
            name = f"{curve.model}, {curve.base}"
            drops = dict(zip(curve.severities, curve.drops, strict=True))
            cells |= {(name, f"severity {level}"): _cell(drops.get(level)) for level in levels}
            cells[name, "area"] = _cell(curve.area)
        yield from _matrix("model, attack", cells, width)
    if result.summaries:
        baseline = result.summaries[0].baseline
        errors = table("model", figures=("attacks", "relative error"))
        for summary in result.summaries:
            errors.add_row(strong(summary.model), str(summary.attacks), _cell(summary.relative_error))
        yield section(f"Relative error, % of model {baseline} (mean over attacks, 95% CI)", errors)


def details(result: Result, *, width: int) -> Iterator[RenderableType]:
    """All measures of every row with p-values, worst-of-k accuracy and slices."""
    for model in result.plan["models"]:
        rows = [row for row in result.rows if row.model == model["name"] and row.trials_changed]
        slices = [row for row in result.slices if row.model == model["name"] and row.trials_changed]
        if rows:
            yield section(f"Model {model['name']}: all measures, in % (changes in pp), with 95% CI")
            yield from _measures(rows, width)
            yield from _worst_of_k(rows, width)
        if slices:
            yield section(f"Model {model['name']}: drop by slice, pp [95% CI]")
            yield from _slices(slices, width)
    if notes := list(_notes(result)):
        yield Padding(Text("\n".join(notes), style="dim"), (1, 0, 0, 0))


def _notes(result: Result) -> Iterator[str]:
    columns = dict.fromkeys(row.slice.column for row in result.slices if row.slice and row.slice.declared)
    for correction in result.corrections if columns else ():
        named, tests = listed(map(visible, columns)), count(correction.tests, "test")
        yield f"Declared slices, by {named}: tested with the rows (Holm over {tests})."
    if result.slices:
        yield "Exploratory slices are not tested: among many, some stand out by chance."
    if lacking := _lacking_labels(result):
        yield f"Macro F1 is over the labels that changed texts have: {lacking}."
    if result.decisions:
        yield "No CIs: the sequential test stopped early."


def _lacking_labels(result: Result) -> str:
    """Under which attacks no text of some label was changed; of a plan without labels, none."""
    planned = result.plan.get("labels", ())
    known = {label["number"] for label in planned}
    audited = {label["number"] for label in planned if label["examples"]}
    of_label = Counter(
        (row.model, row.attack)
        for row in result.slices
        if row.slice and row.slice.column == TRUE_LABEL and row.trials_changed
    )
    # Of examples of one label there are no slices by it.
    met = {
        row.attack: of_label[row.model, row.attack] if len(audited) > 1 else len(audited)
        for row in result.rows
        if row.trials_changed
    }
    return ", ".join(
        f"{number} of {len(known)} under {visible(attack)}"
        for attack, number in met.items()
        if number < len(known)
    )


def _measures(rows: Sequence[Row], width: int) -> Iterator[RenderableType]:
    # A p-value is read with its effect, which comes first.
    cells = {(row.attack, "drop"): _cell(row.drop) for row in rows}
    cells |= {(row.attack, "one-sided p (drop > 0)"): Text(_p(row.p_value)) for row in rows}
    cells |= {(row.attack, "Holm-adjusted p"): Text(_p(row.p_adjusted)) for row in rows}
    cells |= {(row.attack, name): _cell(measure(row)) for row in rows for name, measure in _MEASURES.items()}
    yield from _matrix("attack", cells, width)


def _worst_of_k(rows: Sequence[Row], width: int) -> Iterator[RenderableType]:
    cells = {
        (row.attack, f"k = {worst.k}"): _cell(worst.accuracy)
        for row in rows
        for worst in row.worst_of_k
        if str(worst.k).rstrip("0") in ("1", "2", "3", "5")
    }
    if len({column for _, column in cells}) > 1:
        yield section("Worst-of-k accuracy: correct on all of k changed draws, % [95% CI]")
        yield from _matrix("attack", cells, width)


def _slices(rows: Sequence[Row], width: int) -> Iterator[RenderableType]:
    by_column: dict[str, dict[tuple[str, str], Text]] = {}
    shown, left_out = _shown_slices(rows)
    for row in shown:
        assert row.slice is not None
        kind = "declared" if row.slice.declared else "exploratory"
        cell = _cell(row.drop)
        if row.is_doubtful:
            cell.append(f"\ntoo few ({row.examples_changed})", style="yellow")
        elif row.significance:
            cell.append(f"\n{row.significance}")
        by_column.setdefault(f"{row.slice.column}\n({kind})", {})[row.attack, row.slice.value] = cell
    for number, (column, cells) in enumerate(by_column.items()):
        yield from _matrix(column, cells, width, apart=number > 0)
    for line in left_out:
        yield Text(line, style="dim")


def _shown_slices(rows: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """The slices that tables show, and a line for each column with those that they leave out."""
    of_column: dict[str, list[Row]] = {}
    for row in rows:
        of_column.setdefault(row.slice.column if row.slice else "", []).append(row)
    shown: list[Row] = []
    lines: list[str] = []
    for column, found in of_column.items():
        values, others = largest_drops(found)
        shown += [row for row in found if row.slice and row.slice.value in values]
        lines += [f"{visible(column)}: {others_line(others)}"] if others else []
    return shown, lines


def _matrix(
    corner: str, cells: TableCells, width: int, *, column: int = _COLUMN, apart: bool = False
) -> Iterator[RenderableType]:
    """A table of cells by row and column; as many tables as its columns need, the first `apart` or not."""
    names = list(dict.fromkeys(name for name, _ in cells))
    columns = list(dict.fromkeys(key[1] for key, cell in cells.items() if cell.plain != NOTHING))
    most = max(1, (width - max(map(len, (*names, corner))) - 3) // (column + 2))
    for start in range(0, len(columns), most):
        part = columns[start : start + most]
        made = table(_visible_lines(corner))
        for each in part:
            made.add_column(_visible_lines(each), justify="right", max_width=column, overflow="fold")
        for name in names:
            made.add_row(strong(name), *(cells.get((name, each), Text(NOTHING)) for each in part))
        yield Padding(made, (int(apart or start > 0), 0, 0, 0))


def _visible_lines(text: str) -> str:
    return "\n".join(map(visible, text.split("\n")))


def _cell(estimate: Estimate | None, *, mark: str = "") -> Text:
    """A figure with its interval below; one that has no method for an interval stands alone."""
    cell = Text(f"{value(estimate)}{mark}")
    if estimate is not None and estimate.has_interval:
        cell.append(f"\n{interval(estimate)}", style="dim")
    return cell


def _alone(share: float | None) -> Estimate | None:
    return None if share is None else Estimate(share)


def _p(p: float | None) -> str:
    if p is None:
        return NOTHING
    return "<0.0001" if p < 1e-4 else f"{p:.4f}"  # noqa: PLR2004  (what four digits can show)
