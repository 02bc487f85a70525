"""The steps of a repair: halves of the data, a chain chosen on one, candidates queried on the other."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from robustaudit.api.auditing import Listening, execute, executor_of, load_data, plan_run
from robustaudit.api.consent import check_replayed
from robustaudit.api.models import given_models, models_folder, models_of_run, trusted
from robustaudit.api.progress import Announce
from robustaudit.api.repair_request import RepairRequest
from robustaudit.api.seen_attacks import note_seen_attacks
from robustaudit.api.seen_data import unseen_data
from robustaudit.attacks import CannotListError, NamedAttack, parse_attack
from robustaudit.core.errors import UserError
from robustaudit.core.hub import network_access
from robustaudit.core.records import Example
from robustaudit.core.spelling import option
from robustaudit.core.version import __version__
from robustaudit.datasets import Dataset
from robustaudit.defences import Chain, Defence
from robustaudit.models import ModelSource, defended_source
from robustaudit.perturbations import TextBatch
from robustaudit.repairs.chain_choice import ChainStep, choose_chain
from robustaudit.repairs.choosing import ChainScores, cleaning_times, drawn_texts, in_halves
from robustaudit.repairs.repair_record import (
    JUDGING,
    SEARCH,
    SWEEP,
    Candidate,
    CandidateKind,
    RepairPlan,
    RepairRecord,
    TriedStep,
)
from robustaudit.reports.commands import run_command
from robustaudit.runs.guard import loaded
from robustaudit.runs.plan import Plan, sample_examples
from robustaudit.worst_case.search_run import execute_search
from robustaudit.worst_case.sweep import execute_sweep
from robustaudit.worst_case.sweep_plan import SweepPlan

HARDENED = "hardened"
"""What the hardened model is called in a repair."""

_MOST_EDITS = 20_000  # of an attack, that are queried of each candidate unless they are asked for
_ONE_NAME = re.compile(r"[\w-]+(@[\d.]+)?")
_EDITS_SEARCHED = 2  # at most, of an attack that has no number of its own


@dataclass(frozen=True)
class RepairSetting:
    """A request with its models found and its data in halves."""

    request: RepairRequest
    model: ModelSource
    hardened: ModelSource | None
    choosing: Dataset
    judging: Dataset

    def plan(
        self,
        models: Sequence[ModelSource],
        data: Dataset,
        attacks: Sequence[NamedAttack],
        most: int | None = None,
    ) -> Plan:
        """The plan of a run of those models on a half, or on the first examples of it."""
        audit = self.request.audit
        number = len(data.examples) if most is None else min(most, len(data.examples))
        trials = replace(audit.trials, trials=number, examples=number)
        asked = replace(audit, attacks=tuple(attacks), trials=trials)
        return plan_run(asked, data, models, announce=lambda _: None)

    @property
    def attacks(self) -> tuple[NamedAttack, ...]:
        """The seen attacks and the held-out ones."""
        return (*self.request.audit.attacks, *self.request.held_out)


def set_up(request: RepairRequest, *, announce: Announce, warn: Announce) -> RepairSetting:
    """Find the models of a request, and read its data in halves.

    Raises:
        UserError: they cannot be used, or the user has not consented to the models of the run.
    """
    audit, run = request.audit, request.run
    if not request.trust_models and request.given is None:
        check_replayed(run, [request.model], given=None)
    dataset = load_data(audit, announce=announce, warn=warn)
    with network_access(allowed=not audit.inference.offline, announce=announce):
        model, hardened = _models(request, dataset, announce=warn)
    dataset = unseen_data(audit, dataset, [model, *([hardened] if hardened else ())])
    examples = sample_examples(dataset.audited, audit.trials.examples or 0, seed=audit.trials.seed)
    halves = in_halves(examples, seed=audit.trials.seed)
    if not all(halves):
        raise UserError("a repair needs two groups of examples or more: one half chooses, the other judges")
    choosing, judging = (
        _half(dataset, part, name) for part, name in zip(halves, ("choosing", "judging"), strict=True)
    )
    return RepairSetting(request, model, hardened, choosing, judging)


def _models(
    request: RepairRequest, dataset: Dataset, *, announce: Announce
) -> tuple[ModelSource, ModelSource | None]:
    """The model to repair, found as the run found it, and the hardened one."""
    asked, limit = request.audit.models, request.audit.inference.error_policy.load_limit
    folder = models_folder(asked.folder)
    trust = trusted(asked.trust, pickle=asked.trust_pickle, max_calls=asked.max_calls, announce=announce)
    if request.given is None:
        (model,) = models_of_run(
            request.run.plan, [request.model], folder=folder, trust=trust, load_limit=limit
        )
    else:
        named_model = {request.model: request.given}
        (model,) = given_models(named_model, dataset, folder=folder, trust=trust, load_limit=limit)
    planned = next(each for each in request.run.plan["models"] if each["name"] == request.model)
    if request.given is None and planned["digest"] != model.digest:
        announce(f"model {request.model!r} is another now than in the run")
    if request.hardened is None:
        return model, None
    hardened = {HARDENED: request.hardened}
    (other,) = given_models(hardened, dataset, folder=folder, trust=trust, load_limit=limit)
    return model, other


def _half(dataset: Dataset, examples: tuple[Example, ...], name: str) -> Dataset:
    """Some examples as a data set of their own, which no name or path finds."""
    return replace(
        dataset,
        name=f"{dataset.name}, {name} half",
        examples=examples,
        audited_split=None,
        own_splits={},
        counted=None,
        path=None,
    )


def plan_repair(setting: RepairSetting, *, announce: Announce) -> RepairPlan:
    """The plan of a repair, before a model is queried; what has too many edits is announced."""
    request = setting.request
    worst = _worst_case(setting, announce=announce)
    chain = Chain(request.defences)
    trials = request.audit.trials
    return RepairPlan(
        run=request.run.planned.digest,
        data=request.run.planned.data.name,
        model=request.model,
        model_digest=setting.model.digest,
        hardened=(setting.hardened.uri or setting.hardened.title) if setting.hardened else None,
        hardened_digest=setting.hardened.digest if setting.hardened else None,
        defences=tuple(str(Chain((each,))) for each in request.defences),
        defences_digest=chain.digest,
        seen=tuple(each.label for each in request.audit.attacks),
        held_out=tuple(each.label for each in request.held_out),
        examples=trials.examples or 0,
        seed=trials.seed,
        max_clean_cost=request.max_clean_cost,
        worst_case=tuple(each.label for each in worst),
        searched=tuple(map(_searched, worst)) if request.budget else (),
        worst_examples=request.worst_examples,
        budget=request.budget,
    )


def _worst_case(setting: RepairSetting, *, announce: Announce) -> tuple[NamedAttack, ...]:
    """The attacks of which every single edit is queried: as given, else the seen ones with few enough."""
    request = setting.request
    if request.worst_examples == 0:
        return ()
    if request.worst_case is not None:
        return request.worst_case
    plan = setting.plan([setting.model], setting.judging, setting.attacks, request.worst_examples)
    batch = TextBatch([example.text for example in plan.examples], segmenter=plan.segmenter)
    return tuple(_feasible(request.audit.attacks, batch, announce=announce))


def _feasible(
    attacks: Sequence[NamedAttack], batch: TextBatch, *, announce: Announce
) -> Iterator[NamedAttack]:
    for each in attacks:
        try:
            edits = int(np.sum(each.attack.count_single_edits(batch)))
        except CannotListError as error:
            announce(f"worst case without {each.label}: {error}")
            continue
        if edits <= _MOST_EDITS:
            yield each
        else:
            asked = option("worst_case", each.label)
            announce(f"worst case without {each.label}, which has {edits:,} single edits: {asked} takes it")


def _searched(attack: NamedAttack) -> str:
    """The attack that is searched: of at most two edits, unless it says itself how many."""
    written = attack.label
    if "at_most" in written:
        return written
    whole = written if _ONE_NAME.fullmatch(written) else f"({written})"
    return f"{whole} & at_most({_EDITS_SEARCHED})"


def choose(setting: RepairSetting, plan: RepairPlan, *, announce: Announce) -> RepairRecord:
    """Choose a chain on one half, by real queries, and list the candidates with what cleaning takes."""
    request, audit = setting.request, setting.request.audit
    chosen = setting.plan([setting.model], setting.choosing, audit.attacks)
    announce(
        f"choosing a chain of {len(request.defences)} defences on {len(chosen.examples):,} examples under "
        f"{len(audit.attacks)} seen attacks"
    )
    limit, inference = audit.inference.error_policy.load_limit, audit.inference
    with network_access(allowed=not inference.offline, announce=announce):
        classifier = loaded(chosen.models[0], limit=limit)
        scores = ChainScores(chosen, classifier, batch_size=inference.batch_size)
        steps = choose_chain(request.defences, scores, max_clean_cost=request.max_clean_cost)
    found = Chain(steps[-1].chain)
    announce(f"best chain: {str(found) or 'none'}")
    return RepairRecord(
        robustaudit=__version__,
        plan=plan,
        choosing_examples=len(chosen.examples),
        judging_examples=len(setting.judging.examples),
        steps=tuple(map(_tried, steps)),
        queries=scores.queries,
        model_seconds=scores.seconds / max(scores.queries, 1),
        candidates=_candidates(setting, found),
        notes=(*request.left_out, *_seen_notes(setting)),
    )


def _seen_notes(setting: RepairSetting) -> tuple[str, ...]:
    """What of the held-out attacks the hardened model was trained with, if that is known."""
    models = [setting.hardened] if setting.hardened else []
    return note_seen_attacks(setting.judging, models, setting.request.held_out).statistics.notes


def _tried(step: ChainStep[Defence]) -> TriedStep:
    return TriedStep(
        chain=str(Chain(step.chain)),
        clean_accuracy=step.score.clean,
        held=step.score.held,
        tried=step.tried,
    )


def _candidates(setting: RepairSetting, found: Chain) -> tuple[Candidate, ...]:
    """No defence, each alone, the chain, the hardened model, and both; each model once."""
    alone = [Chain((each,)) for each in setting.request.defences]
    chains = [*alone, *([found] if len(found.defences) > 1 else ())]
    taken = dict(zip(map(str, chains), _cleaning(setting, chains), strict=True))
    listed: list[tuple[CandidateKind, ModelSource, str]] = [("no defence", setting.model, "")]
    listed += [("defence", defended_source(setting.model, each), str(each)) for each in alone]
    if len(found.defences) > 1:
        listed.append(("chain", defended_source(setting.model, found), str(found)))
    if setting.hardened:
        listed.append(("hardened", setting.hardened, ""))
        if found.defences:
            both = defended_source(setting.hardened, found)
            listed.append(("chain and hardened", both, str(found)))
    audited = setting.request.run.finished()
    return tuple(
        Candidate(
            name=source.name,
            kind=kind,
            chain=chain,
            seconds=taken.get(chain, 0.0),
            command=run_command(audited, [source.uri]) if source.uri else None,
        )
        for kind, source, chain in listed
    )


def _cleaning(setting: RepairSetting, chains: Sequence[Chain]) -> list[float]:
    """The seconds a text of each chain, over perturbed texts of the judging half."""
    plan = setting.plan([setting.model], setting.judging, setting.attacks)
    # Text by text, so that each chain gets texts under every attack.
    return cleaning_times(
        chains, [text for several in zip(*drawn_texts(plan), strict=True) for text in several]
    )


def sources_of(setting: RepairSetting, record: RepairRecord) -> list[ModelSource]:
    """The candidates of a record as models."""
    base: Mapping[bool, ModelSource | None] = {True: setting.hardened, False: setting.model}
    found = []
    for each in record.candidates:
        model = base["hardened" in each.kind]
        assert model is not None
        found.append(defended_source(model, Chain.parse(each.chain)) if each.chain else model)
    return found


def query_candidates(
    setting: RepairSetting,
    record: RepairRecord,
    folder: Path,
    *,
    listening: Listening,
    announce: Announce,
    warn: Announce,
) -> None:
    """Query all candidates on the judging half: the run, every single edit, the search; each resumes."""
    sources, request = sources_of(setting, record), setting.request
    plan = setting.plan(sources, setting.judging, setting.attacks)
    announce(f"judging {len(sources)} candidates on {len(plan.examples):,} examples that chose nothing")
    with listening() as listener:
        execute(request.audit, plan, folder / JUDGING, listener=listener, announce=announce, warn=warn)
    query_worst_case(setting, record, sources, folder, listening=listening, announce=announce, warn=warn)


def query_worst_case(
    setting: RepairSetting,
    record: RepairRecord,
    sources: Sequence[ModelSource],
    folder: Path,
    *,
    listening: Listening,
    announce: Announce,
    warn: Announce,
) -> None:
    """Query every single edit of some examples through the defences, and search them with several edits."""
    inference = setting.request.audit.inference
    planned = record.plan
    for place, attacks in ((SWEEP, planned.worst_case), (SEARCH, planned.searched)):
        if not attacks:
            continue
        plan = setting.plan(
            sources, setting.judging, [parse_attack(each) for each in attacks], planned.worst_examples
        )
        executor = executor_of(inference, plan, announce=announce)
        with listening() as listener, network_access(allowed=not inference.offline, announce=announce):
            if place == SWEEP:
                sweep = SweepPlan(plan)
                edits = f"{sweep.record.edits:,} single edits of {len(plan.examples):,} examples"
                announce(f"{edits} for each candidate, until one fails")
                execute_sweep(
                    sweep,
                    folder / place,
                    batch_size=inference.batch_size,
                    listener=listener,
                    executor=executor,
                    tell=warn,
                )
            else:
                announce(f"searching edits that fail, {planned.budget:,} queries an example")
                execute_search(
                    plan,
                    planned.budget,
                    folder / place,
                    batch_size=inference.batch_size,
                    listener=listener,
                    executor=executor,
                    tell=warn,
                )
