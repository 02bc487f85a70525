"""What is told of one check where there is room for lines of text."""

from collections.abc import Iterator

from robustaudit.core.display import visible
from robustaudit.engine.gate import Check
from robustaudit.reports.gate import most_telling, place, said
from robustaudit.reports.marked import marked


def told(check: Check, *, replay: bool = True) -> Iterator[str]:
    """The reason with its figures, and the trials that break the rule, with the commands that redo them."""
    yield visible(f"model {check.model}, {place(check)}: {check.reason}")
    yield visible(f"{check.rule.title}, over {check.examples:,} changed examples")
    for breaking in most_telling([check]):
        yield ""
        yield marked(breaking.clean_text, breaking.edits, budget=400).plain
        yield visible(said(breaking))
        if replay:
            yield visible(breaking.replay)
