"""What audits will take, as tables for a terminal or a pipe."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import visible
from robustaudit.core.figures import percent
from robustaudit.engine import FLIPS, Forecast
from robustaudit.reports.figures import points


def render_forecast(forecast: Forecast) -> RenderableType:
    """The question, what is known, and two tables: audits of a fixed size, and until decided."""
    return Group(
        _header(forecast),
        _titled("An audit of a fixed size", _fixed(forecast)),
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
    grid.add_row(
        "audit",
        f"{_count(question.models, 'model')}, {_count(question.attacks, 'attack')}; "
        f"a chance of {points(question.alpha)} % that any answer is wrong",
    )
    grid.add_row("known", _known(forecast))
    draws = "not known" if spread.draws is None else f"{spread.draws:.3f}"
    grid.add_row(
        "variance",
        f"{spread.groups:.3f} between groups, {spread.examples:.3f} between examples, {draws} between draws",
    )
    return Padding(grid, (1, 0, 0, 0))


def _known(forecast: Forecast) -> str:
    if (pilot := forecast.pilot) is None:
        return f"nothing: assumed that {points(FLIPS)} % of texts flip, all draws of a text alike"
    return visible(
        f"{_count(forecast.examples, 'example')} with {_count(forecast.draws, 'draw')} in {pilot.run}: "
        f"model {pilot.model} under {pilot.attack}, which need the most of {pilot.cells}"
    )


def _fixed(forecast: Forecast) -> Table:
    rows = [
        [f"{each.draws}", f"{each.examples:,}", f"{each.trials:,}", f"{each.model_calls:,}"]
        for each in forecast.fixed
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
            percent(each.kept),
            percent(each.violated),
        ]
        for each in forecast.until_decided
    ]
    names = ("true drop,\npoints", "examples,\nmedian", "nine audits\nin ten", "model calls,\nmedian")
    return _table((*names, "kept\n%", "violated\n%"), rows)


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
        "its text. The second table is simulated: near the threshold it takes the most."
    )
    if forecast.spread.draws is None:
        told += "\nThe pilot drew each example once: what more draws would bring needs one with --examples."
    return Text(told, style="dim")


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + "s" * (number != 1)
