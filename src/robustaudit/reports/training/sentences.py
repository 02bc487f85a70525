"""Comparisons and choices in sentences, made from their numbers and never saying more than these."""

from collections.abc import Iterator

from robustaudit.core.figures import percent
from robustaudit.reports.training.pairs import Comparison, Difference
from robustaudit.reports.training.summary import Choice


def sentence_of(comparison: Comparison) -> str:
    """What a comparison says: accuracies, their difference with its interval, time, what else differs."""
    return " ".join(_parts(comparison))


def choice_sentences(choice: Choice) -> tuple[str, ...]:
    """Which model to choose when time matters, and which when quality does."""
    time = (
        f"When time matters: {choice.fastest}, the fastest to train "
        f"({seconds(choice.fastest_seconds)}; the next took {seconds(choice.next_seconds)})."
    )
    quality = (
        f"When quality matters: {choice.best}, the highest validation accuracy "
        f"({percent(choice.best_accuracy)} %)"
    )
    rivals = [f"{rival.model} ({points(rival.difference)})" for rival in choice.rivals]
    if not rivals:
        return time, f"{quality}; each of the others is shown to be less accurate."
    return time, f"{quality}, but not shown to be more accurate than {_listed(rivals)}."


def points(difference: Difference) -> str:
    """A difference of accuracies in percentage points with its interval: `+1.3 points [-0.4, 3.0]`."""
    low, high = percent(difference.low), percent(difference.high)
    return f"{signed(difference.difference)} points [{low}, {high}]"


def seconds(count: float) -> str:
    """A time a person can read: `0.65 s`, `74 s`, `1,123 s`."""
    return f"{count:.2f} s" if count < 10 else f"{count:,.0f} s"  # noqa: PLR2004


def signed(share: float) -> str:
    """A fraction in per cent with its sign; zero has none."""
    shown = percent(share)
    return shown if shown == "0.0" or share < 0 else f"+{shown}"


def _parts(comparison: Comparison) -> Iterator[str]:
    question = comparison.question
    yield f"{question.second} against {question.first}, {question.subject}:"
    if comparison.difference is None:
        yield "not compared, as they were not validated on the same examples of two groups or more."
    else:
        yield _verdict(comparison.difference, question.second)
    took = seconds(comparison.second_seconds)
    yield f"Training took {took} against {seconds(comparison.first_seconds)}."
    if comparison.also:
        others = [f"{name} ({theirs} against {ours})" for name, ours, theirs in comparison.also]
        yield f"They differ too in {_listed(others)}."


def _verdict(difference: Difference, second: str) -> str:
    figures = (
        f"{percent(difference.second_accuracy)} % against {percent(difference.first_accuracy)} % right "
        f"on the same {_examples(difference)}, {points(difference)}:"
    )
    if not difference.is_shown:
        return f"{figures} no difference is shown."
    return f"{figures} {second}, as trained, is {'more' if difference.low > 0 else 'less'} accurate."


def _examples(difference: Difference) -> str:
    """How many examples, and how many groups where these are fewer."""
    examples = f"{difference.examples:,} examples"
    grouped = difference.groups < difference.examples
    return f"{examples} of {difference.groups:,} groups" if grouped else examples


def _listed(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
