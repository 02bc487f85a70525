"""From what was chosen to a plan, and from a plan to a finished run."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from robustaudit.api.consent import keep_consent
from robustaudit.api.models import baseline, instead_of_ours
from robustaudit.attacks import REPORT_ATTACKS, Attack, NamedAttack, out_of_reach, parse_attack
from robustaudit.core import defaults
from robustaudit.core.errors import UserError
from robustaudit.core.hub import network
from robustaudit.core.validation import check_at_least
from robustaudit.datasets import Dataset
from robustaudit.models import ModelSource
from robustaudit.perturbations import find_segmenter
from robustaudit.runs.events import Listener
from robustaudit.runs.executor import InProcess, Processes
from robustaudit.runs.patience import Patience
from robustaudit.runs.plan import Plan, make_plan
from robustaudit.runs.result import Result
from robustaudit.runs.run import audit as run
from robustaudit.statistics.sequential import Deciding

AnAttack: TypeAlias = str | Attack
"""An expression, such as `"homoglyph,qwerty"`, or what `compose` makes of one."""


def rate_or_default(rate: float | None, severity: object) -> float:
    """The rate, or the default; a severity is another way to give one."""
    if rate is not None and severity is not None:
        raise UserError("rate and severity exclude each other: give --rate or --severity")
    return defaults.RATE if rate is None else rate


def chosen_attacks(
    given: Sequence[AnAttack] | None, *, rate: float | None = None, severities: Sequence[int] | None = None
) -> list[NamedAttack]:
    """Each attack, at each level where some are given; those of the report where there is none."""
    share = rate_or_default(rate, severities)
    return [
        parse_attack(each if isinstance(each, str) else each.written(), rate=share, severity=level)
        for each in given or REPORT_ATTACKS
        for level in severities or (None,)
    ]


def plan_of(
    dataset: Dataset,
    models: Sequence[ModelSource],
    attacks: Sequence[NamedAttack],
    *,
    trials: int | None = None,
    examples: int | None = None,
    seed: int = defaults.SEED,
    segmentation: str = defaults.SEGMENTATION,
    slices: Sequence[str] = (),
    baseline_model: str | None = None,
    deciding: Deciding | None = None,
    patience: Patience | None = None,
    models_folder: Path | None = None,
    announce: Callable[[str], None] = lambda _: None,
) -> Plan:
    """The plan of a run, with what is taken where nothing is said; what attacks cannot reach is announced.

    Raises:
        UserError: a number is out of range, or data and models do not fit.
    """
    if trials is None:
        trials = dataset.size if deciding else defaults.TRIALS
    plan = make_plan(
        models=models,
        attacks=attacks,
        dataset=dataset,
        trials=trials,
        examples=examples,
        seed=seed,
        baseline=baseline(models_folder, dataset),
        segmenter=find_segmenter(segmentation),
        slices=slices,
        baseline_model=baseline_model,
        deciding=deciding,
        patience=patience,
    )
    if line := instead_of_ours(models, models_folder):
        announce(line)
    for line in out_of_reach(missed for each in attacks for missed in each.missed):
        announce(line)
    return plan


def carry_out(
    plan: Plan,
    output: Path,
    *,
    batch_size: int = defaults.BATCH_SIZE,
    jobs: int = 1,
    offline: bool = False,
    listener: Listener = lambda _: None,
    announce: Callable[[str], None] = lambda _: None,
    warn: Callable[[str], None] = lambda _: None,
) -> Result:
    """Do what a plan says, and keep it in a folder; a run that is there is gone on with.

    What is damaged of it is done again, and `warn` told.

    Raises:
        UserError: the folder cannot be used.
        ModelError: a model broke its contract; what was finished before is kept.
        BudgetSpent: as many calls were made as may be; what was finished before is kept.
    """
    check_at_least("jobs", jobs, 1)
    keep_consent(output, plan.as_json(), announce=announce)
    with network(allowed=not offline, announce=announce):
        executor = Processes(jobs) if jobs > 1 else InProcess()
        return run(plan, output, batch_size=batch_size, listener=listener, executor=executor, tell=warn)
