"""Texts of several edits of examples that are stable: all of them where they are few enough, else draws."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from robustaudit.attacks.algebra import constrained
from robustaudit.attacks.constraints import Constraints
from robustaudit.core.errors import UserError
from robustaudit.core.files import create_folder, is_folder, safe_name, write_atomically
from robustaudit.models import Classifier
from robustaudit.models.linear_text import NotLinearError
from robustaudit.perturbations import TextBatch
from robustaudit.runs.events import Listener, RunStarted, UnitDone
from robustaudit.runs.execution import UnitWork
from robustaudit.runs.folder_lock import locked
from robustaudit.runs.plan import Plan
from robustaudit.runs.plan_record import WorkUnit
from robustaudit.runs.predictions import Predictions, predict_all
from robustaudit.runs.trials_table import table_as_bytes, table_from
from robustaudit.runs.work_units import Executor, InProcess
from robustaudit.worst_case.linear import ExactVerdict, LinearVerifier, SeveralOfSequenceError
from robustaudit.worst_case.reached_texts import TooManyTextsError, texts_by_cleaned_form, texts_within
from robustaudit.worst_case.stored_sweep import EditEffects, Sweep, stable_examples

MOST_TEXTS = 10_000
"""The most ways of making several edits of an example for which all are queried."""

_DRAWS = 3_000  # of an example with more: without a failure, one draw in a thousand fails at most
_FIRST_ROUND = 256  # texts of an example, then twice as many, until one fails

_FOLDER = "several-edits"
_NUMBERS = re.compile(r"(\d{1,6})-of-(\d{1,12})")

_COLUMNS: dict[str, pa.DataType] = {
    "example": pa.int32(),
    "attack": pa.int16(),
    "texts": pa.int64(),
    "draws": pa.int64(),
    "unpredicted": pa.int64(),
    "failing_text": pa.string(),
    "prediction": pa.int32(),
    "proved": pa.int32(),
}
SEVERAL = pa.schema(_COLUMNS)
"""A row for each example and attack: how many texts were queried, of how many draws (0: of all texts).

