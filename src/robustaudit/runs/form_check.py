"""Form check: whether a model predicts in a faster form what it predicts in the plain one."""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from robustaudit.core.typed_values import parse_typed
from robustaudit.models import Classifier, in_form
from robustaudit.perturbations import TextBatch
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.plan import Plan, draw
from robustaudit.runs.plan_record import WorkUnit
from robustaudit.runs.predictions import predict_all
from robustaudit.runs.repeat_check import distances
from robustaudit.runs.result import FormCheck
from robustaudit.runs.store import Store
from robustaudit.runs.work_units import Finished

LEAST_EQUAL = 0.995
"""The share of texts that must have the same predicted class in both forms."""
MOST_APART = 0.05
"""How far a probability may be from that of the plain form; docs/speed.md says what is measured."""

_TEXTS = 400  # clean and perturbed
_PARTS = 2  # units, so that two processes may share the work
_KEY = b"form"


Ask: TypeAlias = Callable[[Sequence[WorkUnit]], Finished]
"""Has an executor work on units, and yields them as they are finished."""


@dataclass(frozen=True, slots=True)
class FormUnit(WorkUnit):
    """Texts of the run that a model predicts in the plain form and in the unit's."""

    @property
    def queries(self) -> int:
        return 2 * self.draws * (len(self.attacks) + 1)


def form_units(plan: Plan, model: str) -> list[FormUnit]:
    """The units whose texts a model is checked on: the first draws of the first examples of the run."""
    attacks = plan.layout.attacks
    examples = min(len(plan.examples), max(1, _TEXTS // (len(attacks) + 1)))
    draws = min(len(plan.draws(0)), max(1, _TEXTS // (examples * (len(attacks) + 1))))
    starts = [examples * part // _PARTS for part in range(_PARTS + 1)]
    form = plan.planned.forms[model]
    return [
        FormUnit(model, start, stop, 0, draws, attacks, form)
        for start, stop in pairwise(starts)
        if start < stop
    ]


def check_form(unit: FormUnit, plan: Plan, classifier: Classifier, *, batch_size: int | None) -> pa.Table:
    """The check of one unit, as metadata of a table without trials.

    Raises:
        ModelError: the classifier broke its contract.
    """
    assert unit.form
    texts = _texts(unit, plan)
    error_policy = ErrorPolicy(on_error="skip", time_limit=plan.error_policy.time_limit)
    plain, other = (
        predict_all(
            in_form(classifier, form),
            texts,
            model=unit.model,
            batch_size=batch_size,
            error_policy=error_policy,
        )
        for form in ("fp32", unit.form)
    )
    told = ~plain.failed  # where the plain form gives nothing, another one cannot give the same
    gaps = distances(plain, other)
    found = FormCheck(
        model=unit.model,
        tried=unit.form,
        form=unit.form,
        texts=int(told.sum()),
        equal=int((told & (plain.predictions == other.predictions)).sum()),
        difference=float(np.nanmax(gaps, initial=0.0)),
    )
    return attach_form_check(pa.table({}), found)


def _texts(unit: WorkUnit, plan: Plan) -> list[str]:
    """The different texts of a unit, clean and perturbed."""
    examples = plan.examples[unit.start : unit.stop]
    batch = TextBatch([example.text for example in examples], segmenter=plan.segmenter)
    places = plan.layout.places(unit)
    drawn = (draw(each.attack, examples, batch, places, seed=plan.seed).texts for each in plan.attacks)
    return sorted({example.text for example in examples}.union(*drawn))


class FormChecks:
    """The forms of a run's models: decided by a check before the first unit of each, kept with its shards.

    A run that resumes finds them there, so that all trials of a model are of one form.
    """

    def __init__(
        self,
        plan: Plan,
        store: Store,
        ask: Ask,
        tell: Callable[[str], None],
    ) -> None:
        self._plan, self._store, self._ask, self._tell = plan, store, ask, tell
        self.found: dict[str, FormCheck] = {}

    def given_to(self, units: Sequence[WorkUnit]) -> list[WorkUnit]:
        """The units, each with the form of its model."""
        for model in dict.fromkeys(unit.model for unit in units):
            if model in self._plan.planned.forms and model not in self.found:
                self.found[model] = self._of(model)
        forms = {model: found.form for model, found in self.found.items()}
        return [replace(unit, form=forms.get(unit.model)) for unit in units]

    def checked_first(self, units: Sequence[WorkUnit]) -> list[WorkUnit]:
        """The units, those of the model that was checked last before the others: it may still be loaded."""
        latest = next(reversed(self.found), None)
        return sorted(units, key=lambda unit: unit.model != latest)

    def noted(self, unit: WorkUnit, trials: pa.Table) -> pa.Table:
        """The trials of a unit with the form check of its model."""
        return attach_form_check(trials, self.found[unit.model]) if unit.model in self.found else trials

    def _of(self, model: str) -> FormCheck:
        if (known := self._store.first_of(model)) is not None:
            return form_check_of(known)
        with closing(self._ask(form_units(self._plan, model))) as finished:
            found = decided(form_check_of(table) for _, table in finished)
        if found.form != found.tried:
            self._tell(f"model {model} runs in {found}")
        return found


def decided(parts: Iterable[FormCheck]) -> FormCheck:
    """The form that a model is in, from the checks of all its units."""
    found = list(parts)
    texts, equal = sum(each.texts for each in found), sum(each.equal for each in found)
    difference = max(each.difference for each in found)
    agrees = 0 < texts <= equal / LEAST_EQUAL and difference <= MOST_APART
    tried = found[0].tried
    return FormCheck(
        model=found[0].model,
        tried=tried,
        form=tried if agrees else "fp32",
        texts=texts,
        equal=equal,
        difference=difference,
    )


def attach_form_check(table: pa.Table, found: FormCheck) -> pa.Table:
    """The table with a form check as metadata."""
    said = table.schema.metadata or {}
    return table.replace_schema_metadata(said | {_KEY: json.dumps(asdict(found)).encode()})


def form_check_of(table: pa.Table) -> FormCheck:
    """The form check that `attach_form_check` stored."""
    return parse_typed(FormCheck, json.loads(table.schema.metadata[_KEY]), where="form check of a shard")
