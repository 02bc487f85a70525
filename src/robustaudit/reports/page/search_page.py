"""The page of a search: robust accuracy over queries and over edits, and the smallest edits that fail."""

from collections.abc import Iterator, Sequence

from robustaudit.core.display import percent, visible
from robustaudit.reports.page.document import page
from robustaudit.reports.page.svg import drawn
from robustaudit.reports.page.view import pieces
from robustaudit.reports.search_report import fewest_edits_first
from robustaudit.reports.worst_case_charts import search_charts
from robustaudit.worst_case.search_result import SearchResult, SearchRow

_FAILURES = 25  # of a model under an attack


def search_page(found: SearchResult) -> bytes:
    """One HTML file that opens offline; the same search gives the same bytes."""
    plan = found.record.plan.as_json()
    return page(
        "search",
        version=plan["robustaudit"],
        plan=plan,
        budget=found.budget,
        attacks=found.record.plan.layout.attacks,
        rows=found.rows,
        worst=min(found.rows, key=lambda row: row.searched_accuracy.value),
        sentences=list(_sentences(found.rows)),
        charts=[(chart, drawn(chart)) for chart in search_charts(found)],
        failures=[(row, fewest_edits_first(row)) for row in found.rows if row.failures],
        most=_FAILURES,
        named=found.classes.name,
        pieces=pieces,
    )


def _sentences(rows: Sequence[SearchRow]) -> Iterator[str]:
    """What the search found of each model and attack, beside random draws."""
    for row in rows:
        accuracies = (row.clean_accuracy, row.random_accuracy, row.searched_accuracy)
        clean, by_draws, searched = (percent(each.value) for each in accuracies)
        yield (
            f"Model {visible(row.model)} under {visible(row.attack)}: clean accuracy {clean}%, "
            f"{by_draws}% after random draws, {searched}% after the search."
        )
