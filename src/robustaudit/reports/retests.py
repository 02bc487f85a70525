"""Whether models answer alike when they are asked again, in a line for each report."""

from collections.abc import Callable, Iterator, Sequence

from robustaudit.core.display import visible
from robustaudit.engine import Result, Retest
from robustaudit.reports.figures import count


def retested(result: Result, *, named: Callable[[str], str] = visible) -> Iterator[str]:
    """What came of asking again: a line for the models that answered alike, and for each that did not.

    `named` makes a model's name harmless where the line is shown.
    """
    alike = [found for found in result.retests if found.texts and not found.is_noisy]
    if alike:
        whose = "" if len(result.retests) == 1 else f" of {_models(alike, named)}"
        yield f"Asked twice, {_texts(alike)}{whose} had the same answer each time."
    if unknown := [found for found in result.retests if not found.texts]:
        yield f"No clean text of {_models(unknown, named)} was asked twice."
    for found in result.retests:
        if found.is_noisy:
            yield _noisy(found, named)
        if found.company == "matters":
            yield company_matters(found, named=named)


def company_matters(found: Retest, *, named: Callable[[str], str] = visible) -> str:
    """That a model's answers depend on the texts beside them, and what helps."""
    apart = f" by up to {found.company_difference:.2g}" if found.company_difference is not None else ""
    return (
        f"Model {named(found.model)} answers a text otherwise{apart} beside other texts than alone: "
        "its figures depend on the batches; --batch-size 1 asks each text alone."
    )


def _noisy(found: Retest, named: Callable[[str], str]) -> str:
    share = f"{found.differed:,} of {count(found.texts, 'clean text')}"
    return f"Model {named(found.model)} contradicts itself: asked twice, it gave {share} another answer."


def _texts(alike: Sequence[Retest]) -> str:
    numbers = sorted({found.texts for found in alike})
    most = count(numbers[-1], "clean text")
    return most if len(numbers) == 1 else f"{numbers[0]:,} to {most}"


def _models(found: Sequence[Retest], named: Callable[[str], str]) -> str:
    *names, last = (named(each.model) for each in found)
    return f"models {', '.join(names)} and {last}" if names else f"model {last}"
