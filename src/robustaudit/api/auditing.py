"""Carrying out an audit: from the request to data, models, plan, run and verdict."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from robustaudit.api.consent import keep_consent
from robustaudit.api.event_log import LogWriter
from robustaudit.api.gates import Judgement, baseline_of, judged
from robustaudit.api.models import (
    Models,
    baseline,
    given_models,
    instead_of_ours,
    models_folder,
    named_models,
    trusted,
)
from robustaudit.api.outcome import Audit, Kept
from robustaudit.api.progress import Announce, watched
from robustaudit.api.readiness import check_ready
from robustaudit.api.request import AnAttack, AuditRequest, Data, InferenceSpec
from robustaudit.api.seen_attacks import note_seen_attacks
from robustaudit.api.seen_data import unseen_data
from robustaudit.attacks import unreached_lines
from robustaudit.core import defaults, spelling
from robustaudit.core.errors import NetworkUnavailable, UserError
from robustaudit.core.files import expand_home
from robustaudit.core.hub import network_access
from robustaudit.core.spelling import named
from robustaudit.datasets import Dataset, in_memory_dataset, load
from robustaudit.gate.selection import check_selections
from robustaudit.models import ModelSource, fastest_form, is_remote
from robustaudit.perturbations import find_segmenter
from robustaudit.runs.events import Listener
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.integrity import manifest_of
from robustaudit.runs.plan import Plan, make_plan, sample_examples, sample_of
from robustaudit.runs.plan_record import Minimal
from robustaudit.runs.stored_run import open_run
from robustaudit.runs.trial_choice import LADDER, choose_trials, rungs
from robustaudit.runs.whole_machine import WholeMachine
from robustaudit.runs.work_units import Executor, InProcess, WorkerProcesses

Listening: TypeAlias = Callable[[], AbstractContextManager[Listener]]
"""A context manager that provides the listener for the events of a run."""


def audit(
    models: Models | AuditRequest,
    data: Data | None = None,
    *,
    attacks: AnAttack | Sequence[AnAttack] | None = None,
    trials: int | None = None,
    examples: int | None = None,
    seed: int = defaults.SEED,
    rate: float | None = None,
    severities: int | Sequence[int] | None = None,
    until_decided: bool = False,
    max_drop: float | None = None,
    alpha: float | None = None,
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
    slices: str | Sequence[str] = (),
    include_seen: bool = False,
    baseline_model: str | None = None,
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
    exact: bool = False,
    minimal: Minimal | None = None,
    max_calls: int | None = None,
    trust: str | Sequence[str] = (),
    trust_pickle: bool = False,
    models_dir: str | Path | None = None,
    offline: bool = False,
    output: str | Path | None = None,
    shards: str | None = None,
    progress: bool | LogWriter | None = None,
) -> Audit:
    """Perturb texts, query models before and after, and measure the drop in accuracy.

    `models` is a name as on the command line (`"4"`, `"hf:…"`), an object with `predict`, a function of texts
    that returns labels or probabilities, a list of these, or a dictionary that names them. `data` is a name
    or path as on the command line, a data frame with the columns `text` and `label`, pairs of these, or
    examples; the default is `reviews`. The parameters mean the same as the options of `robustaudit run`;
    docs/python.md lists them. An `AuditRequest` holds all of them.

    The run is stored in `output`, where an interrupted run resumes, or in a temporary folder that lives as
    long as the result. `progress` shows a bar and messages; by default in notebooks and interactive shells. A
    function gets a dictionary for each event instead, with the keys of `--log-json`.

    Raises:
        UserError: a value cannot be used; the message is one line.
        ModelError: a model broke its contract.
        CallLimitReached: the limit `max_calls` was reached.
    """
    fields = {name: value for name, value in locals().items() if name not in ("models", "data", "progress")}
    with watched(progress) as (listener, tell):
        request = models if isinstance(models, AuditRequest) else AuditRequest.of(models, data, **fields)
        return carry_out(request, listening=lambda: nullcontext(listener), announce=tell)


def carry_out(
    request: AuditRequest,
    *,
    listening: Listening = lambda: nullcontext(lambda _: None),
    announce: Announce = lambda _: None,
    warn: Announce | None = None,
) -> Audit:
    """Carry out a request and store the run in a folder; an interrupted run resumes.

    Messages go to `announce`, important ones to `warn`.

    Raises:
        UserError: a value cannot be used, or data and models do not fit.
        ModelError: a model broke its contract; finished work is kept.
        CallLimitReached: no more model calls are allowed; finished work is kept.
    """
    notes = Notes(announce)
    warn = notes if warn is None else Notes(warn, notes.lines)
    check_ready(request)
    known = baseline_of(request.gate) if request.gate else None
    dataset = load_data(request, announce=notes, warn=warn)
    sources = find_models(request, dataset, announce=notes, warn=warn)
    dataset = note_seen_attacks(unseen_data(request, dataset, sources), sources, request.attacks)
    request = with_trials(request, dataset, sources, announce=notes)
    plan = plan_run(request, dataset, sources, announce=notes)
    if plan.minimal == "none" and request.inference.minimal is None:
        wanted = f"{spelling.option('minimal', 'some')} asks for them"
        notes(f"no smallest failures are sought, as a model is queried over the network: {wanted}")
    if request.gate and known:
        from robustaudit.gate.baseline import check_shared

        check_shared(known, plan.as_json(), request.gate.baseline)
    kept = keep_run(request, plan.folder_name)
    with listening() as listener:
        execute(request, plan, kept.folder, listener=listener, announce=notes, warn=warn)
    stored, judgement = open_run(kept.folder), None
    if request.gate:
        verdict = judged(stored, request.gate, known, models_dir=request.models.folder, announce=warn)
        judgement = Judgement(verdict)
    return Audit(kept, stored, notes=notes.lines, judgement=judgement)


class Notes:
    """The messages of an audit: collected, and passed on."""

    def __init__(self, tell: Announce, lines: list[str] | None = None) -> None:
        self._tell = tell
        self.lines = [] if lines is None else lines

    def __call__(self, line: str) -> None:
        self.lines.append(line)
        self._tell(line)


def load_data(request: AuditRequest, *, announce: Announce, warn: Announce) -> Dataset:
    """Load the data of a request, keeping the examples that its plan uses.

    Raises:
        UserError: there is no such data, or it cannot be read.
    """
    data, reading, trials = request.data.given, request.data.reading, request.trials
    if data is not None and not isinstance(data, str | Path):
        return in_memory_dataset(data, reading, announce=announce)
    # Whole groups are taken until it is decided: which, can be told of all of them alone.
    most = LADDER[-1] if _are_open(request) else defaults.TRIALS
    sample = sample_of(trials.trials or most, trials.examples, seed=trials.seed)
    name = _DEFAULT if data is None else data if isinstance(data, str) else str(expand_home(data))
    try:
        return load(
            name,
            reading,
            sample=None if trials.sequential_test else sample,
            offline=request.inference.offline,
            announce=announce,
        )
    except NetworkUnavailable as error:
        if data is not None:
            raise
        warn(f"{error}; auditing the data {_AT_HAND!r} that ships instead")
        return load(_AT_HAND)


_DEFAULT, _AT_HAND = "reviews", "tiny"


def find_models(
    request: AuditRequest, dataset: Dataset, *, announce: Announce, warn: Announce
) -> list[ModelSource]:
    """Find the models of a request; none is loaded.

    Raises:
        UserError: there is no such model, or it cannot be used.
    """
    asked, inference = request.models, request.inference
    held = [model for _, model in named_models(asked.given) if not isinstance(model, str)]
    if held and (inference.ray or (inference.jobs or 1) > 1):
        must = ("executor", "'local'", "'ray'") if inference.ray else ("jobs", 1, inference.jobs)
        raise UserError(
            f"{named(must[0])} must be {must[1]} for a model in memory, got {must[2]}: "
            "only a model with a name, such as py:MODULE:NAME, can be loaded in worker processes"
        )
    trust = trusted(asked.trust, pickle=asked.trust_pickle, max_calls=asked.max_calls, announce=warn)
    with network_access(allowed=not inference.offline, announce=announce):
        return given_models(
            asked.given,
            dataset,
            folder=models_folder(asked.folder),
            trust=trust,
            load_limit=inference.error_policy.load_limit,
            announce=announce,
        )


def _are_open(request: AuditRequest) -> bool:
    """Whether the number of trials may be chosen by the models' speed: a verdict must not depend on it."""
    asked = request.trials
    given = (asked.trials, asked.examples, asked.sequential_test, request.gate, request.models.max_calls)
    return all(each is None for each in given)


