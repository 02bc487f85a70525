"""The curves of sweeps and searches as charts: accuracy over the number of edits, and of queries."""

from collections.abc import Callable, Iterator, Sequence

from robustaudit.core.display import visible
from robustaudit.reports.charts import Chart, ChartPoint, ChartSeries, Panel, chart_points, series_name
from robustaudit.statistics.measures import Estimate
from robustaudit.worst_case.certification import CurveOverEdits
from robustaudit.worst_case.search_result import SearchResult, SearchRow


def certified_chart(curves: Sequence[CurveOverEdits]) -> Chart | None:
    """Certified accuracy over the number of edits, a panel for each attack; None of single edits alone."""
    if not any(edits > 1 for curve in curves for edits in curve.accuracies):
        return None
    attacks = dict.fromkeys(curve.attack for curve in curves)
    return Chart(
        name="by-edits",
        title="Certified accuracy by edits",
        caption="The share of examples that are predicted correctly and whose prediction no text of up to "
        "so many edits changes, with its 95% confidence interval; 0 edits is the clean text. An example with "
        "too many such texts to query all is not certified.",
        x="edits",
        y="certified accuracy, %",
        panels=tuple(
            Panel(visible(attack), tuple(_certified(each) for each in curves if each.attack == attack))
            for attack in attacks
        ),
    )


def _certified(curve: CurveOverEdits) -> ChartSeries:
    return ChartSeries(series_name(curve.model), chart_points(curve.accuracies, curve.accuracies.values()))


def search_charts(found: SearchResult) -> Iterator[Chart]:
    """Robust accuracy over queries, with that of random draws, and over edits; a panel for each attack."""
    yield Chart(
        name="by-queries",
        title="Robust accuracy by queries",
        caption="The share of examples that are correct and without a failing text after so many queries, of "
        "the search and of random draws, with its 95% confidence interval at the full budget. The axis of "
        "queries is logarithmic.",
        x="queries of each example",
        y="robust accuracy, %",
        panels=_panels(found, _over_queries),
        logarithmic=True,
    )
    if any(len(row.over_edits) > 1 for row in found.rows):
        yield Chart(
            name="by-edits",
            title="Robust accuracy by edits",
            caption="The share of examples that are correct and for which the search found no failing text "
            "of at most so many edits; 0 edits is the clean text.",
            x="edits",
            y="robust accuracy, %",
            panels=_panels(found, _over_edits),
        )


def _panels(found: SearchResult, series: Callable[[SearchRow], Iterator[ChartSeries]]) -> tuple[Panel, ...]:
    lines: dict[str, list[ChartSeries]] = {}
    for row in found.rows:
        lines.setdefault(row.attack, []).extend(series(row))
    return tuple(Panel(visible(attack), tuple(of_attack)) for attack, of_attack in lines.items())


def _over_queries(row: SearchRow) -> Iterator[ChartSeries]:
    """The two curves; at the full budget with the intervals."""
    *before, last = row.over_queries
    places, name = [each.queries for each in before], series_name(row.model)
    for method, shares, at_last in (
        ("search", [each.searched for each in before], row.searched_accuracy),
        ("random draws", [each.random for each in before], row.random_accuracy),
    ):
        points = chart_points(places, map(Estimate, shares))
        yield ChartSeries(f"{name}, {method}", (*points, ChartPoint(last.queries, at_last)))


def _over_edits(row: SearchRow) -> Iterator[ChartSeries]:
    points = chart_points(
        [each.edits for each in row.over_edits], [Estimate(each.searched) for each in row.over_edits]
    )
    yield ChartSeries(series_name(row.model), points)
