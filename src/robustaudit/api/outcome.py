"""A finished audit: its results as tables, trials and pages, and its gate."""

import shutil
import tempfile
import warnings
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, overload

import pyarrow as pa

from robustaudit.api.gates import Judgement, baseline_of, judged, rules_of
from robustaudit.api.request import AnAttack
from robustaudit.attacks import parse_attack
from robustaudit.core.display import visible
from robustaudit.core.errors import InconclusiveWarning, UserError
from robustaudit.core.extras import check_installed
from robustaudit.core.files import check_writable, write_to
from robustaudit.core.typed_values import parse_several, parse_typed
from robustaudit.core.validation import check_known
from robustaudit.gate.rules import SELECTING, THRESHOLD_KEYS, Bound, OnInconclusive
from robustaudit.runs.findings import Finding
from robustaudit.runs.plan_record import find_model
from robustaudit.runs.result import Result
from robustaudit.runs.stored_run import StoredRun, open_run
from robustaudit.runs.trial import Trial, query_trials, trial_at

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from robustaudit.reports.layout import TextReport
    from robustaudit.runs.filter_audit import FilterAudit


AClass: TypeAlias = str | int
"""A class by its name or its number."""

_SHOWN = 20


class Trials(Sequence[Trial]):
    """Trials of an audit, sorted by the loss of the true label's probability.

    Each is a `Trial`. Printed, or at the end of a cell, the first ones are shown with their edits marked.
    """

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __len__(self) -> int:
        return len(self._table)

    @overload
    def __getitem__(self, index: int) -> Trial: ...
    @overload
    def __getitem__(self, index: slice) -> "Trials": ...
    def __getitem__(self, index: int | slice) -> "Trial | Trials":
        places = range(len(self))[index]
        if isinstance(places, range):
            return Trials(self._table.take(pa.array(places, pa.int64())))
        return trial_at(self._table, places)

    def to_pandas(self) -> "pd.DataFrame":
        """A row per trial; the column `marked` has the text with its edits, as `gre{a→e}t`."""
        from robustaudit.reports.trial_report import trial_columns

        check_installed("notebook", ["pandas"])
        return pa.Table.from_pydict(trial_columns(self)).to_pandas()

    def __repr__(self) -> str:
        from robustaudit.reports.layout import TextReport
        from robustaudit.reports.trial_report import render_trials

        return str(TextReport(lambda _: render_trials(self[:_SHOWN], total=len(self))))

    def _repr_html_(self) -> str:
        from robustaudit.reports.page.document import inline_trials

        return inline_trials(self[:_SHOWN], total=len(self))


@dataclass(frozen=True, eq=False)
class Kept:
    """The folder of a run; a temporary one is deleted with this object, at the latest with the process."""

    folder: Path

    @classmethod
    def at(cls, folder: Path | None) -> "Kept":
        """The given folder, or a temporary one."""
        if folder is not None:
            return cls(folder)
        made = cls(Path(tempfile.mkdtemp(prefix="robustaudit-")))
        weakref.finalize(made, shutil.rmtree, made.folder, ignore_errors=True)
        return made


