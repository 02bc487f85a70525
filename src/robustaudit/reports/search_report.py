"""The report of a search: robust accuracy over queries and over edits, and texts that fail."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.reports.layout import legend, section, strong, table
from robustaudit.reports.text import count, figure, mark_edits
from robustaudit.worst_case.search_result import Failure, SearchResult, SearchRow

_SHOWN = 3  # failing texts of each row
_BUDGET = 160  # characters of a text
_NARROW, _NARROWER = 100, 80  # columns


def render_search(found: SearchResult, *, width: int, verbose: bool) -> RenderableType:
    """Accuracies, curves, and the failing texts with the fewest edits, or all of them."""
    return Group(
        _accuracies(found),
        *(_curves(row, width) for row in found.rows),
        section("Texts that fail", *_failures(found, width, verbose=verbose)),
        _legend(),
    )


def _accuracies(found: SearchResult) -> RenderableType:
    figures = ("clean\nacc. %", "after\ndraws %", "after search\n% [95% CI]", "queries an\nexample")
    made = table("model", "attack", figures=figures)
    for row in found.rows:
        accuracies = (row.clean_accuracy.value, row.random_accuracy.value)
        shown = (*map(percent, accuracies), figure(row.searched_accuracy), f"{row.queries_per_example:.1f}")
        made.add_row(strong(row.model), visible(row.attack), *shown)
    examples = count(found.record.plan.examples, "example")
    return section(f"Robust accuracy: at most {found.budget:,} queries for each of {examples}", made)


def _curves(row: SearchRow, width: int) -> RenderableType:
    least = 1 if width > _NARROW else 2 if width > _NARROWER else 5
    over_queries = [
        each for each in row.over_queries if each.queries >= min(least, row.over_queries[-1].queries)
    ]
    queries = table("after queries", figures=[f"{each.queries:,}" for each in over_queries])
    queries.add_row("search, %", *(percent(each.searched) for each in over_queries))
    queries.add_row("random draws, %", *(percent(each.random) for each in over_queries))
    edits = table("by edits", figures=[f"{each.edits}" for each in row.over_edits])
    edits.add_row("search, %", *(percent(each.searched) for each in row.over_edits))
    return section(_title(row), queries, Text(), edits)


def _title(row: SearchRow) -> Text:
    return strong(f"{row.attack}, model {row.model}")


def _failures(found: SearchResult, width: int, *, verbose: bool) -> Iterator[RenderableType]:
    """For each row the texts that fail, those with the fewest edits first."""
    for row in found.rows:
        fewest = fewest_edits_first(row)
        shown = fewest if verbose else fewest[:_SHOWN]
        rest = f": {len(shown)} of {count(len(fewest), 'example')} that fail"
        yield _title(row).append(rest, style="not bold dim")
        for each in shown:
            text = mark_edits(each.example.text, each.edits, budget=max(_BUDGET, width), lead="• ")
            named = found.classes.name
            change = f"{named(each.clean_prediction)} → {named(each.prediction)}"
            yield text.append(f"  {visible(change)}", style="dim")


def fewest_edits_first(row: SearchRow) -> list[Failure]:
    """The failing texts of a row, those with the fewest edits first, then those found soonest."""
    return sorted(row.failures, key=lambda each: (len(each.edits), each.failed_after))


def _legend() -> RenderableType:
    return legend(
        (
            "Robust accuracy: the share of examples that are correct and without a failing text found.",
            "It is an upper bound of the certified accuracy.",
            "Queries are different texts, the clean one included; after a failure, edits are taken back.",
            "{was→is} marks an edit.",
        )
    )