def with_trials(
    request: AuditRequest, dataset: Dataset, sources: Sequence[ModelSource], *, announce: Announce
) -> AuditRequest:
    """The request with a number of trials, where it has none and one may be chosen; it is announced.

    A run of the same request that is there already, finished or not, keeps its number.
    """
    examples = sample_examples(dataset.audited, LADDER[-1], seed=request.trials.seed)
    if not _are_open(request) or len(rungs(len(examples))) == 1:
        return request

    def with_number(trials: int) -> AuditRequest:
        return replace(request, trials=replace(request.trials, trials=trials))

    def is_there(trials: int) -> bool:
        planned = plan_run(with_number(trials), dataset, sources, announce=lambda _: None)
        return _holds(keep_run(request, planned.folder_name).folder, planned)

    plan_run(with_number(LADDER[0]), dataset, sources, announce=lambda _: None)  # refuses before models load
    stored = request.output.folder or request.output.parent
    known = (trials for trials in reversed(rungs(len(examples))) if stored and is_there(trials))
    if (trials := next(known, None)) is None:
        with network_access(allowed=not request.inference.offline, announce=announce):
            choice = choose_trials(
                sources,
                examples,
                attacks=len(request.attacks),
                batch_size=request.inference.batch_size,
                error_policy=request.inference.error_policy,
            )
        trials = choice.trials
        other = f"{spelling.option('trials')} sets another number"
        announce(f"{trials:,} trials per model and attack, {choice.why}; {other}")
    return with_number(trials)