class Audit:
    """A finished audit, as returned by `audit`, or by `Audit.open` for the folder of a run.

    A notebook shows it at the end of a cell; `print` shows its table.
    """

    def __init__(
        self, kept: Kept, run: StoredRun, *, notes: Sequence[str] = (), judgement: Judgement | None = None
    ) -> None:
        self._kept = kept
        self._run = run
        self.notes = tuple(notes)
        """What there was to say: columns that were guessed, rows that were skipped, what was fetched."""
        self.result: Result = run.finished()
        """All figures; docs/results-format.md says what each means."""
        self.judgement = judgement
        """What the gate says, where the request had one."""

    @classmethod
    def open(cls, folder: str | Path) -> "Audit":
        """Open the audit in the folder of a run, such as one of the command line in `reports/`.

        Raises:
            UserError: it holds no finished run.
        """
        kept = Kept(parse_typed(Path, folder, where="folder"))
        return cls(kept, open_run(kept.folder))

    @property
    def folder(self) -> Path:
        """The folder of the run; docs/results-format.md describes its files."""
        return self._kept.folder

    @property
    def models(self) -> tuple[str, ...]:
        """The names of the models."""
        return tuple(model["name"] for model in self.result.plan["models"])

    @property
    def attacks(self) -> tuple[str, ...]:
        """The names of the attacks."""
        return tuple(attack["name"] for attack in self.result.plan["attacks"])

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the tests show of drops, true classes and models, most certain first; `str` of one says it."""
        return self.result.findings

    def table(self, *, verbose: bool = False) -> "TextReport":
        """The tables of the command line; `verbose` adds all measures, worst-of-k accuracy and slices."""
        from robustaudit.reports.layout import TextReport
        from robustaudit.reports.terminal import render

        return TextReport(lambda width: render(self.result, width=width, verbose=verbose))

    def to_pandas(self, *, slices: bool = False) -> "pd.DataFrame":
        """A row per model and attack, or per slice, with all measures and their confidence intervals.

        Measures are over the trials whose text changed; `drop_low` and `drop_high` are the bounds of the 95%
        confidence interval.
        """
        from robustaudit.reports.exports import figure_rows

        check_installed("notebook", ["pandas"])
        rows = self.result.slices if slices else self.result.rows
        return pa.Table.from_pylist(figure_rows(rows)).to_pandas()

    def examples(
        self,
        *,
        model: str | Sequence[str] | None = None,
        attack: AnAttack | Sequence[AnAttack] | None = None,
        label: AClass | Sequence[AClass] | None = None,
        predicted: AClass | Sequence[AClass] | None = None,
        flipped: bool | None = None,
        changed: bool | None = None,
    ) -> Trials:
        """Trials by model, attack, true label, predicted class, flipped prediction or changed text.

        All by default. A class is given by its name or its number; `predicted` is that of the perturbed text.

        Raises:
            UserError: the audit has no such model, attack or class, or a class can be read in two ways.
        """
        planned = self.result.plan["models"]
        given = () if model is None else parse_several(str, model, where="model")
        models = None if model is None else [find_model(each, planned) for each in given]
        attacks = None if attack is None else _attacks(attack, self.attacks)
        found = query_trials(
            self._run.shards(),
            models=models,
            attacks=attacks,
            labels=self._classes("label", label),
            predictions=self._classes("predicted", predicted),
            flipped=flipped,
            changed=changed,
        )
        return Trials(found)

    def _classes(self, name: str, given: AClass | Sequence[AClass] | None) -> list[int] | None:
        """The numbers of classes given by name or number."""
        if given is None:
            return None
        several: Sequence[Any] = [given] if isinstance(given, str | int) else given
        for each in several:
            if not isinstance(each, str | int) or isinstance(each, bool):
                raise UserError(f"{name} must be names or numbers of classes, got {each!r}")
        return [self._run.planned.classes.find(each, kind=name) for each in several]

    def gate(
        self,
        rules: str | Path | None = None,
        *,
        max_drop: float | None = None,
        min_accuracy: float | None = None,
        max_flip_rate: float | None = None,
        max_relative_drop: float | None = None,
        min_worst_of_k: float | None = None,
        k: int | None = None,
        max_regression: float | None = None,
        baseline: str | Path | None = None,
        bound: Bound | None = None,
        models: str | Sequence[str] = (),
        attacks: str | Sequence[str] = (),
        families: str | Sequence[str] = (),
        severities: int | Sequence[int] = (),
        slices: str | Sequence[str] = (),
        on_inconclusive: OnInconclusive | None = None,
    ) -> Judgement:
        """Check the audit against thresholds, or against the rules of a configuration file.

        They apply to the given models, attacks, families and severities, by default to all, and to the whole
        data or the given slices. docs/gate.md explains the thresholds.

        The judgement says whether the gate `passed` or `failed`. An inconclusive one did neither: it comes
        with an `InconclusiveWarning`, unless `on_inconclusive` is `"fail"` or `"pass"`. Its `exit_code` is 0,
        unless that is `"fail"`.

        Raises:
            UserError: a threshold is not a share from 0 to 1, or a rule selects nothing.
        """
        given = locals()  # the parameters are called as the keys of a rule
        table = {name: given[name] for name in THRESHOLD_KEYS}
        for name, kind in SELECTING.items():
            table[name] = list(parse_several(kind, given[name], where=name)) or None
        gate = rules_of(rules, table, baseline=baseline, on_inconclusive=on_inconclusive)
        judgement = Judgement(judged(self._run, gate, baseline_of(gate)))
        if judgement.outcome == "inconclusive" and gate.on_inconclusive == "warn":
            warnings.warn(judgement.headline, InconclusiveWarning, stacklevel=2)
        return judgement

    def as_filter(self, positive: AClass, *, fpr: float | None = None) -> "FilterAudit":
        """What gets through each model as a filter for a class, and its false alarms: docs/filters.md.

        `fpr` is the share of clean texts of other classes that may be taken for positive; by default the
        model decides.

        Raises:
            UserError: there is no such class, or none of its texts, or a model without probabilities has a
                rate.
        """
        from robustaudit.runs.filter_audit import audit_filter

        return audit_filter(self._run, positive, fpr)

    def plot(self, kind: str = "drops") -> "Figure":
        """A plot as a figure of matplotlib, which a notebook shows at the end of a cell.

        `drops` shows the drops with their confidence intervals, `map` each model and attack as a cell;
        `severity` needs attacks with several severities, `worst-of-k` several draws of each example.

        Raises:
            UserError: the audit has no such plot, or the extra `plots` is not installed.
        """
        from robustaudit.reports.plots.run_plots import draw_plot

        return draw_plot(self.result, kind)

    def report(self, file: str | Path) -> Path:
        """Write the HTML page, which opens offline, and return its path.

        Raises:
            UserError: the file cannot be written.
        """
        from robustaudit.gate.verdict import read_verdict
        from robustaudit.reports.page.document import html
        from robustaudit.reports.report import Report

        target = parse_typed(Path, file, where="file")
        run = open_run(self.folder)  # whose verdict may be a new one
        report = Report(run=run, result=self.result, verdict=read_verdict(run))
        write_to(target, html(report))
        return target

    def save(self, folder: str | Path) -> Path:
        """Copy the run to a new or empty folder and return its path.

        Raises:
            UserError: the folder is not empty, or cannot be written.
        """
        target = parse_typed(Path, folder, where="folder")
        check_writable(target)
        if any(target.iterdir()):
            raise UserError(f"folder {str(target)!r} must be new or empty")
        try:
            shutil.copytree(self.folder, target, symlinks=True, dirs_exist_ok=True)
        except OSError as error:
            _, _, why = error.args[0][0] if isinstance(error, shutil.Error) else ("", "", error)
            raise UserError(f"folder {str(target)!r} cannot be written: {why}") from error
        return target

    def __str__(self) -> str:
        return str(self.table())

    def __repr__(self) -> str:
        models, attacks = ", ".join(self.models), "; ".join(self.attacks)
        rows = f"{len(self.result.rows)} rows, in {str(self.folder)!r}"
        return visible(f"<Audit of {models} under {attacks}: {rows}>")

    def _repr_html_(self) -> str:
        from robustaudit.reports.page.document import inline

        return inline(self.result, notes=self.notes)


def _attacks(given: Any, known: Sequence[str]) -> list[str]:  # noqa: ANN401
    """The names of attacks in a result, whichever way they are given."""
    several = given if isinstance(given, list | tuple) else [given]
    return [_called(each if isinstance(each, str) else each.expression, known) for each in several]


def _called(expression: str, known: Sequence[str]) -> str:
    if expression in known:
        return expression
    meant = parse_attack(expression).attack
    same = (name for name in known if str(parse_attack(name).attack) == str(meant))
    return next(same, None) or check_known("attack", expression, known)
