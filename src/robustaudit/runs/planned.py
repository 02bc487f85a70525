"""A plan as its run's folder holds it: names and numbers, without the data and models themselves."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_at_least, parse
from robustaudit.models import KnownAccuracy
from robustaudit.runs.labels import PlannedLabel, ReadBy
from robustaudit.runs.units import Layout
from robustaudit.statistics.sequential import Deciding

MOST_TRIALS = 10**9

_IDENTITY = ("robustaudit", "examples", "trials", "seed", "segmentation", "on_error")
_MOST_NAMES = 4  # of models or attacks that a message lists


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedData:
    """The data of a run: what it is, how it was read, and what was counted."""

    name: str
    title: str
    digest: str
    path: str | None
    options: tuple[str, ...]
    classes: tuple[str, ...]
    numbered: bool
    rows: int
    skipped: int
    duplicates: int
    conflicts: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedModel:
    """A model of a run, with the name of each class by its number in the trials."""

    name: str
    title: str
    digest: str
    accuracy: KnownAccuracy | None
    labels: tuple[str, ...]
    labels_read_by: ReadBy | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBaseline:
    """The baseline whose accuracy is named beside the models of a run."""

    name: str
    title: str
    digest: str
    accuracy: KnownAccuracy | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAttack:
    """An attack of a run, as it was given and in full."""

    name: str
    expression: str
    base: str | None
    severity: int | None
    family: str | None


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What `plan.json` says of a run; docs/results-format.md says what each key means."""

    robustaudit: str
    data: PlannedData
    examples: int
    trials: int
    seed: int
    segmentation: str
    on_error: str
    time_limit: float | None
    labels: tuple[PlannedLabel, ...]
    models: tuple[PlannedModel, ...]
    baseline: PlannedBaseline | None
    attacks: tuple[PlannedAttack, ...]
    slices: tuple[str, ...]
    baseline_model: str | None
    until_decided: Deciding | None

    @classmethod
    def read(cls, content: Mapping[str, Any], *, where: str) -> "Planned":
        """The plan that JSON holds.

        Raises:
            UserError: a key is missing, unknown or of another type, or no run can have such numbers.
        """
        planned = parse(cls, content, where=where)
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
            "models": [(model.name, model.digest) for model in self.models],
        }
        if self.on_error == "skip":  # else an answer that comes too late ends the run
            identity["time_limit"] = self.time_limit
        if self.class_numbers:
            identity["labels"] = self.class_numbers
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
    def layout(self) -> Layout:
        """Which trials the run has, and how they are cut into units."""
        models, attacks = (tuple(each.name for each in named) for named in (self.models, self.attacks))
        return Layout(models, attacks, self.examples, self.trials)

    def differences(self, other: "Planned") -> list[str]:
        """What the trials of another plan rest on that those of this one do not: first this one's."""
        ours, theirs = _named(self), _named(other)
        return [
            f"{key.replace('_', ' ')} {shown} there, {theirs[key][0]} here"
            if shown != theirs[key][0]
            else f"other {key} of the name {shown}"
            for key, (shown, identity) in ours.items()
            if identity != theirs[key][1]
        ]


def _named(plan: Planned) -> dict[str, tuple[str, object]]:
    """What a digest rests on: how a message calls it, and what it is."""
    numbers = (*_IDENTITY, "until_decided")
    return {
        "data": (plan.data.name, plan.data.digest),
        "models": (_listed(plan.models), [(model.name, model.digest) for model in plan.models]),
        "attacks": (_listed(plan.attacks), [(each.name, each.expression) for each in plan.attacks]),
        "labels": (", ".join(label.written for label in plan.labels), plan.class_numbers),
        **{name: (str(getattr(plan, name)), getattr(plan, name)) for name in numbers},
        "time_limit": (str(plan.time_limit), plan.time_limit if plan.on_error == "skip" else None),
    }


def _listed(things: Sequence[PlannedModel | PlannedAttack]) -> str:
    names = [each.name for each in things]
    more = f" and {len(names) - _MOST_NAMES} more" if names[_MOST_NAMES:] else ""
    return ", ".join(names[:_MOST_NAMES]) + more
