"""Two models, or two stored sweeps, compared over every single edit of the same texts."""

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from robustaudit.api.auditing import Listening
from robustaudit.api.event_log import LogWriter
from robustaudit.api.models import Models
from robustaudit.api.outcome import Kept
from robustaudit.api.progress import Announce, watched
from robustaudit.api.request import AuditRequest, Data
from robustaudit.api.sweeping import sweep_of
from robustaudit.core.errors import UserError
from robustaudit.core.files import is_file
from robustaudit.core.spelling import named
from robustaudit.core.typed_values import parse_typed
from robustaudit.core.validation import check_at_least
from robustaudit.worst_case.difference import ModelDifference, SweptModel, compare_sweeps
from robustaudit.worst_case.stored_sweep import open_sweep
from robustaudit.worst_case.sweep_store import RECORD

if TYPE_CHECKING:
    from robustaudit.reports.layout import TextReport

Compared: TypeAlias = Any
"""A model, as `audit` takes one, or the folder of a sweep."""


@dataclass(frozen=True, eq=False, repr=False)
class Diff:
    """What `robustaudit.diff` found: true if there are no more new failures than allowed."""

    difference: ModelDifference
    max_new_failures: int | None = None
    kept: Kept | None = None
    notes: tuple[str, ...] = ()

    @property
    def new_failures(self) -> int:
        """Edits that newly fail, and clean texts that are newly wrong."""
        return self.difference.new_failures

    @property
    def changes(self) -> pa.Table:
        """Every edit that newly fails or holds, one a row."""
        return self.difference.changes

    @property
    def clean(self) -> pa.Table:
        """Every clean text with another prediction, one a row."""
        return self.difference.clean

    @property
    def passed(self) -> bool:
        """Whether there are at most `max_new_failures`; without a number, whether there are none."""
        return self.new_failures <= (self.max_new_failures or 0)

    def table(self) -> "TextReport":
        """The output of `robustaudit diff`."""
        from robustaudit.reports.difference_report import render_difference
        from robustaudit.reports.layout import TextReport

        return TextReport(
            lambda width: render_difference(self.difference, width=width, most=self.max_new_failures)
        )

    def as_json(self) -> dict[str, Any]:
        """The output of `robustaudit diff --json`."""
        from robustaudit.reports.difference_report import difference_as_json

        return difference_as_json(self.difference, self.max_new_failures)

    def to_markdown(self) -> str:
        """The output of `robustaudit diff --markdown`."""
        from robustaudit.reports.difference_report import markdown_difference

        return markdown_difference(self.difference, self.max_new_failures)

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return str(self.table())

    def __repr__(self) -> str:
        return str(self)


def diff(
    old: Compared,
    new: Compared,
    data: Data | None = None,
    *,
    max_new_failures: int | None = None,
    progress: bool | LogWriter | None = None,
    **fields: Any,  # noqa: ANN401
) -> Diff:
    """Compare two models over every single edit of the same texts: which newly fail, and which newly hold.

    Both are models as `audit` takes them, or both are folders of sweeps that `verify` made of all edits.
    `attacks`, `examples` and the other fields mean the same as those of `audit`; docs/python.md lists them.

    Raises:
        UserError: a value cannot be used, or the sweeps have not the same texts and attacks.
        ModelError: a model broke its contract; finished work is kept.
    """
    with watched(progress) as (listener, tell):
        return carry_out_diff(
            old,
            new,
            data,
            fields,
            max_new_failures=max_new_failures,
            listening=lambda: nullcontext(listener),
            announce=tell,
        )


def carry_out_diff(
    old: Compared,
    new: Compared,
    data: Data | None,
    fields: dict[str, Any],
    *,
    max_new_failures: int | None = None,
    listening: Listening = lambda: nullcontext(lambda _: None),
    announce: Announce = lambda _: None,
    warn: Announce | None = None,
) -> Diff:
    """The comparison, with messages to `announce`, important ones to `warn`."""
    most = None
    if max_new_failures is not None:
        where = named("max_new_failures")
        most = check_at_least(where, parse_typed(int, max_new_failures, where=where), 0)
    stored = [is_sweep(each) for each in (old, new)]
    if all(stored):
        if given := [name for name, value in {"data": data, **fields}.items() if value not in (None, ())]:
            raise UserError(f"{named(given[0])} is for models: two sweeps have their texts and attacks")
        first, second = (_only_model(Path(each)) for each in (old, new))
        return Diff(compare_sweeps(first, second), most)
    if any(stored):
        raise UserError("a sweep is compared with a sweep, and a model with a model: got one of each")
    request = AuditRequest.of(_both(old, new), data, **fields)
    found = sweep_of(request, all_edits=True, listening=listening, announce=announce, warn=warn)
    if len(found.sweep.models) < 2:  # noqa: PLR2004
        raise UserError(f"two models must be compared, got {found.sweep.models[0]!r} twice")
    first, second = (SweptModel(found.sweep, name) for name in found.sweep.models)
    return Diff(compare_sweeps(first, second), most, found.kept, found.notes)


def is_sweep(given: Compared) -> bool:
    """Whether it is the folder of a sweep."""
    return isinstance(given, str | Path) and is_file(Path(given) / RECORD)


def _only_model(folder: Path) -> SweptModel:
    sweep = open_sweep(folder)
    if len(sweep.models) > 1:
        names = ", ".join(map(repr, sweep.models))
        raise UserError(f"a sweep to compare must have one model, {str(folder)!r} has {names}")
    return SweptModel(sweep, sweep.models[0])


def _both(old: Compared, new: Compared) -> Models:
    if isinstance(old, str) and isinstance(new, str):
        return [old, new]
    return {"old": old, "new": new}
