"""The plan of a run, fixed before a model is loaded."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, zip_longest
from typing import Any, TypeVar

import numpy as np

from robustaudit.attacks import Attack, DrawnTexts, NamedAttack
from robustaudit.core import defaults, spelling
from robustaudit.core.arrays import Integers
from robustaudit.core.errors import UserError
from robustaudit.core.randomness import key_of, order_key
from robustaudit.core.records import Example
from robustaudit.core.validation import check_at_least
from robustaudit.core.version import __version__
from robustaudit.datasets import Dataset, SampleSpec
from robustaudit.models import Form, ModelSource, has_bf16
from robustaudit.perturbations import CHARACTERS, Segmenter, TextBatch
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.named_classes import NamedClasses
from robustaudit.runs.plan_record import (
    MOST_TRIALS,
    Layout,
    Minimal,
    PlannedAttack,
    PlannedBaseline,
    PlannedData,
    PlannedModel,
    PlanRecord,
    WorkUnit,
    find_model,
    is_worth_a_check,
)
from robustaudit.runs.planned_labels import MatchedBy, PlannedLabel, match_labels
from robustaudit.runs.slices import check_slices
from robustaudit.statistics.measures import IntervalUnit
from robustaudit.statistics.sequential import SequentialTest


def draw(
    attack: Attack,
    examples: Sequence[Example],
    batch: TextBatch,
    places: Sequence[tuple[int, int]],
    *,
    seed: int,
) -> DrawnTexts:
    """The draws of the attack for each (row, draw number) of `places`, where rows are those of the batch."""
    keys = attack.keys(seed=seed, draws=[(examples[row].id, number) for row, number in places])
    rows = np.array([row for row, _ in places], dtype=np.int64)
    return attack.draw(batch, rows, keys)


def sample_examples(examples: Sequence[Example], number: int, *, seed: int) -> tuple[Example, ...]:
    """So many examples, in the order of a hash keyed by the seed: never that of the data."""
    return tuple(sorted(examples, key=lambda example: order_key(seed, example.id))[:number])


def sample_groups(examples: Sequence[Example], most: int, *, seed: int) -> tuple[Example, ...]:
    """Whole groups in the order of a hash keyed by the seed, from the first on, as long as `most` has room.

    Raises:
        UserError: not even the first has.
    """
    groups: dict[str, list[Example]] = {}
    for example in sample_examples(examples, len(examples), seed=seed):
        groups.setdefault(example.group, []).append(example)
    order = sorted(groups, key=lambda group: key_of("groups", seed, group))
    # Up to the first without room: a smaller one after it would be taken for its size.
    sizes = accumulate(len(groups[group]) for group in order)
    fitting = [group for group, size in zip(order, sizes, strict=True) if size <= most]
    if not fitting:
        raise UserError(
            f"examples must be at least {len(groups[order[0]])}, the size of the first group, got {most}"
        )
    return tuple(example for group in fitting for example in groups[group])


def first_draws(
    attack: Attack, examples: Sequence[Example], *, seed: int, segmenter: Segmenter = CHARACTERS
) -> DrawnTexts:
    """The first draw of the attack on each example."""
    batch = TextBatch([example.text for example in examples], segmenter=segmenter)
    return draw(attack, examples, batch, [(row, 0) for row in range(len(examples))], seed=seed)


T = TypeVar("T")


@dataclass(frozen=True)
class Plan:
    """A frozen run: what it does depends on nothing else.

    Models that may be computed in another `form` than the plain one are tried in it, if the run is large.
    """

    dataset: Dataset
    examples: tuple[Example, ...]
    models: tuple[ModelSource, ...]
    attacks: tuple[NamedAttack, ...]
    trials: int
    seed: int
    tfidf_baseline: ModelSource | None = None
    segmenter: Segmenter = CHARACTERS
    slices: tuple[str, ...] = ()
    baseline_model: str | None = None
    sequential_test: SequentialTest | None = None
    labels: tuple[PlannedLabel, ...] = ()
    matched_by: tuple[MatchedBy, ...] = ()  # how labels were read for each model
    class_names: tuple[str | None, ...] = ()
    error_policy: ErrorPolicy = ErrorPolicy()  # noqa: RUF009  (never written to)
    form: Form = "fp32"
    minimal: Minimal = "some"

    @cached_property
    def planned(self) -> PlanRecord:
        """The plan in names and numbers."""
        return PlanRecord(
            robustaudit=__version__,
            data=PlannedData(
                name=self.dataset.name,
                title=self.dataset.title,
                digest=self.dataset.digest,
                path=self.dataset.path,
                reading=dict(self.dataset.reading),
                classes=tuple(self.dataset.classes),
                numbered=self.dataset.numbered,
                **self.dataset.statistics.as_json(),
            ),
            examples=len(self.examples),
            trials=self.trials,
            seed=self.seed,
            segmentation=self.segmenter.name,
            on_error=self.error_policy.on_error,
            time_limit=self.error_policy.time_limit,
            minimal=self.minimal,
            labels=self.labels,
            class_names=self.class_names,
            models=tuple(
                _planned_model(model, matched_by, self._form(model))
                for model, matched_by in zip_longest(self.models, self.matched_by)
            ),
            tfidf_baseline=_planned_tfidf(self.tfidf_baseline) if self.tfidf_baseline else None,
            attacks=tuple(map(_planned_attack, self.attacks)),
            slices=self.slices,
            baseline_model=self.baseline_model,
            until_decided=self.sequential_test,
        )

    def as_json(self) -> dict[str, Any]:
        """The plan in words and numbers, as `plan.json` and `result.json` hold it."""
        return self.planned.as_json()

    def _form(self, model: ModelSource) -> Form | None:
        """The form that is tried of a model, None for one that has no forms."""
        large = is_worth_a_check(self.trials, len(self.attacks))
        return (self.form if large else "fp32") if has_bf16(model) else None

    @property
    def digest(self) -> str:
        """A SHA-256 of all that the trials of the run depend on, and of nothing else."""
        return self.planned.digest

    @property
    def classes(self) -> NamedClasses:
        """The names of the classes by their numbers in the trials."""
        return self.planned.classes

    @cached_property
    def example_ids(self) -> list[str]:
        return [example.id for example in self.examples]

    @cached_property
    def groups(self) -> list[str]:
        """The groups of the examples, each once."""
        return list(dict.fromkeys(example.group for example in self.examples))

    @cached_property
    def example_groups(self) -> Integers:
        """Of each example the position of its group."""
        places = {group: place for place, group in enumerate(self.groups)}
        return np.array([places[example.group] for example in self.examples], dtype=np.int64)

    @cached_property
    def example_labels(self) -> Integers:
        """The true class of each example."""
        return np.array([example.label for example in self.examples], dtype=np.int64)

    @property
    def interval_unit(self) -> IntervalUnit | None:
        """The independent unit of intervals: the group, or the draw if there is one example alone.

        None for a sequential run, whose rows have no intervals of a fixed size.
        """
        if self.sequential_test:
            return None
        return "draw" if len(self.examples) == 1 else "group"

    @property
    def folder_name(self) -> str:
        """The name of the run's folder, where the user gives none."""
        return f"{re.sub('[^A-Za-z0-9_-]+', '-', self.dataset.name)}-{self.digest[:12]}"

    @cached_property
    def layout(self) -> Layout:
        """Which trials the run has, and how they are cut into units."""
        return self.planned.layout

    def draws(self, example: int) -> range:
        """The draws of the example at that position: trial i is draw i // E of example i % E."""
        return self.layout.draws(example)

    def trial(self, example: int, draw: int) -> int:
        return self.layout.trial(example, draw)

    def units(self) -> list[WorkUnit]:
        """The run in pieces, whatever the batch size."""
        return list(self.layout.units())

    def cut(self, model: str, examples: range, attacks: tuple[str, ...]) -> list[WorkUnit]:
        """The units of one model for the examples at those positions under those attacks."""
        return list(self.layout.cut(model, examples, attacks))


