"""The plan of a sweep: every single edit of every example, cut into work units before a model is loaded."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from robustaudit.core.arrays import Integers
from robustaudit.core.documents import to_canonical_json
from robustaudit.core.errors import UserError
from robustaudit.core.files import safe_name
from robustaudit.core.typed_values import parse_typed
from robustaudit.perturbations import TextBatch
from robustaudit.runs.plan import Plan
from robustaudit.runs.plan_record import PlanRecord, WorkUnit

_TEXTS_PER_UNIT = 4_096  # about: a unit is lost when a sweep is killed, and has batches to fill
_EXAMPLES_AT_ONCE = 512  # whose edits are counted together


@dataclass(frozen=True, slots=True)
class ExampleSlice:
    """Examples of a sweep that are one unit for each model, and the single edits counted of them."""

    start: int
    stop: int
    edits: int


@dataclass(frozen=True, slots=True)
class SweepUnit(WorkUnit):
    """The single edits of some examples, for one model; `edits` counts them before any is built.

    Without `all_edits`, an example is left under an attack once one of its edits fails.
    """

    edits: int = field(default=0, compare=False)
    all_edits: bool = field(default=False, compare=False)

    @property
    def name(self) -> str:
        """A file name that no other unit of the sweep has."""
        return f"{safe_name(self.model)}-{self.start:06d}"

    @property
    def queries(self) -> int:
        """The texts to query, at most: edits that make the same text are not told apart yet."""
        return self.edits + self.stop - self.start


@dataclass(frozen=True, kw_only=True)
class SweepRecord:
    """The content of `sweep.json`: the plan in names and numbers, and how its examples are cut into units."""

    plan: PlanRecord
    all_edits: bool
    slices: tuple[ExampleSlice, ...]

    @classmethod
    def read(cls, content: Mapping[str, Any], *, where: str) -> "SweepRecord":
        """The record in a JSON object.

        Raises:
            UserError: a key is missing, unknown or of another type.
        """
        rest = {key: value for key, value in content.items() if key != "digest"}
        found = parse_typed(cls, rest, where=where)
        PlanRecord.read(rest["plan"], where=f"{where}.plan")
        if found.digest != content.get("digest"):
            raise UserError(f"{where} has a digest mismatch")
        return found

    def as_json(self) -> dict[str, Any]:
        slices = [asdict(each) for each in self.slices]
        kept = {"plan": self.plan.as_json(), "all_edits": self.all_edits, "slices": slices}
        return {"digest": self.digest, **kept}

    @cached_property
    def digest(self) -> str:
        """A SHA-256 of all that the predictions of the sweep depend on."""
        identity = {"sweep of": self.plan.digest, "all_edits": self.all_edits}
        return hashlib.sha256(to_canonical_json(identity)).hexdigest()

    @property
    def edits(self) -> int:
        """The single edits of all examples, as counted before any is built."""
        return sum(each.edits for each in self.slices)

    def units(self) -> Iterator[SweepUnit]:
        attacks = self.plan.layout.attacks
        for model in self.plan.layout.models:
            for part in self.slices:
                yield SweepUnit(
                    model,
                    part.start,
                    part.stop,
                    0,
                    1,
                    attacks,
                    edits=part.edits,
                    all_edits=self.all_edits,
                )


@dataclass(frozen=True)
class SweepPlan:
    """A sweep: the examples, models and attacks of `plan`, each example once."""

    plan: Plan
    all_edits: bool = False

    @cached_property
    def record(self) -> SweepRecord:
        """The sweep in names and numbers.

        Raises:
            CannotListError: the edits of an attack can be drawn but not listed.
        """
        return SweepRecord(plan=self.plan.planned, all_edits=self.all_edits, slices=tuple(self._slices()))

    @property
    def folder_name(self) -> str:
        """The name of the sweep's folder, where the user gives none."""
        data, _, _ = self.plan.folder_name.rpartition("-")
        return f"{data}-worst-case-{self.record.digest[:12]}"

    def _slices(self) -> Iterator[ExampleSlice]:
        start = edits = 0
        for place, number in enumerate(self._counted().tolist()):
            if place > start and edits + number > _TEXTS_PER_UNIT:
                yield ExampleSlice(start, place, edits)
                start, edits = place, 0
            edits += number
        yield ExampleSlice(start, len(self.plan.examples), edits)

    def _counted(self) -> Integers:
        """The single edits of each example under all attacks."""
        plan = self.plan
        found = []
        for start in range(0, len(plan.examples), _EXAMPLES_AT_ONCE):
            texts = [example.text for example in plan.examples[start : start + _EXAMPLES_AT_ONCE]]
            batch = TextBatch(texts, segmenter=plan.segmenter)
            found.append(np.sum([each.attack.count_single_edits(batch) for each in plan.attacks], axis=0))
        return np.concatenate(found)
