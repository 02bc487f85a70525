"""Whether a run is whole, in lines."""

from collections.abc import Iterator
from datetime import datetime

from robustaudit.gate.checking import Health

_GOES_ON = "the command that made the run goes on with it"


def health_lines(found: Health) -> Iterator[str]:
    """What is said of a run: first all that is damaged, then what it is."""
    yield from map(str, found.damages)
    yield f"run {found.run}: {', '.join(_state(found))}"


def _state(found: Health) -> Iterator[str]:
    if found.status is None or found.time is None:
        yield "nothing is known of its status"
    elif found.at_work:
        yield f"at work since {_at(found.time)}"
    elif found.status == "started":
        yield f"started {_at(found.time)} and ended from outside before it was finished: {_GOES_ON}"
    else:
        why = f" ({found.why})" if found.why else ""
        yield f"{found.status} {_at(found.time)}{why}" + (
            f": {_GOES_ON}" if found.status != "finished" else ""
        )
    of = "" if found.planned in (None, found.trials) else f" of {found.planned:,} planned"
    yield f"{found.trials:,}{of} trials"
    if found.damages:
        yield f"{len(found.damages)} {'file' if len(found.damages) == 1 else 'files'} damaged"
    elif found.whole:
        yield "whole"
    else:
        yield "what there is of it is whole"


def _at(time: str) -> str:
    return datetime.fromisoformat(time).strftime("%Y-%m-%d %H:%M %Z")
