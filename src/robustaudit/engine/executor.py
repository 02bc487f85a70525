"""Where units are worked on: here, in this process; a unit does not know."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import pyarrow as pa

from robustaudit.engine.plan import Unit


class Executor(Protocol):
    """Takes units of work and gives back finished ones, in any order."""

    def run(
        self, units: Iterable[Unit], work: Callable[[Unit], pa.Table]
    ) -> Iterator[tuple[Unit, pa.Table]]: ...


class InProcess:
    """One unit after another, in this process."""

    def run(self, units: Iterable[Unit], work: Callable[[Unit], pa.Table]) -> Iterator[tuple[Unit, pa.Table]]:
        for unit in units:
            yield unit, work(unit)
