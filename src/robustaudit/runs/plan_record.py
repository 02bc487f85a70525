"""A plan as its run's folder holds it: names and numbers, and the work units they determine."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Literal

from robustaudit.core.errors import UserError
from robustaudit.core.files import safe_name
from robustaudit.core.typed_values import parse_typed
from robustaudit.core.validation import check_at_least, check_known
from robustaudit.models import Form, KnownAccuracy, may_be_pickled
from robustaudit.runs.named_classes import NamedClasses
from robustaudit.runs.planned_labels import MatchedBy, PlannedLabel
from robustaudit.statistics.sequential import SequentialTest

_TEXTS_PER_UNIT = (512, 4096)  # at least, as a shard should be worth a file; at most, as a kill loses it
_PARTS = (
    8  # of what is left, a unit is one: large units take less time a text, small ones at last end together
)


@dataclass(frozen=True, slots=True, order=True)
class WorkUnit:
    """An independent piece of work: a model on a slice of the examples and draws, under some attacks.

    `form` is the one that the model is in, None until that is decided and for models that have no forms.
    """

    model: str
    start: int
    stop: int
    first_draw: int
    last_draw: int
    attacks: tuple[str, ...]
    form: Form | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """A file name that no other unit of the run has."""
        return f"{safe_name(self.model)}-{self.start:06d}-{self.first_draw:06d}"

    @property
    def draws(self) -> int:
        """How many times it draws each attack, at most."""
        return (self.stop - self.start) * (self.last_draw - self.first_draw)

    @property
    def queries(self) -> int:
        """About how many texts the model is queried with: the perturbed ones."""
        return self.draws * len(self.attacks)


@dataclass(frozen=True, slots=True)
class Layout:
    """Which trials a run has, and how they are cut into units."""

    models: tuple[str, ...]
    attacks: tuple[str, ...]
    examples: int
    trials: int

    def draws(self, example: int) -> range:
        """The draws of the example at that position: trial i is draw i // E of example i % E."""
        return range((self.trials - 1 - example) // self.examples + 1)

    def trial(self, example: int, draw: int) -> int:
        return draw * self.examples + example

    def units(self) -> Iterator[WorkUnit]:
        """The run in pieces, whatever the batch size."""
        for model in self.models:
            yield from self.cut(model, range(self.examples), self.attacks)

    def cut(self, model: str, examples: range, attacks: tuple[str, ...]) -> Iterator[WorkUnit]:
        """The units of one model for the examples at those positions under those attacks."""
        for part in _tapering(examples, texts=len(self.draws(0)) * len(attacks)):
            yield from self._of(model, part, attacks)

    def has(self, unit: WorkUnit) -> bool:
        """Whether the run may have the unit; units of a sequential run may have some of the attacks."""
        if unit.model not in self.models or not 0 <= unit.start < unit.stop <= self.examples:
            return False
        part, texts = range(unit.start, unit.stop), len(self.draws(0)) * len(unit.attacks)
        if not _in_order(unit.attacks, self.attacks) or len(part) > _bounds(texts)[1]:
            return False
        return unit in self._of(unit.model, part, unit.attacks)

    def _of(self, model: str, part: range, attacks: tuple[str, ...]) -> Iterator[WorkUnit]:
        """The unit of some examples; of a single one, which may have many draws, there may be several."""
        all_draws = range(len(self.draws(part.start)))
        for draws in [all_draws] if len(part) > 1 else _tapering(all_draws, texts=len(attacks)):
            yield WorkUnit(model, part.start, part.stop, draws.start, draws.stop, attacks)

    def places(self, unit: WorkUnit) -> list[tuple[int, int]]:
        """The trials of each attack in a unit: which of its examples, from 0, and which draw."""
        return [
            (row, draw)
            for row in range(unit.stop - unit.start)
            for draw in range(unit.first_draw, unit.last_draw)
            if draw in self.draws(unit.start + row)
        ]


def _tapering(whole: range, *, texts: int) -> Iterator[range]:
    """Slices of a range for units, where each number stands for that many perturbed texts."""
    least, most = _bounds(texts)
    while whole:
        size = min(max(len(whole) // _PARTS, least), most)
        yield whole[:size]
        whole = whole[size:]


def _bounds(texts: int) -> tuple[int, int]:
    """Of how many things with that many texts a unit is, at least and at most."""
    least, most = (max(1, bound // texts) for bound in _TEXTS_PER_UNIT)
    return least, most


def _in_order(some: tuple[str, ...], of: tuple[str, ...]) -> bool:
    """Whether some things, at least one, are in the order in which all come."""
    rest = iter(of)
    return bool(some) and all(each in rest for each in some)


Minimal = Literal["none", "some", "all"]
"""The failing trials whose smallest failure is sought; `some` are as many as 4% more texts allow."""

MOST_TRIALS = 10**9
WORTH_A_CHECK = 4_000
"""The perturbed texts of a run from which on a faster form saves more than it costs to check it."""

_IDENTITY = ("robustaudit", "examples", "trials", "seed", "segmentation", "on_error")
_MOST_NAMES = 4  # of models or attacks that a message lists


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedData:
    """The data of a run: what it is, how it was read, and what was counted."""

    name: str
    title: str
    digest: str
    path: str | None
    reading: Mapping[str, str | int | bool]
    classes: tuple[str, ...]
    numbered: bool
    rows: int
    examples: int
    skipped: int
    duplicates: int
    conflicting_labels: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedModel:
    """A model of a run, with the name of each class by its number in the trials.

    It is found again by its `uri`, None for a model in memory; its name may be an alias or a short name. The
    `form` is the one that is tried, None for a model that has no forms.
    """

    name: str
    uri: str | None
    title: str
    digest: str
    accuracy: KnownAccuracy | None
    labels: tuple[str, ...]
    labels_matched_by: MatchedBy | None
    form: Form | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBaseline:
    """The TF-IDF baseline whose test accuracy is reported next to the models of a run."""

    name: str
    title: str
    digest: str
    accuracy: KnownAccuracy | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAttack:
    """An attack of a run, as it was given and in full, with the rates of its parts."""

    name: str
    expression: str
    rates: tuple[float, ...]
    base: str | None
    severity: int | None
    family: str | None


@dataclass(frozen=True, kw_only=True)
class PlanRecord:
    """The content of `plan.json`; docs/results-format.md explains each key."""

    robustaudit: str
    data: PlannedData
    examples: int
    trials: int
    seed: int
    segmentation: str
    on_error: str
    time_limit: float | None
    minimal: Minimal
    labels: tuple[PlannedLabel, ...]
    class_names: tuple[str | None, ...]
    models: tuple[PlannedModel, ...]
    tfidf_baseline: PlannedBaseline | None
    attacks: tuple[PlannedAttack, ...]
    slices: tuple[str, ...]
    baseline_model: str | None
    until_decided: SequentialTest | None

    @classmethod
    def read(cls, content: Mapping[str, Any], *, where: str) -> "PlanRecord":
        """The plan in a JSON object.

        Raises:
            UserError: a key is missing, unknown or of another type, or no run can have such numbers.
        """
        planned = parse_typed(cls, content, where=where)
        for name in ("models", "attacks"):
            if not getattr(planned, name):
                raise UserError(f"{where} must have {name}, got none")
        if len({model.name for model in planned.models}) < len(planned.models):
            raise UserError(f"{where} must have models of different names")
        fewest = min(len(model.labels) for model in planned.models)
        if any(not 0 <= label.number < fewest for label in planned.labels):
            raise UserError(f"{where} must have labels that are classes of every model")
        check_at_least(f"{where}.trials", planned.trials, 1, maximum=MOST_TRIALS)
        check_at_least(f"{where}.examples", planned.examples, 1, maximum=planned.trials)
        check_at_least(f"{where}.seed", planned.seed, 0)
        return planned

    def as_json(self) -> dict[str, Any]:
        """The plan in words and numbers, as `plan.json` and `result.json` hold it."""
        content: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return content

    @cached_property
    def digest(self) -> str:
        """A SHA-256 of all that the trials of the run depend on, and of nothing else."""
        content = self.as_json()
        identity = {
            **{key: content[key] for key in _IDENTITY},
            "attacks": [{"name": each.name, "expression": each.expression} for each in self.attacks],
            "data": self.data.digest,
            "models": sorted((model.name, model.digest) for model in self.models),
        }
        if self.on_error == "skip":  # else an answer that comes too late ends the run
            identity["time_limit"] = self.time_limit
        if self.minimal != "some":
            identity["minimal"] = self.minimal
        if self.class_numbers:
            identity["labels"] = self.class_numbers
        if self.forms:
            identity["forms"] = self.forms
        if self.until_decided:
            identity["until_decided"] = content["until_decided"]
        canonical = json.dumps(identity, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(canonical.encode("ascii")).hexdigest()

    @property
    def class_numbers(self) -> dict[str, int] | None:
        """The class that each label is in the trials, where one is another than it is written."""
        numbers = {label.written: label.number for label in self.labels}
        return numbers if any(written != str(number) for written, number in numbers.items()) else None

    @property
    def forms(self) -> dict[str, Form]:
        """The form that is tried of each model of which it is not the plain one."""
        return {model.name: model.form for model in self.models if model.form not in (None, "fp32")}

    @property
    def classes(self) -> NamedClasses:
        """The names of the classes by their numbers in the trials."""
        return NamedClasses(self.class_names)

    @property
    def layout(self) -> Layout:
        """Which trials the run has, and how they are cut into units."""
        models, attacks = (tuple(each.name for each in named) for named in (self.models, self.attacks))
        return Layout(models, attacks, self.examples, self.trials)

    def differences(self, other: "PlanRecord") -> list[str]:
        """The facts that differ between two plans: names and values, this plan's first."""
        ours, theirs = _named(self), _named(other)
        return [
            f"{key.replace('_', ' ')} {shown} there, {theirs[key][0]} here"
            if shown != theirs[key][0]
            else f"other {key} of the name {shown}"
            for key, (shown, identity) in ours.items()
            if identity != theirs[key][1]
        ]


def is_worth_a_check(trials: int, attacks: int) -> bool:
    """Whether a run of that size tries models in a faster form."""
    return trials * attacks >= WORTH_A_CHECK


def find_model(
    given: str, models: Iterable[Mapping[str, Any]], *, kind: str = "model", these: str = "known are"
) -> str:
    """The name of the model of a run that is given by its name there, or in full.

    Raises:
        UserError: the run has no such model, or several.
    """
    names = {model["name"]: model.get("uri") for model in models}
    found = [name for name, uri in names.items() if uri == given]
    return (
        found[0] if given not in names and len(found) == 1 else check_known(kind, given, names, these=these)
    )


def pickled_models(plan: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of models of a run that load only with consent to pickles."""
    return tuple(model["name"] for model in plan["models"] if may_be_pickled(model.get("uri") or ""))


def _named(plan: PlanRecord) -> dict[str, tuple[str, object]]:
    """The facts that determine the digest, each with its name in messages."""
    numbers = (*_IDENTITY, "minimal", "until_decided")
    return {
        "data": (plan.data.name, plan.data.digest),
        "models": (_listed(plan.models), sorted((model.name, model.digest) for model in plan.models)),
        "attacks": (_listed(plan.attacks), [(each.name, each.expression) for each in plan.attacks]),
        "labels": (", ".join(label.written for label in plan.labels), plan.class_numbers),
        "forms": (", ".join(map(" ".join, plan.forms.items())) or "none", plan.forms),
        **{name: (str(getattr(plan, name)), getattr(plan, name)) for name in numbers},
        "time_limit": (str(plan.time_limit), plan.time_limit if plan.on_error == "skip" else None),
    }


def _listed(things: Sequence[PlannedModel | PlannedAttack]) -> str:
    names = [each.name for each in things]
    more = f" and {len(names) - _MOST_NAMES} more" if names[_MOST_NAMES:] else ""
    return ", ".join(names[:_MOST_NAMES]) + more