def _holds(folder: Path, plan: Plan) -> bool:
    try:
        return manifest_of(folder).begun.plan == plan.digest
    except UserError:  # there is no run, or one that the start of this one reports
        return False


def plan_run(
    request: AuditRequest, dataset: Dataset, sources: Sequence[ModelSource], *, announce: Announce
) -> Plan:
    """Make the plan of a request, with defaults filled in; unreachable severities are announced.

    Raises:
        UserError: a number is out of range, data and models do not fit, or a rule selects nothing.
    """
    asked, folder = request.trials, models_folder(request.models.folder)
    trials = asked.trials
    if trials is None:
        trials = dataset.size if asked.sequential_test else defaults.TRIALS
    plan = make_plan(
        models=sources,
        attacks=request.attacks,
        dataset=dataset,
        trials=trials,
        examples=asked.examples,
        seed=asked.seed,
        tfidf_baseline=baseline(folder, dataset),
        segmenter=find_segmenter(asked.segmentation),
        slices=request.data.reading.slices,
        baseline_model=request.models.baseline,
        sequential_test=asked.sequential_test,
        error_policy=request.inference.error_policy,
        form="fp32" if request.inference.exact else fastest_form(),
        minimal=_minimal(request.inference, sources),
    )
    if line := instead_of_ours(sources, folder):
        announce(line)
    for line in unreached_lines(unreached for each in request.attacks for unreached in each.unreached):
        announce(line)
    if request.gate:
        check_selections(request.gate.of_run, plan)
    return plan


def _minimal(asked: InferenceSpec, sources: Sequence[ModelSource]) -> Minimal:
    """Of which failing trials the smallest failure is sought: unasked, of none if calls may be paid for."""
    return asked.minimal or ("none" if any(is_remote(source.uri or "") for source in sources) else "some")


def keep_run(request: AuditRequest, name: str) -> Kept:
    """The folder of a run: as given, else of that name in the parent folder, else temporary."""
    output = request.output
    if output.folder is None and output.parent is not None:
        return Kept.at(output.parent / name)
    return Kept.at(output.folder)


def execute(
    request: AuditRequest,
    plan: Plan,
    folder: Path,
    *,
    listener: Listener,
    announce: Announce,
    warn: Announce,
) -> None:
    """Execute a plan; damaged files of an existing run are recreated, with a warning."""
    asked, shards = request.inference, request.output.shards
    keep_consent(folder, plan.as_json(), announce=announce)
    with network_access(allowed=not asked.offline, announce=announce):
        executor = executor_of(asked, plan, announce=announce)
        if shards is not None:
            from robustaudit.runs.shared_shards import SharedShards

            executor = SharedShards(executor, shards, plan, tell=announce)
        execute_plan(
            plan, folder, batch_size=asked.batch_size, listener=listener, executor=executor, tell=warn
        )


def executor_of(asked: InferenceSpec, plan: Plan, *, announce: Announce) -> Executor:
    """So many worker processes as were asked for, here or on a cluster; of its own choice if none were."""
    if asked.ray is not None:
        from robustaudit.runs.ray_actors import RayActors

        paid = any(is_remote(model.uri or "") for model in plan.models)  # by the call, perhaps
        address, size = asked.ray.address, asked.ray.size
        return RayActors(
            address, models=plan.models, jobs=asked.jobs, size=size, stragglers=not paid, tell=announce
        )
    if asked.jobs is None:
        return WholeMachine(plan.models, tell=announce)
    return WorkerProcesses(asked.jobs) if asked.jobs > 1 else InProcess()
