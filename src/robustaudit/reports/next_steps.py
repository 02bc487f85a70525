"""What to do with a finished run, in commands that can be copied."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from robustaudit.engine import Result
from robustaudit.reports.figures import count

_MORE = 4  # times the trials: about half the interval


def next_steps(result: Result, folder: Path) -> Iterator[str]:
    """How to read more of it; and what would settle what it leaves open, or else hold on to what it found."""
    run = shlex.quote(str(folder))
    yield f"to read on in a browser: robustaudit report {run}"
    drops = [row for row in result.rows if row.drop is not None]
    if result.decisions or result.plan["examples"] == 1 or not drops:
        return
    unsure = [row for row in drops if row.certainty == "not certain" or row.few_examples]
    if not unsure:
        yield f"to hold later versions to this: robustaudit init {run}"
        return
    trials = result.plan["trials"]
    more = min(_MORE * trials, result.plan["data"].get("rows") or _MORE * trials)
    if more > trials:
        what = f"{len(unsure)} of {count(len(drops), 'drop')}"
        yield f"not certain: {what}; more trials tell more, such as --trials {more}"
    yield f"to know how many examples it takes: robustaudit plan --max-drop 0.05 --pilot {run}"
