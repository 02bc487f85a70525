"""Trials of an audit to look at."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

import pyarrow as pa

from robustaudit.core.extras import check_installed
from robustaudit.reports.page.inline import inline_trials
from robustaudit.reports.printed import Printed
from robustaudit.reports.trials import render_trials, trial_columns
from robustaudit.runs.looking import Trial, trial_at

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 20


class Trials(Sequence[Trial]):
    """Trials of an audit, those first in which the true label's probability fell most.

    Each is a `Trial`; printed, or at the end of a cell, the first of them are shown with their edits marked.
    """

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __len__(self) -> int:
        return len(self._table)

    @overload
    def __getitem__(self, index: int) -> Trial: ...
    @overload
    def __getitem__(self, index: slice) -> "Trials": ...
    def __getitem__(self, index: int | slice) -> "Trial | Trials":
        places = range(len(self))[index]
        if isinstance(places, range):
            return Trials(self._table.take(pa.array(places, pa.int64())))
        return trial_at(self._table, places)

    def to_pandas(self) -> "pd.DataFrame":
        """A row for each trial; the column `marked` has the text with its edits, as `gre{a→e}t`."""
        check_installed("notebook", ["pandas"])
        return pa.Table.from_pydict(trial_columns(self)).to_pandas()

    def __repr__(self) -> str:
        return str(Printed(lambda _: render_trials(self[:_SHOWN], total=len(self))))

    def _repr_html_(self) -> str:
        return inline_trials(self[:_SHOWN], total=len(self))
