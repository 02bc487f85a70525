"""Two models, or two stored sweeps, compared over every single edit of the same texts."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pyarrow as pa

from robustaudit.api.auditing import Listening
from robustaudit.api.event_log import LogWriter
from robustaudit.api.models import Models
from robustaudit.api.outcome import Kept
from robustaudit.api.progress import Announce, watched
from robustaudit.api.request import AnAttack, AuditRequest, Data
from robustaudit.api.sweeping import sweep_of
from robustaudit.api.verifying import check_attacks
from robustaudit.core import defaults
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
    """What `robustaudit.diff` found; `print` shows its tables."""

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

    def table(self, *, verbose: bool = False) -> "TextReport":
        """The output of `robustaudit diff`; `verbose` has every edit that differs."""
        from robustaudit.reports.difference_report import render_difference
        from robustaudit.reports.layout import TextReport

        return TextReport(
            lambda width: render_difference(
                self.difference, width=width, most=self.max_new_failures, verbose=verbose
            )
        )

    def as_json(self) -> dict[str, Any]:
        """The output of `robustaudit diff --json`."""
        from robustaudit.reports.difference_report import difference_as_json

        return difference_as_json(self.difference, self.max_new_failures)

    def to_markdown(self) -> str:
        """The output of `robustaudit diff --markdown`."""
        from robustaudit.reports.difference_report import markdown_difference

        return markdown_difference(self.difference, self.max_new_failures)

    def __str__(self) -> str:
        return str(self.table())

    def __repr__(self) -> str:
        return str(self)


def diff(
    old: Compared,
    new: Compared,
    data: Data | None = None,
    *,
    attacks: AnAttack | Sequence[AnAttack] | None = None,
    max_new_failures: int | None = None,
    examples: int | None = None,
    seed: int = defaults.SEED,
    text_column: str | Sequence[str] | None = None,
    label_column: str | None = None,
    id_column: str | None = None,
    group_column: str | None = None,
    label_map: Mapping[Any, int | str] | str | None = None,
    max_examples: int | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
    data_format: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    no_quotes: bool = False,
    escaped: bool = False,
    columns: str | Sequence[str] | None = None,
    records: str | None = None,
    max_data_mb: int | None = None,
    include_seen: bool = False,
    segmentation: str = defaults.SEGMENTATION,
    batch_size: int | None = None,
    jobs: int | None = None,
    executor: Literal["local", "ray"] = "local",
    address: str | None = None,
    actor_cpus: float | None = None,
    actor_gpus: float | None = None,
    on_error: Literal["stop", "skip"] = "stop",
    time_limit: float | None = None,
    load_limit: float | None = None,
    max_calls: int | None = None,
    trust: str | Sequence[str] = (),
    trust_pickle: bool = False,
    models_dir: str | Path | None = None,
    offline: bool = False,
    output: str | Path | None = None,
    progress: bool | LogWriter | None = None,
) -> Diff:
    """Compare two models over every single edit of the same texts: which newly fail, and which newly hold.

    `old` and `new` are models as `audit` takes them, or folders of sweeps of all edits that `verify` made,
    which need nothing else. The other parameters are those of `verify`. An edit fails if it changes the
    prediction. `max_new_failures` is how many edits may newly fail, with clean texts that are newly wrong.

    Raises:
        UserError: a value cannot be used, no attack is given, or sweeps have not the same texts and attacks.
        ModelError: a model broke its contract.
    """
    given = {name: value for name, value in locals().items() if name not in _NO_FIELDS}
    most = checked_limit(max_new_failures)
    if is_sweep(old) or is_sweep(new):
        return diff_of_sweeps(old, new, max_new_failures=most, given=attacks or data)
    check_attacks(attacks)
    with watched(progress) as (listener, tell):
        request = AuditRequest.of(both(old, new), data, **given)
        return carry_out_diff(
            request, max_new_failures=most, listening=lambda: nullcontext(listener), announce=tell
        )


_NO_FIELDS = ("old", "new", "data", "max_new_failures", "progress")


def checked_limit(given: object) -> int | None:
    """How many new failures are allowed, if anything says so.

    Raises:
        UserError: it is no whole number from 0 on.
    """
    if given is None:
        return None
    where = named("max_new_failures")
    return check_at_least(where, parse_typed(int, given, where=where), 0)


def carry_out_diff(
    request: AuditRequest,
    *,
    max_new_failures: int | None = None,
    listening: Listening = lambda: nullcontext(lambda _: None),
    announce: Announce = lambda _: None,
    warn: Announce | None = None,
) -> Diff:
    """Compare the two models of a request; their sweep is stored, and one that is there is read."""
    found = sweep_of(request, all_edits=True, listening=listening, announce=announce, warn=warn)
    names = found.sweep.models
    if len(names) != 2:  # noqa: PLR2004
        raise UserError(f"two different models are compared, got {', '.join(map(repr, names))}")
    first, second = (SweptModel(found.sweep, name) for name in names)
    return Diff(compare_sweeps(first, second), max_new_failures, found.kept, found.notes)


def diff_of_sweeps(old: Compared, new: Compared, *, max_new_failures: int | None, given: object) -> Diff:
    """Compare the models of two stored sweeps; `given` are texts or attacks, which sweeps have already."""
    if not (is_sweep(old) and is_sweep(new)):
        raise UserError("a sweep is compared with a sweep, and a model with a model: got one of each")
    if given:
        raise UserError("data and attacks are for models: two sweeps have theirs")
    first, second = (_only_model(Path(each)) for each in (old, new))
    return Diff(compare_sweeps(first, second), max_new_failures)


def is_sweep(given: Compared) -> bool:
    """Whether it is the folder of a sweep."""
    return isinstance(given, str | Path) and is_file(Path(given) / RECORD)


def _only_model(folder: Path) -> SweptModel:
    sweep = open_sweep(folder)
    if len(sweep.models) > 1:
        names = ", ".join(map(repr, sweep.models))
        raise UserError(f"a sweep to compare must have one model, {str(folder)!r} has {names}")
    return SweptModel(sweep, sweep.models[0])


def both(old: Compared, new: Compared) -> Models:
    """Two models, named `old` and `new` unless both have names of their own."""
    return [old, new] if isinstance(old, str) and isinstance(new, str) else {"old": old, "new": new}
