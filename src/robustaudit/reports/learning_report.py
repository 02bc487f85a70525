"""How fast and how steadily models learned, as tables and sentences."""

from collections.abc import Iterator, Sequence

from rich.table import Table

from robustaudit.core.display import percent
from robustaudit.reports.layout import strong, table
from robustaudit.reports.text import NOTHING, count, signed
from robustaudit.statistics.measures import Estimate
from robustaudit.training.learning_speed import LearningSpeed, Reached, SpeedDifference

TIMES_COMPARE = "Times compare: within each training, epochs took about equally long."
TIMES_DIFFER = (
    "Times do not compare: epochs of one training, which do the same work, took up to {ratio:.1f} times as "
    "long as others, so that other work slowed some. `robustaudit models cost` measures comparable ones."
)
LEARNING = (
    "An epoch counts as the one that reached an accuracy if its validation accuracy was at least that; "
    "seconds are of training until then. Spikes and falls are as in `models diagnose`; spread is the mean "
    "distance of step losses from their running median, as a share of it. Speed is compared by the mean "
    "validation accuracy over the same epochs, as if validated on different texts, which makes the CI too "
    "wide; steadiness by the spread over the same batches, in blocks of ten recorded steps. Both are of one "
    "training each: another seed gives other curves."
)


def learning_table(speeds: Sequence[LearningSpeed], levels: Sequence[float]) -> Table:
    """A row for each training: epochs and seconds to each accuracy, and how steady it was."""
    names = [f"epochs\n(s) to\n{percent(level)}%" for level in levels]
    made = table("model", figures=(*names, "spikes", "spread\n%", "largest\nfall,\npp"))
    for speed in speeds:
        made.add_row(
            strong(speed.model),
            *map(_reached, speed.reached),
            str(speed.spikes),
            percent(speed.spread),
            percent(speed.largest_fall),
        )
    return made


def times_sentence(speeds: Sequence[LearningSpeed], *, compare: bool) -> str:
    """Whether the seconds of these trainings can be compared."""
    if compare:
        return TIMES_COMPARE
    return TIMES_DIFFER.format(ratio=max(speed.load_ratio for speed in speeds))


def speed_sentence(found: SpeedDifference, subject: str) -> str:
    """Which of a pair learned faster, and which more steadily, as far as the intervals show it."""
    return " ".join(_parts(found, subject))


def _parts(found: SpeedDifference, subject: str) -> Iterator[str]:
    yield f"{found.second} compared with {found.first}, {subject}:"
    yield (
        f"mean validation accuracy over {_epochs(found.epochs)} {_difference(found.accuracy)}: "
        f"{_verdict(found.accuracy, found.second, ('faster', 'slower'))};"
    )
    if found.spread is None:
        yield "steadiness not compared, as they did not take the same steps."
    else:
        steady = _verdict(found.spread, found.second, ("less steady", "steadier"))
        yield f"spread {_difference(found.spread)}: {steady}."


def _epochs(number: int) -> str:
    return f"the first {count(number, 'epoch')}" if number > 1 else "the first epoch"


def _difference(figure: Estimate) -> str:
    return f"{signed(figure.value)} pp [{percent(figure.low or 0.0)}, {percent(figure.high or 0.0)}]"


def _verdict(figure: Estimate, second: str, words: tuple[str, str]) -> str:
    if figure.low is None or figure.high is None or figure.low <= 0 <= figure.high:
        return "no significant difference"
    return f"{second} is significantly {words[0] if figure.low > 0 else words[1]}"


def _reached(reached: Reached | None) -> str:
    return NOTHING if reached is None else f"{reached.epoch} ({reached.seconds:,.0f})"