def make_plan(
    dataset: Dataset,
    models: Sequence[ModelSource],
    attacks: Sequence[NamedAttack],
    *,
    trials: int,
    examples: int | None = None,
    seed: int = defaults.SEED,
    tfidf_baseline: ModelSource | None = None,
    segmenter: Segmenter = CHARACTERS,
    slices: Sequence[str] = (),
    baseline_model: str | None = None,
    sequential_test: SequentialTest | None = None,
    error_policy: ErrorPolicy | None = None,
    form: Form = "fp32",
    minimal: Minimal = "some",
) -> Plan:
    """The plan of a run; models and attacks are taken once, in the order given.

    `tfidf_baseline` is not run: its test accuracy is reported next to the models'. `slices` are columns of
    the data; `baseline_model` is the model that the others' errors are divided by. A sequential run takes
    complete groups and gives all examples as many draws: its numbers are the most that it may use.
    `error_policy` is part of the plan, because it determines which trials have no prediction; so are the
    `form` in which models are tried, and whether smallest failures are sought of `some` failing trials,
    `all` or `none`.

    Raises:
        UserError: a number is out of range, the data has fewer examples than requested, a label is none of a
            model's, or a column or model is not there.
    """
    chosen, trials = _examples(dataset, trials, examples, seed=seed, sequential=sequential_test is not None)
    once = list(_once(models, by=lambda model: model.name))
    # Sorted, so that the order in which models were named cannot change a result: classes are the first's.
    fitted = match_labels(dataset, chosen, sorted(once, key=lambda model: model.name))
    order = [[model.name for model in fitted.models].index(model.name) for model in once]
    if baseline_model is not None:
        named = [{"name": model.name, "uri": model.uri} for model in once]
        baseline_model = find_model(baseline_model, named, kind="baseline model")
    return Plan(
        dataset=dataset,
        examples=fitted.examples,
        models=tuple(fitted.models[place] for place in order),
        attacks=tuple(_once(attacks, by=lambda attack: str(attack.attack))),
        trials=trials,
        seed=seed,
        tfidf_baseline=tfidf_baseline,
        segmenter=segmenter,
        slices=check_slices(slices, chosen),
        baseline_model=baseline_model,
        sequential_test=sequential_test,
        labels=fitted.labels,
        matched_by=tuple(fitted.matched_by[place] for place in order),
        class_names=fitted.class_names,
        error_policy=error_policy or ErrorPolicy(),
        form=form,
        minimal=minimal,
    )


