"""From a request to a search for failing edits, stored in a folder."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from robustaudit.api.auditing import Listening, Notes, executor_of, keep_run
from robustaudit.api.event_log import LogWriter
from robustaudit.api.models import Models
from robustaudit.api.outcome import Kept
from robustaudit.api.progress import Announce, watched
from robustaudit.api.request import AnAttack, AuditRequest, Data
from robustaudit.api.sweeping import plan_examples
from robustaudit.core import defaults, spelling
from robustaudit.core.display import visible
from robustaudit.core.hub import network_access
from robustaudit.core.typed_values import parse_typed
from robustaudit.core.validation import check_at_least
from robustaudit.worst_case.search_result import SearchResult, SearchRow, open_search
from robustaudit.worst_case.search_run import SearchRecord, execute_search

if TYPE_CHECKING:
    from robustaudit.reports.layout import TextReport

_MOST = 1_000_000  # queries of an example


class SearchOutcome:
    """A finished search, as returned by `search`, or by `SearchOutcome.open` for its folder.

    `print` shows its tables.
    """

    def __init__(self, kept: Kept, result: SearchResult, *, notes: Sequence[str] = ()) -> None:
        self._kept = kept
        self.result = result
        self.notes = tuple(notes)
        """What there was to say: columns that were guessed, rows that were skipped, what was fetched."""

    @classmethod
    def open(cls, folder: str | Path) -> "SearchOutcome":
        """Open the search in a folder, such as one of the command line in `reports/`.

        Raises:
            UserError: it holds no finished search.
        """
        kept = Kept(parse_typed(Path, folder, where="folder"))
        return cls(kept, open_search(kept.folder))

    @property
    def folder(self) -> Path:
        """The folder of the search; docs/worst-case.md describes its files."""
        return self._kept.folder

    @property
    def rows(self) -> tuple[SearchRow, ...]:
        """A row for each model and attack: accuracies, curves over queries and edits, and failures."""
        return self.result.rows

    def table(self, *, verbose: bool = False) -> "TextReport":
        """The tables of the command line; `verbose` has every failing text."""
        from robustaudit.reports.layout import TextReport
        from robustaudit.reports.search_report import render_search

        return TextReport(lambda width: render_search(self.result, width=width, verbose=verbose))

    def as_json(self) -> dict[str, Any]:
        """The figures as `robustaudit search --json` prints them."""
        return self.result.as_json()

    def __str__(self) -> str:
        return str(self.table())

    def __repr__(self) -> str:
        layout = self.result.record.plan.layout
        models, attacks = ", ".join(layout.models), "; ".join(layout.attacks)
        return visible(f"<SearchOutcome of {models} under {attacks}, in {str(self.folder)!r}>")


def search(
    models: Models | AuditRequest,
    data: Data | None = None,
    *,
    attacks: AnAttack | Sequence[AnAttack],
    budget: int,
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
) -> SearchOutcome:
    """Search each example for edits of an attack that change a model's prediction, with `budget` queries.

    A query is a distinct text, the clean one included. An attack may make as many edits as `at_most` allows,
    as in `"qwerty & at_most(2)"`; without it as many as its draws make. The other parameters mean the same as
    those of `audit`. A search that was interrupted resumes in its `output`.

    Raises:
        UserError: a value cannot be used, or the edits of an attack cannot be listed.
        ModelError: a model broke its contract.
    """
    fields = {
        name: value
        for name, value in locals().items()
        if name not in ("models", "data", "budget", "progress")
    }
    with watched(progress) as (listener, tell):
        request = models if isinstance(models, AuditRequest) else AuditRequest.of(models, data, **fields)
        return carry_out_search(request, budget, listening=lambda: nullcontext(listener), announce=tell)


def carry_out_search(
    request: AuditRequest,
    budget: int,
    *,
    listening: Listening = lambda: nullcontext(lambda _: None),
    announce: Announce = lambda _: None,
    warn: Announce | None = None,
) -> SearchOutcome:
    """Carry out a search of a request; one that is there is read, and an interrupted one resumes.

    Raises:
        UserError: a value cannot be used, data and models do not fit, or an attack's edits cannot be listed.
        ModelError: a model broke its contract; finished work is kept.
    """
    check_at_least(spelling.named("budget"), budget, 1, maximum=_MOST)
    notes = Notes(announce)
    warn = notes if warn is None else Notes(warn, notes.lines)
    plan = plan_examples(request, announce=notes, warn=warn)
    record = SearchRecord(plan=plan.planned, budget=budget)
    kept, asked = keep_run(request, record.folder_name), request.inference
    with listening() as listener, network_access(allowed=not asked.offline, announce=notes):
        execute_search(
            plan,
            budget,
            kept.folder,
            batch_size=asked.batch_size,
            listener=listener,
            executor=executor_of(asked, plan, announce=notes),
            tell=warn,
        )
    return SearchOutcome(kept, open_search(kept.folder), notes=notes.lines)
