"""The kit of all reports, as text: numbers, counts, lists, marked edits, and cells and tables of Markdown."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.containers import Lines
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.core.edits import as_words, escape_marks
from robustaudit.core.records import Edit
from robustaudit.runs.result import Row
from robustaudit.runs.trial import Trial
from robustaudit.statistics.measures import Estimate

NOTHING = "–"


def points(share: float) -> str:
    """A fraction that was given, in percent, with the digits it was given with."""
    return f"{100 * share:g}"


def value(estimate: Estimate | None) -> str:
    """An estimate's value in percent, or a dash."""
    return NOTHING if estimate is None else percent(estimate.value)


def value_in(row: Row, estimate: Estimate | None) -> str:
    """A value of a row, with a ? if it rests on too few changed examples to conclude anything."""
    return value(estimate) + "?" * (estimate is not None and row.is_doubtful)


def interval(estimate: Estimate | None, *, beside: float = 0.0) -> str:
    """An estimate's confidence interval in percent; or words that there is none."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return "no CI"
    return f"[{percent(estimate.low, beside=beside)}, {percent(estimate.high, beside=beside)}]"


def figure(estimate: Estimate | None) -> str:
    """An estimate's value with its confidence interval, where it has one: `4.2 [1.0, 7.4]`."""
    if estimate is None or not estimate.has_interval:
        return value(estimate)
    return f"{value(estimate)} {interval(estimate)}"


def signed(share: float) -> str:
    """A fraction in percent with its sign; zero has none."""
    shown = percent(share)
    return shown if shown == "0.0" or share < 0 else f"+{shown}"


def count(number: int, thing: str) -> str:
    """A number of things: `1 example`, `1,305 examples`."""
    return f"{number:,} {thing}" + "s" * (number != 1)


def listed(items: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *others, last = items
    return f"{', '.join(others)} and {last}" if others else last


def sentence(line: str) -> str:
    """The line with a capital first letter."""
    return line[:1].upper() + line[1:]


_TICKS = re.compile("`+")


def code(text: str, *, cell: bool = False) -> str:
    """The text as a span of code, whatever ticks it holds; in a cell of a table a bar would end it."""
    shown = visible(text).replace("|", "\\|") if cell else visible(text)
    fence = "`" * (max(map(len, _TICKS.findall(shown)), default=0) + 1)
    # Of a span with a space at both ends, which is not all spaces, Markdown takes one from each.
    spaced = shown.startswith(" ") and shown.endswith(" ") and shown.strip()
    pad = " " if shown.startswith("`") or shown.endswith("`") or spaced or not shown else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def cell(text: str) -> str:
    """The text as code in a cell of a table."""
    return code(text, cell=True)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]], *, right: int = 0) -> str:
    """A table of Markdown, its last `right` columns aligned to the right; a bar in a cell must be escaped."""
    rules = ["---"] * (len(head) - right) + ["---:"] * right
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, rules, *rows))


_MOST_VALUES = 12  # of a column that a table shows
_MOST_NAMED = 100  # of the others that a line names


