"""The report of a search: robust accuracy over queries and over edits, and texts that fail."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.reports.layout import legend, section, strong, table
from robustaudit.reports.text import count, figure, mark_edits
from robustaudit.worst_case.search_result import SearchResult, SearchRow

_SHOWN = 3  # failing texts of each row
_NARROW = 100  # columns


def render_search(found: SearchResult, *, width: int, verbose: bool) -> RenderableType:
    """Accuracies, curves, and the failing texts with the fewest edits, or all of them."""
    shown = len(found.record.plan.layout.attacks) * found.record.plan.examples if verbose else _SHOWN
    return Group(_accuracies(found), *(_curves(row, width, shown) for row in found.rows), _legend())


def _accuracies(found: SearchResult) -> RenderableType:
    made = table(
        "model",
        "attack",
        figures=("clean accuracy", "after draws", "after search [95% CI]", "queries/example"),
        expand=True,
    )
    for row in found.rows:
        made.add_row(
            strong(row.model),
            visible(row.attack),
            percent(row.clean_accuracy.value),
            percent(row.random_accuracy.value),
            figure(row.searched_accuracy),
            f"{row.queries_per_example:.1f}",
        )
    examples = count(found.record.plan.examples, "example")
    title = f"Search with at most {found.budget:,} queries for each of {examples}"
    return section(title, made)


def _curves(row: SearchRow, width: int, shown: int) -> RenderableType:
    over_queries = [each for each in row.over_queries if width > _NARROW or each.queries > 1]
    queries = table("robust accuracy after queries", figures=[f"{each.queries:,}" for each in over_queries])
    queries.add_row("search", *(percent(each.searched) for each in over_queries))
    queries.add_row("random draws", *(percent(each.random) for each in over_queries))
    edits = table("robust accuracy by edits", figures=[f"{each.edits}" for each in row.over_edits])
    edits.add_row("search", *(percent(each.searched) for each in row.over_edits))
    title = strong(row.model).append(f", {visible(row.attack)}", style="not bold")
    return section(title, queries, Text(), edits, *_failures(row, width, shown))


def _failures(row: SearchRow, width: int, shown: int) -> Iterator[RenderableType]:
    fewest = sorted(row.failures, key=lambda each: (len(each.edits), each.failed_after))[:shown]
    if fewest:
        yield Text()
    for each in fewest:
        yield mark_edits(each.example.text, each.edits, budget=width)


def _legend() -> RenderableType:
    return legend(
        (
            "Robust accuracy: the share of examples that are correct and without a failing text found: an",
            "upper bound of the certified accuracy. Queries are different texts, the clean one included.",
            "Once a text fails, edits that it does not need are taken back. {was→is} marks an edit.",
        )
    )
