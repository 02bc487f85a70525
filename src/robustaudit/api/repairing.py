"""From a finished run to what would repair its model: candidates tried, judged and ranked, in a folder."""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from robustaudit.api.auditing import Listening, Notes, keep_run
from robustaudit.api.event_log import LogWriter
from robustaudit.api.models import Model
from robustaudit.api.outcome import Audit, Kept
from robustaudit.api.progress import Announce, watched
from robustaudit.api.repair_request import BUDGET, CLEAN_COST, WORST_EXAMPLES, RepairRequest
from robustaudit.api.repair_steps import choose, plan_repair, query_candidates, set_up
from robustaudit.api.request import Data
from robustaudit.core.display import visible
from robustaudit.core.files import write_to
from robustaudit.core.typed_values import parse_typed
from robustaudit.repairs.repair_record import record_of
from robustaudit.repairs.stored_repair import StoredRepair, open_repair

if TYPE_CHECKING:
    from robustaudit.reports.layout import TextReport


class Repair:
    """A finished repair, as returned by `repair`, or by `Repair.open` for its folder.

    `print` shows its tables.
    """

    def __init__(self, kept: Kept, stored: StoredRepair, *, notes: Sequence[str] = ()) -> None:
        self._kept = kept
        self.stored = stored
        """The candidates with all figures, and the statements that are tested on them."""
        self.notes = tuple(notes)
        """What there was to say: what was left out, columns that were guessed, what was fetched."""

    @classmethod
    def open(cls, folder: str | Path) -> "Repair":
        """Open the repair in a folder, such as one of the command line in `reports/`.

        Raises:
            UserError: it holds no finished repair.
        """
        kept = Kept(parse_typed(Path, folder, where="folder"))
        return cls(kept, open_repair(kept.folder))

    @property
    def folder(self) -> Path:
        """The folder of the repair; docs/repair.md describes its files."""
        return self._kept.folder

    @property
    def chain(self) -> str:
        """The best chain that was found, such as `strip,fold,spell`; empty if no defence is better."""
        return self.stored.record.chain

    @property
    def best(self) -> str | None:
        """The name of the candidate that is ranked first of those that help; None if none does."""
        found = self.stored.best
        return found.name if found else None

    def table(self, *, verbose: bool = False) -> "TextReport":
        """The tables of the command line; `verbose` has every candidate under every attack."""
        from robustaudit.reports.layout import TextReport
        from robustaudit.reports.repair_report import render_repair

        return TextReport(lambda width: render_repair(self.stored, width=width, verbose=verbose))

    def as_json(self) -> dict[str, Any]:
        """The figures as `robustaudit repair --json` prints them."""
        from robustaudit.reports.repair_exports import repair_as_json

        return repair_as_json(self.stored)

    def to_markdown(self) -> str:
        """The output of `robustaudit repair --markdown`."""
        from robustaudit.reports.repair_exports import markdown_repair

        return markdown_repair(self.stored)

    def report(self, file: str | Path) -> Path:
        """Write the HTML page, which opens offline, and return its path.

        Raises:
            UserError: the file cannot be written.
        """
        from robustaudit.reports.page.repair_page import repair_page

        target = parse_typed(Path, file, where="file")
        write_to(target, repair_page(self.stored))
        return target

    def __str__(self) -> str:
        return str(self.table())

    def __repr__(self) -> str:
        plan = self.stored.plan
        found = f"best chain {self.chain or 'none'}"
        return visible(f"<Repair of {plan.model}: {found}, in {str(self.folder)!r}>")


def repair(
    run: str | Path | Audit | RepairRequest,
    data: Data | None = None,
    *,
    model: Model | None = None,
    defences: str | None = None,
    hold_out: str | Sequence[str] | None = None,
    hardened: Model | None = None,
    examples: int | None = None,
    max_clean_cost: float = CLEAN_COST,
    worst_case: str | Sequence[str] | None = None,
    worst_examples: int = WORST_EXAMPLES,
    budget: int = BUDGET,
    batch_size: int | None = None,
    jobs: int | None = None,
    on_error: Literal["stop", "skip"] = "stop",
    time_limit: float | None = None,
    load_limit: float | None = None,
    max_calls: int | None = None,
    trust: str | Sequence[str] = (),
    trust_pickle: bool = False,
    trust_models: bool = False,
    models_dir: str | Path | None = None,
    offline: bool = False,
    output: str | Path | None = None,
    progress: bool | LogWriter | None = None,
) -> Repair:
    """Try what would repair a model of a finished run, and rank it: defences, their best chain, hardening.

    `run` is the folder of a run, or what `audit` returned; its attacks are the seen ones. `model` is one of
    its models by name, or the model itself where it was in memory, as `data` is. `defences` are those to try
    (`"strip,fold,spell"`), by default all that have a name. `hold_out` are attacks that the chain is not
    chosen on; `hardened` is a model that was trained on perturbed texts.

    One half of the examples chooses the chain, the other judges every candidate: by draws of each attack, by
    every single edit of the attacks `worst_case` on `worst_examples` examples, and by a search with `budget`
    queries an example, all through the defences.

    Raises:
        UserError: there is no such run, or a value cannot be used.
        ModelError: a model broke its contract.
    """
    fields = {name: value for name, value in locals().items() if name not in ("run", "data", "progress")}
    with watched(progress) as (listener, tell):
        if isinstance(run, RepairRequest):
            request = run
        else:
            folder = run.folder if isinstance(run, Audit) else run
            request = RepairRequest.of(folder, data, output_parent=None, **_typed(fields))
        return carry_out_repair(request, listening=lambda: nullcontext(listener), announce=tell)


def _typed(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with the output as a path."""
    output = fields["output"]
    return fields | {"output": None if output is None else parse_typed(Path, output, where="output")}


def carry_out_repair(
    request: RepairRequest,
    *,
    listening: Listening = lambda: nullcontext(lambda _: None),
    announce: Announce = lambda _: None,
    warn: Announce | None = None,
) -> Repair:
    """Carry out a repair and store it in a folder; what is there is kept, and what was interrupted resumes.

    Raises:
        UserError: a value cannot be used, or data and models do not fit.
        ModelError: a model broke its contract; finished work is kept.
        CallLimitReached: no more model calls are allowed; finished work is kept.
    """
    notes = Notes(announce)
    warn = notes if warn is None else Notes(warn, notes.lines)
    for line in request.left_out:
        warn(line)
    setting = set_up(request, announce=notes, warn=warn)
    plan = plan_repair(setting, announce=warn)
    kept = keep_run(request.audit, plan.folder_name)
    record = record_of(plan, kept.folder)
    if record is None:
        record = choose(setting, plan, announce=notes)
        record.write(kept.folder)
    query_candidates(setting, record, kept.folder, listening=listening, announce=notes, warn=warn)
    return Repair(kept, open_repair(kept.folder), notes=notes.lines)
