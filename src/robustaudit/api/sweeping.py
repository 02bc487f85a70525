"""From a request to a sweep: data, models, plan, and predictions of every single edit, in a folder."""

from contextlib import nullcontext
from dataclasses import dataclass, replace

from robustaudit.api.auditing import (
    Listening,
    Notes,
    executor_of,
    find_models,
    keep_run,
    load_data,
    plan_run,
)
from robustaudit.api.outcome import Kept
from robustaudit.api.progress import Announce
from robustaudit.api.readiness import check_ready
from robustaudit.api.request import AuditRequest
from robustaudit.api.seen_attacks import note_seen_attacks
from robustaudit.api.seen_data import unseen_data
from robustaudit.core.hub import network_access
from robustaudit.core.spelling import option
from robustaudit.runs.plan import Plan
from robustaudit.worst_case.stored_sweep import Sweep, open_sweep
from robustaudit.worst_case.sweep import execute_sweep
from robustaudit.worst_case.sweep_plan import SweepPlan

EXAMPLES = 200
"""The number of examples, unless it is given."""


@dataclass(frozen=True, slots=True)
class SweptRequest:
    """A finished sweep in its folder with the plan of its models, and what there was to say."""

    plan: Plan
    kept: Kept
    sweep: Sweep
    notes: tuple[str, ...]


def sweep_of(
    request: AuditRequest,
    *,
    all_edits: bool,
    listening: Listening = lambda: nullcontext(lambda _: None),
    announce: Announce = lambda _: None,
    warn: Announce | None = None,
) -> SweptRequest:
    """Carry out the sweep of a request; one that is there is read, and an interrupted one resumes.

    Raises:
        UserError: a value cannot be used, data and models do not fit, or an attack's edits cannot be listed.
        ModelError: a model broke its contract; finished work is kept.
    """
    notes = Notes(announce)
    warn = notes if warn is None else Notes(warn, notes.lines)
    sweep = SweepPlan(plan_examples(request, announce=notes, warn=warn), all_edits=all_edits)
    notes(_count_line(sweep))
    kept, asked = keep_run(request, sweep.folder_name), request.inference
    with listening() as listener, network_access(allowed=not asked.offline, announce=notes):
        execute_sweep(
            sweep,
            kept.folder,
            batch_size=asked.batch_size,
            listener=listener,
            executor=executor_of(asked, sweep.plan, announce=notes),
            tell=warn,
        )
    return SweptRequest(sweep.plan, kept, open_sweep(kept.folder), tuple(notes.lines))


def plan_examples(request: AuditRequest, *, announce: Announce, warn: Announce) -> Plan:
    """The plan of a request with each example once: 200, or as many as were asked for, or as there are.

    Models are computed in single precision: what holds in it is what is proved.

    Raises:
        UserError: a value cannot be used, or data and models do not fit.
    """
    most = request.trials.examples or EXAMPLES
    exact = replace(request.inference, exact=True)
    request = _with_trials(replace(request, inference=exact), most)
    check_ready(request)
    dataset = load_data(request, announce=announce, warn=warn)
    sources = find_models(request, dataset, announce=announce, warn=warn)
    dataset = note_seen_attacks(unseen_data(request, dataset, sources), sources, request.attacks)
    request = _with_trials(request, max(min(most, len(dataset.audited)), 1))
    return plan_run(request, dataset, sources, announce=announce)


def _with_trials(request: AuditRequest, number: int) -> AuditRequest:
    """The request of that many trials."""
    return replace(request, trials=replace(request.trials, trials=number))


def _count_line(sweep: SweepPlan) -> str:
    """How many edits there are to query, before one is."""
    examples, edits = len(sweep.plan.examples), sweep.record.edits
    early = f"; an example is left once one fails: {option('all_edits', True)} queries all"
    return f"{edits:,} single edits of {examples:,} examples for each model{'' if sweep.all_edits else early}"
