"""What audits will take, as tables for a terminal or a pipe."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.reports.text import points
from robustaudit.runs.forecast import Forecast
from robustaudit.statistics.intervals import LEVEL
from robustaudit.statistics.power import Design


def render_forecast(forecast: Forecast) -> RenderableType:
    """The question, what is known, and tables: audits of a fixed size, and until decided."""
    question = forecast.question
    one, every = ("passes", "pass") if question.passes else ("fails", "fail")
    sizes = [_titled(f"A fixed size with which a check of the gate {one}", _fixed(forecast.fixed))]
    if question.checks > 1:
        title = f"A fixed size with which all {question.checks:,} checks {every}"
        sizes.append(_titled(title, _fixed(forecast.fixed_all)))
    return Group(
        _header(forecast),
        *sizes,
        _titled(
            f"With --until-decided, {_count(forecast.draws, 'draw')} per example", _until_decided(forecast)
        ),
        Padding(_legend(forecast), (1, 0)),
    )


def _header(forecast: Forecast) -> RenderableType:
    question, spread = forecast.question, forecast.spread
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold")
    grid.add_column()
    told = f"a drop of {points(question.true_drop)} points from one of {points(question.max_drop)}"
    grid.add_row("to tell", f"{told}, with a chance of {points(question.power)} %")
    grid.add_row("audit", f"{_count(question.models, 'model')}, {_count(question.attacks, 'attack')}")
    grid.add_row("gate", _gate(forecast))
    grid.add_row("known", _known(forecast))
    draws = "not known" if spread.draws is None else f"{spread.draws:.3f}"
    grid.add_row(
        "variance",
        f"{spread.groups:.3f} between groups, {spread.examples:.3f} between examples, {draws} between draws",
    )
    return Padding(grid, (1, 0, 0, 0))


def _gate(forecast: Forecast) -> str:
    question = forecast.question
    if question.passes:
        return f"a check passes where the drop is shown to be below the threshold, at {points(LEVEL)} %"
    family = f" over {question.checks:,} checks, by Holm's method" if question.checks > 1 else ""
    return f"a check fails where the drop is shown to be above the threshold, at {points(LEVEL)} %{family}"


def _known(forecast: Forecast) -> str:
    if (pilot := forecast.pilot) is None:
        return _assumed(forecast)
    return visible(
        f"{_count(forecast.examples, 'example')} with {_count(forecast.draws, 'draw')} in {pilot.run}: "
        f"model {pilot.model} under {pilot.attack}, which need the most of {pilot.cells}"
    )


def _assumed(forecast: Forecast) -> str:
    flips = f"assumed that {points(forecast.flips or 0.0)} % of texts flip, all draws of a text alike"
    if forecast.clean_accuracy is None:
        return f"nothing: {flips}"
    return f"a clean accuracy of {points(forecast.clean_accuracy)} %: {flips}"


def _fixed(designs: Sequence[Design]) -> Table:
    rows = [
        [f"{each.draws}", f"{each.examples:,}", f"{each.trials:,}", f"{each.model_calls:,}"]
        for each in designs
    ]
    return _table(("draws per example", "examples", "trials of each\nmodel and attack", "model calls"), rows)


def _until_decided(forecast: Forecast) -> Table:
    more = f"over {forecast.most_examples:,}"
    rows = [
        [
            points(each.true_drop),
            more if each.examples is None else f"{each.examples:,}",
            more if each.examples_90 is None else f"{each.examples_90:,}",
            "–" if each.model_calls is None else f"{each.model_calls:,}",
            percent(each.passed),
            percent(each.failed),
        ]
        for each in forecast.until_decided
    ]
    names = ("true drop,\npoints", "examples,\nmedian", "nine audits\nin ten", "model calls,\nmedian")
    return _table((*names, "passed\n%", "failed\n%"), rows)


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False, header_style="dim")
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table


def _titled(title: str, table: Table) -> RenderableType:
    return Padding(Group(Text(title, style="bold"), table), (1, 0, 0, 0))


def _legend(forecast: Forecast) -> Text:
    told = (
        "Model calls are of all models and attacks together, if each has that drop and every trial changes "
        "its text. Sizes are simulated: near the threshold it takes the most. Any answer of an audit until "
        f"decided is wrong with a chance of {points(forecast.question.alpha)} % at the most."
    )
    if forecast.pilot:
        told += (
            "\nOf plans from a pilot, which saw few or many flips by luck, some four in five have that power."
        )
        if forecast.spread.draws is None:
            told += (
                "\nThe pilot drew each example once: what more draws would bring needs one with --examples."
            )
        else:
            told += f"\nMore draws than the pilot's {forecast.draws} are taken to bring nothing."
    return Text(told, style="dim")


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + "s" * (number != 1)
