"""Whether models answer alike when they are asked again, in a line for each report."""

from collections.abc import Callable, Iterator, Sequence

from robustaudit.core.display import visible
from robustaudit.reports.text import count, interval, value
from robustaudit.runs.result import Result, Row
from robustaudit.runs.retest import Retest

_MISSED = 0.05  # the chance that noise stays unseen


def retested(result: Result, *, named: Callable[[str], str] = visible) -> Iterator[str]:
    """What came of asking again: a line for the models that answered alike, and for each that did not.

    `named` makes a model's name harmless where the line is shown.
    """
    alike = [found for found in result.retests if found.texts and not found.is_noisy]
    for part in ([each for each in alike if each.difference is not None], _of_labels_alone(alike)):
        if part:
            whose = "" if len(result.retests) == 1 else f" of {_models(part, named)}"
            asked = f"twice, {_texts(part)}" if result.plan["examples"] > 1 else "again, the clean text"
            yield f"Asked {asked}{whose} had the same answer each time{_unseen(part)}."
    if unknown := [found for found in result.retests if not found.texts]:
        yield f"No clean text of {_models(unknown, named)} was asked twice."
    for found in result.retests:
        yield from contradictions(found, named=named)


def any_noise(result: Result) -> bool:
    """Whether a report has a column for noise."""
    return any(row.changed.noise is not None for row in result.rows)


def contradictions(found: Retest, *, named: Callable[[str], str] = visible) -> Iterator[str]:
    """A line for each way in which a model does not answer alike."""
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


def _of_labels_alone(found: Sequence[Retest]) -> list[Retest]:
    return [each for each in found if each.difference is None]


def _unseen(found: Sequence[Retest]) -> str:
    """How much noise may hide behind answers that are labels alone: probabilities would show any."""
    if not _of_labels_alone(found):
        return ""
    texts = min(each.texts for each in found)
    hidden = 100 * (1 - _MISSED ** (1 / texts))
    return f"; as they are labels alone, noise of up to {hidden:.0f} % may hide"


def _noisy(found: Retest, named: Callable[[str], str]) -> str:
    told = f"Model {named(found.model)} contradicts itself: asked twice"
    if found.noise is None:
        return f"{told}, {found.differed:,} of {count(found.texts, 'clean text')} had another answer."
    moved = f", probabilities move by up to {found.difference:.2g}" if found.difference else ""
    return f"{told}, {value(found.noise)} % {interval(found.noise)} of clean texts have another class{moved}."


def _texts(alike: Sequence[Retest]) -> str:
    numbers = sorted({found.texts for found in alike})
    most = count(numbers[-1], "clean text")
    return most if len(numbers) == 1 else f"{numbers[0]:,} to {most}"


def _models(found: Sequence[Retest], named: Callable[[str], str]) -> str:
    *names, last = (named(each.model) for each in found)
    return f"models {', '.join(names)} and {last}" if names else f"model {last}"


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
