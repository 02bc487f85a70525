"""Verifying models: what no single edit of an attack can change, from the query of every one."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from robustaudit.api.auditing import Listening, executor_of
from robustaudit.api.event_log import LogWriter
from robustaudit.api.gates import Judgement
from robustaudit.api.models import Models
from robustaudit.api.outcome import Kept
from robustaudit.api.progress import Announce, watched
from robustaudit.api.request import FIELDS, AnAttack, AuditRequest, Data, Reader
from robustaudit.api.sweeping import sweep_of
from robustaudit.core import defaults, spelling
from robustaudit.core.display import visible
from robustaudit.core.errors import UserError
from robustaudit.core.hub import network_access
from robustaudit.core.typed_values import field_parser, parse_typed
from robustaudit.core.validation import check_at_least
from robustaudit.gate.rules import OnInconclusive, Rule
from robustaudit.gate.verdict import Verdict
from robustaudit.gate.worst_case_checks import judge_sweep, least_allowed
from robustaudit.models import ModelSource, RelabelledModel, SplitWords, TrainedModel
from robustaudit.runs.guard import loaded
from robustaudit.worst_case.certification import (
    Certification,
    CertifiedRow,
    SeveralEdits,
    certify,
    open_several,
)
from robustaudit.worst_case.reasons import FailureReasons, reasons_of
from robustaudit.worst_case.several_edits import MOST_TEXTS, execute_several
from robustaudit.worst_case.stored_sweep import Sweep, open_sweep

if TYPE_CHECKING:
    from robustaudit.reports.layout import TextReport


OWN_FIELDS: Mapping[str, Reader] = {
    "edits": field_parser(int),
    "max_texts": field_parser(int),
    "all_edits": field_parser(bool),
    "min_certified": field_parser(float),
    "min_rho": field_parser(float),
}
"""The fields of a verification that no other audit has."""

IN_FILES: Mapping[str, Reader] = {**OWN_FIELDS, **{name: FIELDS[name] for name in ("attacks", "examples")}}
"""The fields that the table `[verify]` of a configuration may have, in place of those of `[run]`."""


class Verification:
    """A finished sweep and what it proves, as returned by `verify`, or by `Verification.open` for its folder.

    `print` shows its table.
    """

    def __init__(
        self,
        kept: Kept,
        sweep: Sweep,
        *,
        several: SeveralEdits | None = None,
        models: Sequence[ModelSource] = (),
        notes: Sequence[str] = (),
    ) -> None:
        self._kept, self._several, self._models = kept, several, models
        self.sweep = sweep
        """The predictions: `sweep.of(model, attack)` has every edit as columns."""
        self.notes = tuple(notes)
        """What there was to say: columns that were guessed, rows that were skipped, what was fetched."""

    @classmethod
    def open(cls, folder: str | Path) -> "Verification":
        """Open the sweep in a folder, such as one of the command line in `reports/`.

        With the most edits of which all that was to be queried is there.

        Raises:
            UserError: it holds no finished sweep.
        """
        kept = Kept(parse_typed(Path, folder, where="folder"))
        sweep = open_sweep(kept.folder)
        return cls(kept, sweep, several=open_several(sweep))

    @property
    def folder(self) -> Path:
        """The folder of the sweep; docs/worst-case.md describes its files."""
        return self._kept.folder

    @cached_property
    def certification(self) -> Certification:
        """All figures, and whether models predict texts alike again."""
        return certify(self.sweep, self._several)

    @property
    def rows(self) -> tuple[CertifiedRow, ...]:
        """A row for each model and attack: certified accuracy, stable examples, rho, and edits that fail."""
        return self.certification.rows

    @cached_property
    def reasons(self) -> FailureReasons | None:
        """Why each model fails, and its weak spots; None unless all edits were queried.

        How models read words is not known of a sweep that was opened, as its models are not loaded.
        """
        return reasons_of(self.sweep, _ways_to_split(self._models)) if self.sweep.record.all_edits else None

    def table(self, *, verbose: bool = False) -> "TextReport":
        """The tables of the command line; `verbose` has every example that fails."""
        from robustaudit.reports.certification_report import render_certification
        from robustaudit.reports.layout import TextReport, stacked
        from robustaudit.reports.reasons_report import render_reasons

        more = [render_reasons(self.reasons)] if self.reasons else []
        return TextReport(
            lambda width: stacked(
                render_certification(self.sweep, self.certification, width=width, verbose=verbose), *more
            )
        )

    def gate(self, *, min_certified: float | None = None, min_rho: float | None = None) -> Judgement:
        """Check certified accuracy and rho of each model and attack against the least that is allowed.

        Raises:
            UserError: a threshold is not a share from 0 to 1, none is given, or rho is not known.
        """
        if min_certified is None and min_rho is None:
            raise UserError("a gate needs a threshold: min_certified or min_rho")
        least = least_allowed(min_certified, min_rho, all_edits=self.sweep.record.all_edits)
        return Judgement(self.judged(least))

    def judged(
        self, rules: Sequence[Rule], *, on_inconclusive: OnInconclusive = "warn", config: str = ""
    ) -> Verdict:
        """The verdict of rules for certified accuracy and rho; `config` is the file that they are from.

        Raises:
            UserError: a rule selects nothing, none is for a sweep, or rho is not known.
        """
        return judge_sweep(
            self.rows,
            rules,
            self.sweep.plan,
            on_inconclusive=on_inconclusive,
            run=str(self.folder),
            config=config,
        )

    def as_json(self) -> dict[str, Any]:
        """The figures as `robustaudit verify --json` prints them."""
        from robustaudit.reports.certification_report import certification_as_json

        return certification_as_json(self.sweep, self.certification, self.reasons)

    def __str__(self) -> str:
        return str(self.table())

    def __repr__(self) -> str:
        models, attacks = ", ".join(self.sweep.models), "; ".join(self.sweep.attacks)
        return visible(f"<Verification of {models} under {attacks}, in {str(self.folder)!r}>")


def verify(
    models: Models | AuditRequest,
    data: Data | None = None,
    *,
    attacks: AnAttack | Sequence[AnAttack] | None = None,
    edits: int = 1,
    max_texts: int = MOST_TEXTS,
    all_edits: bool = False,
    examples: int | None = None,
    seed: int = defaults.SEED,
    text_column: str | Sequence[str] | None = None,
    label_column: str | None = None,
    id_column: str | None = None,
    group_column: str | None = None,
    label_map: Mapping[Any, int | str] | str | None = None,
    max_examples: int | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
    data_format: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    no_quotes: bool = False,
    escaped: bool = False,
    columns: str | Sequence[str] | None = None,
    records: str | None = None,
    max_data_mb: int | None = None,
    include_seen: bool = False,
    segmentation: str = defaults.SEGMENTATION,
    batch_size: int | None = None,
    jobs: int | None = None,
    executor: Literal["local", "ray"] = "local",
    address: str | None = None,
    actor_cpus: float | None = None,
    actor_gpus: float | None = None,
    on_error: Literal["stop", "skip"] = "stop",
    time_limit: float | None = None,
    load_limit: float | None = None,
    max_calls: int | None = None,
    trust: str | Sequence[str] = (),
    trust_pickle: bool = False,
    models_dir: str | Path | None = None,
    offline: bool = False,
    output: str | Path | None = None,
    progress: bool | LogWriter | None = None,
) -> Verification:
    """Query models for every single edit of an attack, and say which examples none can make fail.

    `models`, `data` and the other parameters are those of `audit`. An example is left once an edit changes
    its prediction; with `all_edits`, all of its edits are queried, so that the share that holds (rho) is
    known. By default there are 200 examples.

    With `edits` of 2 or more, the examples that no single edit makes fail are queried with every text of up
    to that many edits, as long as there are at most `max_texts` ways to make them; of the others with draws.

    Raises:
        UserError: a value cannot be used, no attack is given, or an attack's edits cannot be listed.
        ModelError: a model broke its contract.
    """
    fields = {
        name: value
        for name, value in locals().items()
        if name not in ("models", "data", "progress", "edits", "max_texts", "all_edits")
    }
    with watched(progress) as (listener, tell):
        if isinstance(models, AuditRequest):
            request = models
        else:
            check_attacks(attacks)
            request = AuditRequest.of(models, data, **fields)
        return carry_out_verification(
            request,
            edits=edits,
            max_texts=max_texts,
            all_edits=all_edits,
            listening=lambda: nullcontext(listener),
            announce=tell,
        )


def check_attacks(given: object) -> None:
    """Refuse to sweep the default attacks, which have too many edits for somebody who asked for none.

    Raises:
        UserError: there is no attack.
    """
    if given is None:
        needed, such = spelling.named("attacks"), spelling.option("attacks", "homoglyph")
        raise UserError(f"{needed} must be given, as every edit is queried: {such}, for example")


def carry_out_verification(
    request: AuditRequest,
    *,
    edits: int = 1,
    max_texts: int = MOST_TEXTS,
    all_edits: bool = False,
    listening: Listening,
    announce: Announce = lambda _: None,
    warn: Announce | None = None,
) -> Verification:
    """Carry out the sweep of a request, and go on to several edits; what was interrupted resumes."""
    for name, value in (("edits", edits), ("max_texts", max_texts)):
        check_at_least(spelling.named(name), value, 1)
    swept = sweep_of(request, all_edits=all_edits, listening=listening, announce=announce, warn=warn)
    several, asked = None, request.inference
    if edits > 1:
        announce(f"now up to {edits} edits of examples that are stable, at most {max_texts:,} texts of each")
        with listening() as listener, network_access(allowed=not asked.offline, announce=announce):
            tables = execute_several(
                swept.sweep,
                swept.plan,
                edits=edits,
                max_texts=max_texts,
                batch_size=asked.batch_size,
                listener=listener,
                executor=executor_of(asked, swept.plan, announce=announce),
                tell=warn or announce,
            )
        several = SeveralEdits(edits, tables)
    return Verification(swept.kept, swept.sweep, several=several, models=swept.plan.models, notes=swept.notes)


def _ways_to_split(models: Sequence[ModelSource]) -> dict[str, SplitWords]:
    """How those models read words that have a tokenizer or a vocabulary: they are loaded for it."""
    found = {}
    for model in models:
        own = model.source if isinstance(model, RelabelledModel) else model
        if isinstance(own, TrainedModel) or (own.uri or "").startswith("hf:"):
            found[model.name] = loaded(own).split_words  # type: ignore[attr-defined]
    return found