def _examples(
    dataset: Dataset, trials: int, examples: int | None, *, seed: int, sequential: bool
) -> tuple[tuple[Example, ...], int]:
    """The examples of a plan, and its trials; a sequential run takes groups and draws in full."""
    check_at_least(spelling.named("trials"), trials, 1, maximum=MOST_TRIALS)
    check_at_least(spelling.named("seed"), seed, 0)
    available = dataset.audited
    if not available:
        raise UserError(f"data {dataset.name!r} holds no examples")
    if examples is not None and check_at_least(spelling.named("examples"), examples, 1) > dataset.size:
        most = f"at most {dataset.size}, the size of {dataset.name!r}"
        raise UserError(f"{spelling.named('examples')} must be {most}, got {examples}")
    number = min(trials, examples or trials, len(available))
    if sequential:
        chosen = sample_groups(available, number, seed=seed)
        if len({example.group for example in chosen}) == 1:
            raise UserError("until decided, an audit needs two groups of examples or more, got 1")
        return chosen, trials // number * len(chosen)
    return sample_examples(available, number, seed=seed), trials


def sample_of(trials: int, examples: int | None, *, seed: int) -> SampleSpec:
    """The examples that a plan with that many trials takes from its data, so that no others need be kept."""
    return SampleSpec(number=max(1, min(trials, examples or trials)), seed=seed)


def _once(things: Iterable[T], *, by: Callable[[T], str]) -> Iterable[T]:
    """The first of each set of things with the same name."""
    found: dict[str, T] = {}
    for thing in things:
        found.setdefault(by(thing), thing)
    return found.values()


def _planned_model(model: ModelSource, matched_by: MatchedBy | None, form: Form | None) -> PlannedModel:
    return PlannedModel(
        name=model.name,
        uri=model.uri,
        title=model.title,
        digest=model.digest,
        accuracy=model.accuracy,
        labels=tuple(model.labels),
        labels_matched_by=matched_by,
        form=form,
    )


def _planned_tfidf(model: ModelSource) -> PlannedBaseline:
    return PlannedBaseline(name=model.name, title=model.title, digest=model.digest, accuracy=model.accuracy)


def _planned_attack(attack: NamedAttack) -> PlannedAttack:
    return PlannedAttack(
        name=attack.label,
        expression=str(attack.attack),
        rates=tuple(attack.attack.rates()),
        base=attack.base,
        severity=attack.severity,
        family=attack.family,
    )