def largest_drops(rows: Iterable[Row]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The values of slices that a table shows, a dozen with the largest drops, and the others; in order."""
    drops: dict[str, float] = {}
    for row in rows:
        if row.slice is not None:
            drop = -1.0 if row.drop is None else row.drop.value
            drops[row.slice.value] = max(drop, drops.get(row.slice.value, drop))
    shown = set(sorted(drops, key=lambda value: -drops[value])[:_MOST_VALUES])
    return tuple(each for each in drops if each in shown), tuple(each for each in drops if each not in shown)


def others_line(others: Sequence[str]) -> str:
    """The values that a table leaves out, by name; empty without any."""
    if not others:
        return ""
    rest = f" and {len(others) - _MOST_NAMED:,} more" if len(others) > _MOST_NAMED else ""
    names = ", ".join(visible(each) for each in others[:_MOST_NAMED])
    return f"Not in the table, as their largest drops are smaller: {names}{rest}."


def short_names(names: Sequence[str], columns: int) -> list[str]:
    """Names of at most that many columns, each different: of a long one the beginning, or else both ends."""
    written = list(map(visible, names))
    begins = Counter(name[: columns - 1] for name in written)
    made: list[str] = []
    for name in written:
        ends = ("", name[-(columns // 2) :], str(len(made) + 1))[begins[name[: columns - 1]] > 1 :]
        cut = (f"{name[: columns - len(end) - 1]}…{end}" for end in ends)
        made.append(name if len(name) <= columns else next(way for way in cut if way not in made))
    return made


def flip_text(trial: Trial) -> str:
    """A trial's label and predictions: `label positive: predicted positive → negative by 1 of 6 edits`."""
    after, by = trial.perturbed_prediction_name, ""
    if trial.is_reduced:
        after, by = trial.smallest_prediction_name, f" by {shown_of_edits(trial)}"
    return f"label {trial.label_name}: predicted {trial.clean_prediction_name} → {after}{by}"


def shown_of_edits(trial: Trial) -> str:
    """How many of a trial's edits its smallest failure has: `1 of 6 edits`."""
    return f"{len(trial.shown_edits):,} of {count(len(trial.edits), 'edit')}"


def mark_trial(trial: Trial, *, budget: int | None = None, lead: str = "") -> "MarkedText":
    """A trial's text with its smallest failure marked, or with all its edits where that is not known."""
    return mark_edits(trial.clean_text, trial.shown_edits, budget=budget, lead=lead)


REMOVED = "red strike"
ADDED = "bold green"
_ELLIPSIS = "…"
_HOLD = "\ue000"  # of the private use area
_NEAR = 20  # code points in which a word is looked for to end


class MarkedText(Text):
    """A text with marked edits; lines break within none of them that fits into one."""

    def __init__(self, lead: str = "") -> None:
        super().__init__(lead)
        self._marks: list[tuple[int, int]] = []

    def append_mark(self, removed: str, added: str) -> None:
        """Append an edit: `{was→is}`."""
        start = len(self)
        for piece, style in (("{", "dim"), (removed, REMOVED), ("→", "dim"), (added, ADDED), ("}", "dim")):
            self.append(piece, style)
        self._marks.append((start, len(self)))

    def wrap(self, console: Console, width: int, **options: Any) -> Lines:  # noqa: ANN401
        """Lines of that width; spaces within marks hold, as `visible` leaves no character like `_HOLD`."""
        plain = self.plain
        for start, stop in self._marks:
            plain = plain[:start] + plain[start:stop].replace(" ", _HOLD) + plain[stop:]
        held = self.copy()
        held.plain = plain
        lines = held.wrap(console, width, **options)
        for line in lines:
            line.plain = line.plain.replace(_HOLD, " ")
        return lines


def mark_edits(text: str, edits: Sequence[Edit], *, budget: int | None = None, lead: str = "") -> MarkedText:
    r"""`gre{a→e}t`, behind `lead`: each edit in braces, what stood there and what stands there now.

    With a `budget`, a longer text is cut to about that many code points, from a little before its first edit.
    Braces of the text, and arrows in edits, have a backslash: `\{`.
    """
    edits = as_words(text, edits)
    start, stop = _window(text, edits, budget)
    shown = MarkedText(f"{lead}{_ELLIPSIS}" if start > 0 else lead)
    position = start
    for edit in edits:
        if edit.stop > stop:
            stop = max(position, min(stop, edit.start))
            break
        shown.append(visible(escape_marks(text[position : edit.start])))
        removed, added = text[edit.start : edit.stop], edit.replacement
        shown.append_mark(*(visible(escape_marks(part, "{}→")) for part in (removed, added)))
        position = edit.stop
    shown.append(visible(escape_marks(text[position:stop], before_mark=False)))
    if stop < len(text):
        shown.append(_ELLIPSIS)
    return shown


def _window(text: str, edits: Sequence[Edit], budget: int | None) -> tuple[int, int]:
    if budget is None or len(text) <= budget:
        return 0, len(text)
    first = edits[0].start if edits else 0
    # Begin and end between words where there are some near, and behind the first edit in any case.
    earliest = max(first - budget // 4, 0)
    start = 0 if first <= budget // 2 else _after_space(text, max(earliest - _NEAR, 0), earliest)
    stop = text.rfind(" ", start + budget - _NEAR, start + budget)
    end = stop if stop > start else start + budget
    return start, max(end, edits[0].stop if edits else 0)


def _after_space(text: str, low: int, high: int) -> int:
    """The position behind the last space between two positions, or the second of them."""
    found = text.rfind(" ", low, high)
    return found + 1 if found >= 0 else high


def rounded_up(number: int) -> int:
    """A forecast, to two digits."""
    digit: int = 10 ** max(len(str(number)) - 2, 0)
    return math.ceil(number / digit) * digit
