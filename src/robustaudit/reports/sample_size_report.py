"""The sample size that audits need: what decides it, for a terminal or a pipe; `--json` has all figures."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.core.spelling import named
from robustaudit.reports.layout import facts, legend, section, strong, table
from robustaudit.reports.text import NOTHING, count, listed, points
from robustaudit.runs.forecast import Forecast, Pilot
from robustaudit.statistics.intervals import LEVEL
from robustaudit.statistics.measures import FEW_EXAMPLES
from robustaudit.statistics.power import Design

_FIXED = ("draws per\nexample", "examples", "trials per\nmodel and attack", "model calls")
_MOST_NAMED = 4  # rows in the first sentence
_MOST_ROWS = 10  # of a pilot
_SEQUENTIAL = (
    "true drop,\npp",
    "examples,\nmedian",
    "examples,\n90% of audits",
    "model calls,\nmedian",
    "passed\n%",
    "failed\n%",
)


def render_forecast(forecast: Forecast) -> RenderableType:
    """The question, what is known, and tables: audits of a fixed size, and sequential tests."""
    question = forecast.question
    draws = count(forecast.draws, "draw")
    parts = [
        *_rows(forecast),
        section(f"Fixed sample size, with power {points(question.power)}%", _fixed(forecast)),
        section(f"Sequential test, {draws} per example", _sequential(forecast)),
    ]
    first = (Padding(Text(line), (1, 0, 0, 0)) for line in _answer(forecast))
    return Group(*first, Padding(facts(_header(forecast)), (1, 0, 0, 0)), *parts, legend(_legend(forecast)))


def _answer(forecast: Forecast) -> Iterator[str]:
    """What the data at hand decide, in one sentence, where a pilot tells."""
    if (pilot := forecast.pilot) is None:
        return
    several = len({row.model for row in pilot.rows}) > 1
    undecided = [
        f"{visible(row.model)} under {visible(row.attack)}" if several else visible(row.attack)
        for row in pilot.rows
        if row.examples is None
    ]
    if few := pilot.cells - len(pilot.rows):
        undecided.append(f"{count(few, 'row')} with fewer than {FEW_EXAMPLES} changed examples")
    decided = sum(row.examples is not None for row in pilot.rows)
    of_rows = f"{decided} of {count(pilot.cells, 'row')}"
    power = f"with power {points(forecast.question.power)}%"
    rows = f"The {count(pilot.at_hand, 'example')} of the data decide {of_rows} {power}"
    if len(undecided) > _MOST_NAMED:
        yield f"{rows}; the other {pilot.cells - decided} are undecided."
    else:
        yield f"{rows}; undecided: {listed(undecided)}." if undecided else f"{rows}."


def _header(forecast: Forecast) -> Iterator[tuple[str, str]]:
    question = forecast.question
    drops = f"a drop of {points(question.true_drop)} pp against a threshold of {points(question.max_drop)} pp"
    yield "detect", f"{drops}, with power {points(question.power)}%"
    yield "audit", f"{count(question.models, 'model')}, {count(question.attacks, 'attack')}"
    yield "gate", _gate(forecast)
    yield "pilot" if forecast.pilot else "assumed", _known(forecast)


_ROWS = ("drop,\npp", "the gate\nshould", "examples\nneeded", "power with\nall, %")


def _rows(forecast: Forecast) -> Iterator[RenderableType]:
    """What the data at hand decide, row by row, the surest rows of many."""
    if (pilot := forecast.pilot) is None or not pilot.rows:
        return
    made = table("model", "attack", figures=_ROWS)
    surest = sorted(pilot.rows, key=lambda row: (row.examples is None, row.examples, -row.power))
    for row in surest[:_MOST_ROWS]:
        needed = f"over {pilot.at_hand:,}" if row.examples is None else f"{row.examples:,}"
        outcome = "pass" if row.drop < forecast.question.max_drop else "fail"
        figures = (percent(row.drop), outcome, needed, percent(row.power))
        made.add_row(strong(row.model), visible(row.attack), *figures)
    at_hand = count(pilot.at_hand, "example")
    rest = len(pilot.rows) - _MOST_ROWS
    needing = f"and {count(rest, 'row')} that {'needs' if rest == 1 else 'need'} more (--json has all)"
    more = [Text(needing, style="dim")] if rest > 0 else []
    yield section(f"What the {at_hand} of the data decide, if drops are as in the pilot", made, *more)


def _gate(forecast: Forecast) -> str:
    question = forecast.question
    if question.passes:
        return f"a check passes if the drop is significantly below the threshold (one-sided p < {LEVEL:g})"
    family = f", Holm over {question.checks:,} checks" if question.checks > 1 else ""
    return f"a check fails if the drop is significantly above the threshold (one-sided p < {LEVEL:g}{family})"


def _known(forecast: Forecast) -> str:
    if (pilot := forecast.pilot) is None:
        return _assumed(forecast)
    return visible(
        f"{count(forecast.examples, 'example')} with {count(forecast.draws, 'draw')} in {pilot.run}: "
        f"variances of model {pilot.model} under {pilot.attack}, which need the most of {pilot.cells}"
    )


def _assumed(forecast: Forecast) -> str:
    flips = f"flip rate {points(forecast.flips or 0.0)}%, all draws of a text alike"
    if forecast.clean_accuracy is None:
        return flips
    return f"{flips}, given a clean accuracy of {points(forecast.clean_accuracy)}%"


def _fixed(forecast: Forecast) -> Table:
    """The designs for one check, and for all; of more draws, those that take fewer examples."""
    question = forecast.question
    one, every = ("passes", "pass") if question.passes else ("fails", "fail")
    wanted: list[tuple[str, Sequence[Design]]] = [(f"a check {one}", forecast.fixed)]
    if question.checks > 1:
        wanted.append((f"all {question.checks:,} checks {every}", forecast.fixed_all))
    made = table("so that", figures=_FIXED)
    for what, designs in wanted:
        least = 0
        for each in designs:
            if not least or each.examples < least:
                figures = (each.draws, each.examples, each.trials, each.model_calls)
                made.add_row("" if least else what, *map("{:,}".format, figures))
                least = each.examples
    return made


def _sequential(forecast: Forecast) -> Table:
    more = f"over {forecast.most_examples:,}"
    shown = (0.0, forecast.question.true_drop, forecast.question.max_drop, 2 * forecast.question.max_drop)
    rows = (
        (
            points(each.true_drop),
            more if each.examples is None else f"{each.examples:,}",
            more if each.examples_90 is None else f"{each.examples_90:,}",
            NOTHING if each.model_calls is None else f"{each.model_calls:,}",
            percent(each.passed),
            percent(each.failed),
        )
        for each in forecast.until_decided
        if each.true_drop in shown
    )
    return _table(_SEQUENTIAL, rows)


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    made = table(figures=names)
    for row in rows:
        made.add_row(*row)
    return made


def _about_rows(pilot: Pilot) -> Iterator[str]:
    if few := pilot.cells - len(pilot.rows):
        yield f"Left out: {count(few, 'row')} of fewer than {FEW_EXAMPLES} changed examples."
    yield (
        "Drops of a pilot are uncertain, and the largest ones are likely to be smaller than they look: so is "
        "the power for a row."
    )


def _legend(forecast: Forecast) -> Iterator[str]:
    yield (
        "Model calls are of all models and attacks together, if each has that drop and every trial changes "
        "its text. Sizes are simulated; they are largest near the threshold. Family-wise error rate of a "
        f"sequential test: at most {points(forecast.question.alpha)}%."
    )
    if pilot := forecast.pilot:
        yield from _about_rows(pilot)
        yield (
            "About four in five sample sizes planned from a pilot give at least that power; in the others, "
            "the pilot saw too few flips by chance."
        )
        if forecast.spread.draws is None:
            yield (
                "The pilot drew each example once: what more draws would add is known only from a pilot "
                f"with several, such as one with more {named('trials')} than {named('examples')}."
            )
        else:
            yield f"More draws than the pilot's {forecast.draws} are assumed to add nothing."