`proved`, for linear models of words and pairs: no set of up to so many edits fails; null for other models.
"""


@dataclass(frozen=True, slots=True)
class SeveralUnit(WorkUnit):
    """Texts of several edits of one example that no single edit makes fail, under some attacks."""

    edits: int = 2
    max_texts: int = MOST_TEXTS
    clean_prediction: int = field(default=0, compare=False)

    @property
    def name(self) -> str:
        """A file name that no other unit has."""
        return f"{safe_name(self.model)}-{self.start:06d}"

    @property
    def queries(self) -> int:
        """The texts to query, at most."""
        return self.max_texts * len(self.attacks)


class SeveralWork(UnitWork):
    """Queries a model for texts of several edits until one fails."""

    _verifier: tuple[Classifier, LinearVerifier | None] | None = None  # of the classifier that is loaded

    def work_on(self, unit: WorkUnit, classifier: Classifier, listener: Listener) -> pa.Table:  # noqa: ARG002
        assert isinstance(unit, SeveralUnit)
        labels = self.plan.layout.attacks
        ask = partial(
            predict_all,
            classifier,
            model=unit.model,
            batch_size=self.batch_size,
            error_policy=self.plan.error_policy,
        )
        clean = _cleaning(classifier)
        rows = []
        for attack in unit.attacks:
            exact = self._exact(unit, classifier, labels.index(attack))
            whose = {"example": unit.start, "attack": labels.index(attack), "proved": exact and exact.stable}
            if exact and not exact.is_open(unit.edits):
                rows.append(whose | _known(exact, ask))
                continue
            texts, draws = _texts(unit, self.plan, labels.index(attack), clean)
            queried = unpredicted = 0
            row: dict[str, object] = {"failing_text": None, "prediction": None}
            for part in _rounds(texts):
                answers = ask(part)
                queried, unpredicted = queried + len(part), unpredicted + int(answers.failed.sum())
                fails = ~answers.failed & (answers.predictions != unit.clean_prediction)
                if fails.any():
                    place = int(np.argmax(fails))
                    row = {"failing_text": part[place], "prediction": int(answers.predictions[place])}
                    break
            rows.append(whose | {"texts": queried, "draws": draws, "unpredicted": unpredicted} | row)
        return pa.Table.from_pylist(rows, schema=SEVERAL)

    def _exact(self, unit: SeveralUnit, classifier: Classifier, attack: int) -> ExactVerdict | None:
        """The fewest edits that fail, with proof; None if the model or the attack does not allow it."""
        chosen, example = self.plan.attacks[attack].attack, self.plan.examples[unit.start]
        if self._verifier is None or self._verifier[0] is not classifier:
            self._verifier = classifier, _linear(classifier, unit.model)
        verifier = self._verifier[1]
        if verifier is None:
            return None
        try:
            (verdict,) = verifier.verdicts(chosen, [example], edits=unit.edits, segmenter=self.plan.segmenter)
        except SeveralOfSequenceError:
            return None
        return verdict


def _linear(classifier: Classifier, name: str) -> LinearVerifier | None:
    """The verifier of a linear model of words and pairs; None of any other."""
    try:
        return LinearVerifier(classifier, name)
    except NotLinearError:
        return None


def _cleaning(classifier: Classifier) -> Callable[[Sequence[str]], list[str]] | None:
    """How the defence of a model cleans texts, if it cleans each part between white space by itself."""
    chain = getattr(classifier, "chain", None)
    return chain.clean if chain is not None and chain.wordwise else None


def _known(exact: ExactVerdict, ask: Callable[[list[str]], Predictions]) -> dict[str, object]:
    """What a verdict with proof says of an example, in the columns of one that was queried."""
    text = exact.failing_text
    prediction = None if text is None else int(ask([text]).predictions[0])
    told = {"texts": int(text is not None), "draws": 0, "unpredicted": 0}
    return told | {"failing_text": text, "prediction": prediction}


def _texts(
    unit: SeveralUnit, plan: Plan, attack: int, clean: Callable[[Sequence[str]], list[str]] | None
) -> tuple[list[str], int]:
    """All texts of several edits, and 0; or different ones of draws, and the number of draws.

    Of texts that a defence cleans alike (`clean`), one is enough.
    """
    example, chosen = plan.examples[unit.start], plan.attacks[attack].attack
    within: dict[str, Any] = {"most": unit.max_texts, "segmenter": plan.segmenter}
    if clean is not None:
        with suppress(TooManyTextsError):
            return _spread(texts_by_cleaned_form(chosen, example.text, unit.edits, clean=clean, **within)), 0
    try:
        return _spread(texts_within(chosen, example.text, unit.edits, **within)), 0
    except TooManyTextsError:
        drawn = constrained(chosen, Constraints(at_most=unit.edits))
        batch = TextBatch([example.text], segmenter=plan.segmenter)
        keys = drawn.keys(seed=plan.seed, draws=[(example.id, number) for number in range(_DRAWS)])
        made = drawn.draw(batch, np.zeros(_DRAWS, dtype=np.int64), keys).texts
        return list(dict.fromkeys(made)), _DRAWS


def _spread(texts: Sequence[str]) -> list[str]:
    """The texts in an order in which neighbours lie far apart."""
    order = np.argsort(np.arange(len(texts)) * ((5**0.5 - 1) / 2) % 1.0)
    return [texts[place] for place in order.tolist()]


def _rounds(texts: Sequence[str]) -> Iterator[list[str]]:
    start, size = 0, _FIRST_ROUND
    while start < len(texts):
        yield list(texts[start : start + size])
        start, size = start + size, 2 * size


def execute_several(
    sweep: Sweep,
    plan: Plan,
    *,
    edits: int,
    max_texts: int = MOST_TEXTS,
    batch_size: int | None = None,
    listener: Listener = lambda _: None,
    executor: Executor | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> dict[str, pa.Table]:
    """For each model, what several edits do to the examples that are stable against single ones (`SEVERAL`).

    Kept in the folder of the sweep, where what is there is not queried again.

    Raises:
        UserError: the folder cannot be used.
        ModelError: a model failed or broke its contract; finished work is kept.
    """
    units = list(_units(sweep, edits, max_texts))
    folder = sweep.folder.absolute() / _FOLDER / f"{edits}-of-{max_texts}"
    of_sweep = sweep.record.digest.encode()
    tables: dict[str, list[pa.Table]] = {model: [] for model in sweep.models}
    with locked(sweep.folder.absolute()), closing(executor or InProcess()) as workers:
        create_folder(folder)
        missing = []
        done = Counter(dict.fromkeys(sweep.models, 0))
        for unit in units:
            kept = _kept(folder / f"{unit.name}.parquet", of_sweep, tell)
            if kept is None:
                missing.append(unit)
            else:
                tables[unit.model].append(kept)
                done[unit.model] += unit.queries
        total = max((sum(each.queries for each in units if each.model == name) for name in done), default=0)
        listener(RunStarted(sweep.folder, done, total, until_decided=True, counted="texts"))
        for finished, table in workers.run(missing, SeveralWork(plan, batch_size), listener):
            whose = table.replace_schema_metadata({b"sweep": of_sweep})
            write_atomically(folder / f"{finished.name}.parquet", table_as_bytes(whose))
            tables[finished.model].append(whose)
            listener(UnitDone(finished.model, finished.queries))
    return {model: _joined(parts) for model, parts in tables.items()}


def stored_several(sweep: Sweep) -> dict[int, dict[str, pa.Table]]:
    """For each number of edits what was stored of it, a table for each model: where no unit is missing.

    Of one number of edits that with the most texts.
    """
    found: dict[int, dict[str, pa.Table]] = {}
    matches = map(_NUMBERS.fullmatch, _names_in(sweep))
    for edits, max_texts in sorted((int(match[1]), int(match[2])) for match in matches if match):
        folder = sweep.folder / _FOLDER / f"{edits}-of-{max_texts}"
        tables: dict[str, list[pa.Table]] = {model: [] for model in sweep.models}
        for unit in _units(sweep, edits, max_texts):
            kept = _kept(folder / f"{unit.name}.parquet", sweep.record.digest.encode(), lambda _: None)
            if kept is None:
                break
            tables[unit.model].append(kept)
        else:
            found[edits] = {model: _joined(parts) for model, parts in tables.items()}
    return found


def _names_in(sweep: Sweep) -> list[str]:
    folder = sweep.folder / _FOLDER
    return [each.name for each in folder.iterdir()] if is_folder(folder) else []


def _joined(parts: Sequence[pa.Table]) -> pa.Table:
    plain = [each.replace_schema_metadata(None) for each in parts]
    return pa.concat_tables([SEVERAL.empty_table(), *plain]).sort_by([("example", "ascending")])


def _kept(path: Path, of_sweep: bytes, tell: Callable[[str], None]) -> pa.Table | None:
    """What was stored of a unit; None if nothing is, or it is damaged, which is said."""
    if not os.path.lexists(path):
        return None
    try:
        table = table_from(path.read_bytes(), SEVERAL, where=str(path))
        if (table.schema.metadata or {}).get(b"sweep") == of_sweep:
            return table
        tell(f"{path} is of another sweep: done again")
    except (OSError, UserError) as error:
        tell(f"{error}: done again")
    return None


def _units(sweep: Sweep, edits: int, max_texts: int) -> Iterator[SeveralUnit]:
    """Of each model the examples that some attack can change, and no single edit makes fail."""
    for model in sweep.models:
        effects = [sweep.of(model, attack) for attack in sweep.attacks]
        stable = [_open(each) for each in effects]
        for place in range(len(sweep.examples)):
            attacks = tuple(name for name, those in zip(sweep.attacks, stable, strict=True) if those[place])
            if attacks:
                clean = int(effects[0].clean_prediction[place])
                yield SeveralUnit(
                    model,
                    place,
                    place + 1,
                    0,
                    1,
                    attacks,
                    edits=edits,
                    max_texts=max_texts,
                    clean_prediction=clean,
                )


def _open(effects: EditEffects) -> NDArray[np.bool_]:
    has_edits = np.zeros(len(effects.clean_prediction), dtype=np.bool_)
    has_edits[effects.example] = True
    has_edits &= stable_examples(effects)
    return has_edits


def failing_share_bound(draws: int, level: float = 0.05) -> float:
    """The Clopper-Pearson upper bound of a share of draws of which none failed: about 3 / n at 95%."""
    return 1.0 - float(level ** (1 / draws))
