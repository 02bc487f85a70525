"""What a sweep proves: which examples no edit can make fail, and the shares of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from robustaudit.core.arrays import Floats
from robustaudit.core.records import Edit
from robustaudit.runs.repeat_check import combine_repeat_checks, repeat_check_of
from robustaudit.runs.result import RepeatCheck
from robustaudit.statistics.bounds import mean_between
from robustaudit.statistics.estimates import UnresolvedEstimate, with_intervals
from robustaudit.statistics.intervals import grouped
from robustaudit.statistics.measures import Estimate
from robustaudit.worst_case.several_edits import failing_share_bound, stored_several
from robustaudit.worst_case.stored_sweep import EditEffects, Sweep, stable_examples


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingEdit:
    """An example, and edits that make its prediction another one: the single edit that does most clearly.

    `of_several` if no single edit does, and several together do. `margin` is the log-odds of the class that
    was predicted before, below 0; None if the model gives classes alone, or of several edits.
    """

    example: str
    label: int
    clean_text: str
    edits: tuple[Edit, ...]
    clean_prediction: int
    prediction: int
    margin: float | None
    of_several: bool = False

    @property
    def was_correct(self) -> bool:
        """Whether the clean text was predicted as its label says."""
        return self.clean_prediction == self.label


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedRow:
    """What a model withstands of an attack: certified accuracy, the share of stable examples, and rho.

    `texts` were queried, each different text of an example once, of which `failing` changed the prediction;
    `without_edits` counts the examples that the attack cannot change, of which `certified_without_edits` are
    certified by that; and `unpredicted` the texts, clean or edited, that have no prediction: their examples
    are not stable. `rho` is None if not every edit was
    queried. `failures` has one failing edit, or set of them, of each example that has any, those that were
    correct first.

    `several` is how many edits were made of the examples that are stable against single ones, and
    `several_texts` how many such texts were queried; 1 and 0 without. Of `undecided` examples there are too
    many texts to query: they do not count as stable, though of their draws none failed, so that at most a
    share `undecided_bound` of all draws of each fails (95%). `accuracy_by_edits` has the certified accuracy
    for 0, 1, … `several` edits, of linear models of words and pairs.
    """

    model: str
    attack: str
    examples: int
    without_edits: int
    certified_without_edits: int
    texts: int
    failing: int
    unpredicted: int
    clean_accuracy: Estimate
    certified_accuracy: Estimate
    stable: Estimate
    rho: float | None
    failures: tuple[FailingEdit, ...]
    several: int = 1
    several_texts: int = 0
    undecided: int = 0
    undecided_bound: float | None = None
    accuracy_by_edits: tuple[Estimate, ...] = ()


@dataclass(frozen=True, slots=True)
class Certification:
    """The rows of a sweep, model by model, and the repeat check of each model."""

    rows: tuple[CertifiedRow, ...]
    repeat_checks: tuple[RepeatCheck, ...]


@dataclass(frozen=True, slots=True)
class CurveOverEdits:
    """The certified accuracy of a model under an attack over the number of edits, where it is known.

    With 0 edits it is the clean accuracy.
    """

    model: str
    attack: str
    accuracies: Mapping[int, Estimate]


@dataclass(frozen=True, slots=True)
class SeveralEdits:
    """What was found of texts of up to `edits` edits, a table for each model (`SEVERAL`)."""

    edits: int
    tables: Mapping[str, pa.Table]

    def of(self, model: str, attack: int) -> list[dict[str, Any]]:
        """The rows of a model under the attack at that position."""
        return [row for row in self.tables[model].to_pylist() if row["attack"] == attack]


def open_several(sweep: Sweep) -> SeveralEdits | None:
    """What is stored of the most edits of which all that was to be queried is there; None for single ones."""
    found = stored_several(sweep)
    return SeveralEdits(max(found), found[max(found)]) if found else None


def certified_curves(sweep: Sweep, found: Certification) -> tuple[CurveOverEdits, ...]:
    """The curve of each row, with all other numbers of edits of which what was to be queried is there."""
    most = found.rows[0].several
    stored = {edits: SeveralEdits(edits, tables) for edits, tables in stored_several(sweep).items()}
    others = [certify(sweep, each) for edits, each in [(1, None), *stored.items()] if edits != most]
    return tuple(_curve(rows) for rows in zip(*(each.rows for each in [found, *others]), strict=True))


def _curve(rows: Sequence[CertifiedRow]) -> CurveOverEdits:
    known = {0: rows[0].clean_accuracy}
    for row in rows:
        known |= dict(enumerate(row.accuracy_by_edits)) | {row.several: row.certified_accuracy}
    return CurveOverEdits(rows[0].model, rows[0].attack, dict(sorted(known.items())))


def certify(sweep: Sweep, several: SeveralEdits | None = None) -> Certification:
    """What each model withstands of each attack, and whether models predict texts alike again."""
    rows = [
        _row(sweep, sweep.of(model, attack), several, several.of(model, place) if several else [])
        for model in sweep.models
        for place, attack in enumerate(sweep.attacks)
    ]
    checks = [
        combine_repeat_checks(model, map(repeat_check_of, sweep.tables(model))) for model in sweep.models
    ]
    return Certification(tuple(with_intervals(rows)), tuple(checks))


def _row(
    sweep: Sweep, effects: EditEffects, several: SeveralEdits | None, found: Sequence[Mapping[str, Any]]
) -> CertifiedRow:
    fails, known = effects.fails, effects.known
    stable, correct = stable_examples(effects), effects.clean_prediction == effects.label
    failed = [row for row in found if row["failing_text"] is not None]
    undecided = [row for row in found if row["failing_text"] is None and row["draws"]]
    unknown = [row for row in found if row["unpredicted"]]
    stable[[row["example"] for row in (*failed, *undecided, *unknown)]] = False
    silent = int((effects.clean_prediction < 0).sum())
    edited = np.isin(np.arange(len(stable)), effects.example)
    return CertifiedRow(
        model=effects.model,
        attack=effects.attack,
        examples=len(stable),
        without_edits=int((~edited & (effects.clean_prediction >= 0)).sum()),
        certified_without_edits=int((stable & correct & ~edited).sum()),
        texts=len(effects),
        failing=int(fails.sum()),
        unpredicted=int((~known).sum()) + silent + sum(row["unpredicted"] for row in found),
        clean_accuracy=_share(sweep, correct),
        certified_accuracy=_share(sweep, stable & correct),
        stable=_share(sweep, stable),
        rho=float(1 - fails[known].mean()) if sweep.record.all_edits and known.any() else None,
        failures=tuple(
            sorted(
                [*_failures(sweep, effects), *(_of_several(sweep, effects, row) for row in failed)],
                key=lambda each: (not each.was_correct, each.margin or 0.0),
            )
        ),
        several=several.edits if several else 1,
        several_texts=sum(row["texts"] for row in found),
        undecided=len(undecided),
        undecided_bound=failing_share_bound(undecided[0]["draws"]) if undecided else None,
        accuracy_by_edits=_by_edits(sweep, effects, several.edits, found) if several else (),
    )


def _by_edits(
    sweep: Sweep, effects: EditEffects, most: int, found: Sequence[Mapping[str, Any]]
) -> tuple[Estimate, ...]:
    """Certified accuracy by the number of edits, where that is proved of every example."""
    if not found or any(row["proved"] is None for row in found):
        return ()
    proved = np.where(stable_examples(effects), most, 0)
    proved[[row["example"] for row in found]] = [row["proved"] for row in found]
    correct = effects.clean_prediction == effects.label
    return tuple(_share(sweep, correct & (proved >= edits)) for edits in range(most + 1))


def _share(sweep: Sweep, those: NDArray[np.bool_]) -> UnresolvedEstimate:
    """The share of examples, to be bounded over groups where there are several."""
    numbers: dict[str, int] = {}
    group = np.array([numbers.setdefault(each.group, len(numbers)) for each in sweep.examples])
    values: Floats = those.astype(np.float64)
    part = grouped(values, group)
    return UnresolvedEstimate(part.mean, bounds=mean_between(part, 0.0, 1.0) if part.groups > 1 else None)


def _failures(sweep: Sweep, effects: EditEffects) -> Sequence[FailingEdit]:
    rows = np.flatnonzero(effects.fails)
    rows = rows[np.lexsort((np.nan_to_num(effects.margin[rows]), effects.example[rows]))]
    _, first = np.unique(effects.example[rows], return_index=True)
    found = []
    for row in rows[first].tolist():
        example, place = sweep.examples[effects.example[row]], effects.example[row]
        margin = float(effects.margin[row])
        found.append(
            FailingEdit(
                example=example.id,
                label=example.label,
                clean_text=example.text,
                edits=(effects.edit(row),),
                clean_prediction=int(effects.clean_prediction[place]),
                prediction=int(effects.prediction[row]),
                margin=None if np.isnan(margin) else margin,
            )
        )
    return found


def _of_several(sweep: Sweep, effects: EditEffects, row: Mapping[str, Any]) -> FailingEdit:
    example = sweep.examples[row["example"]]
    pieces = SequenceMatcher(None, example.text, row["failing_text"], autojunk=False).get_opcodes()
    return FailingEdit(
        example=example.id,
        label=example.label,
        clean_text=example.text,
        edits=tuple(
            Edit(start, stop, row["failing_text"][first:last])
            for kind, start, stop, first, last in pieces
            if kind != "equal"
        ),
        clean_prediction=int(effects.clean_prediction[row["example"]]),
        prediction=row["prediction"],
        margin=None,
        of_several=True,
    )
