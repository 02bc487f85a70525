"""How many trials are in no figure, since a model did not answer, in lines for each report."""

from collections.abc import Callable, Iterator

from robustaudit.core.display import visible
from robustaudit.engine import Result, Row
from robustaudit.reports.figures import count


def unanswered(result: Result, *, named: Callable[[str], str] = visible) -> Iterator[str]:
    """How many were skipped, and for each model the attacks that took its answer away.

    `named` makes the name of a model or an attack harmless where the line is shown.
    """
    if skipped := sum(row.skipped for row in result.rows):
        yield f"{count(skipped, 'trial')} skipped: a model did not answer; no measure counts them."
    for model in dict.fromkeys(row.model for row in result.rows if row.no_answer):
        lost = [row for row in result.rows if row.model == model and row.no_answer]
        trials = count(sum(row.no_answer for row in lost), "trial")
        each = ", ".join(f"{named(row.attack)} {row.no_answer:,} of {row.trials:,}" for row in lost)
        yield (
            f"Model {named(model)} answered the clean texts of {trials} and not the perturbed ones: "
            f"it replied without an answer, as where it refuses: {each}."
        )


def skipped(row: Row) -> tuple[str, ...]:
    """What a row says of its trials that are in no figure: those without an answer, and others."""
    others = row.skipped - row.no_answer
    parts = ((row.no_answer, "no answer"), (others, "skipped"))
    return tuple(f"{number:,} {what}" for number, what in parts if number)
