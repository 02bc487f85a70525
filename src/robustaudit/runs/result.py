"""The result of a run: one row for each model and attack, in memory and in `result.json`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from robustaudit.core.documents import parse_json_object
from robustaudit.core.errors import UserError
from robustaudit.core.typed_values import parse_typed
from robustaudit.models import Form
from robustaudit.runs.findings import Finding
from robustaudit.runs.trial import Trial
from robustaudit.statistics.measures import (
    FEW_EXAMPLES,
    Estimate,
    IntervalUnit,
    Measures,
    RelativeErrorSummary,
    SeverityCurve,
    WorstOfK,
)
from robustaudit.statistics.sequential import SequentialResult

SCHEMA_VERSION = 10

_ANEW = "the command that made the run creates it again"

ALPHA = 0.025
"""An adjusted p-value under this makes a drop certain: one side of a 95 % interval, for all rows at once."""

Significance = Literal["significant", "n.s.", "no drop"]


BatchDependence = Literal["none", "found", "unknown"]
"""Whether predictions depend on the rest of a batch; `unknown` if equal batches give different ones."""


@dataclass(frozen=True, slots=True)
class Truncation:
    """Of `texts` clean texts, `truncated` have more tokens than the `max_tokens` that a model reads."""

    texts: int
    truncated: int
    max_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatCheck:
    """The repeat check of a model: of `texts` clean texts queried again, `differed` had another prediction.

    `difference` is the largest of any probability. `batch_dependence` and `batch_difference` are those of
    texts of mixed lengths, None if these were not queried again. `calls` counts every text queried for the
    check.

    If a model may be noisy, the clean text of `each_draw` was queried again: from these its `noise` is
    estimated, the share of clean texts whose prediction changes.

    `truncation` is known of models whose tokenizer is.
    """

    model: str
    texts: int = 0
    differed: int = 0
    difference: float | None = None
    batch_dependence: BatchDependence | None = None
    batch_difference: float | None = None
    calls: int = 0
    each_draw: bool = False
    noise: Estimate | None = None
    truncation: Truncation | None = None

    @property
    def is_noisy(self) -> bool:
        """Whether a text had two predictions, and not only because of its batch."""
        return self.differed > 0 or self.batch_dependence == "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormCheck:
    """The form that a model was run in, by a check of the one that was tried.

    In that, `equal` of `texts` had the class that they have in the plain form, and probabilities were at most
    `difference` away.
    """

    model: str
    tried: Form
    form: Form
    texts: int
    equal: int
    difference: float

    def __str__(self) -> str:
        """The form, with what the check found of the one that was tried."""
        found = (
            f"{self.equal:,} of {self.texts:,} predictions as in fp32, "
            f"probabilities within {self.difference:.2g}"
        )
        return (
            f"{self.form} ({found})"
            if self.form == self.tried
            else f"{self.form}, not {self.tried} ({found})"
        )


@dataclass(frozen=True, slots=True)
class Reduction:
    """Failing trials of so many `edits`, of which the `smallest` failure has so many."""

    edits: int
    smallest: int
    trials: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallestFailures:
    """The `failing` trials of a model, and those with a known smallest failure by their numbers of edits."""

    model: str
    failing: int = 0
    found: tuple[Reduction, ...] = ()


@dataclass(frozen=True, slots=True)
class Slice:
    """The examples with one value in a column: of the data, or `true label`, `words` or `characters`.

    `declared` says that the user named the column before the run began; other slices are exploratory.
    """

    column: str
    value: str
    declared: bool = False


@dataclass(frozen=True, slots=True)
class FlipCount:
    """A cell of a flip matrix: the changed trials with these predictions of the clean and perturbed text."""

    clean: int
    perturbed: int
    trials: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One model under one attack, on all examples or on a slice of them.

    Of `trials`, the `skipped` ones have no prediction, and count in nothing else. Of these, `no_prediction`
    counts those with a clean prediction whose perturbed text got a reply without a class.

    `on_changed` and `worst_of_k` are over the trials whose text changed: the figures of reports and the gate.
    In `on_all` and `worst_of_k_all` a no-op counts as not flipped. `p_value` is one-sided, for a drop above
    0, and `p_adjusted` the same by Holm's method over the rows of one `Correction`; both are None for
    exploratory slices. `flip_matrix` is of rows of all examples alone.
    """

    model: str
    attack: str
    base: str
    family: str | None
    severity: int | None
    slice: Slice | None
    trials: int
    skipped: int = 0
    no_prediction: int = 0
    trials_changed: int
    changed_share: float
    examples: int
    examples_changed: int
    groups_changed: int
    edit_share: float | None
    character_share: float | None
    flips: int
    flip_matrix: tuple[FlipCount, ...] = ()
    on_changed: Measures
    on_all: Measures
    worst_of_k: tuple[WorstOfK, ...]
    worst_of_k_all: tuple[WorstOfK, ...] = ()
    interval_unit: IntervalUnit | None
    p_value: float | None
    p_adjusted: float | None
    example_trial: Trial | None

    @property
    def clean_accuracy(self) -> Estimate | None:
        return self.on_changed.clean_accuracy

    @property
    def perturbed_accuracy(self) -> Estimate | None:
        return self.on_changed.perturbed_accuracy

    @property
    def drop(self) -> Estimate | None:
        return self.on_changed.drop

    @property
    def significance(self) -> Significance | None:
        """The significance of the drop among all rows; None if there are too few examples to conclude."""
        if self.p_adjusted is None or self.few_examples:
            return None
        if self.drop is not None and self.drop.is_below_zero:
            return "no drop"
        return "significant" if self.p_adjusted < ALPHA else "n.s."

    @property
    def few_examples(self) -> bool:
        """Whether there are too few changed examples to conclude."""
        return 0 < self.examples_changed < FEW_EXAMPLES

    @property
    def is_doubtful(self) -> bool:
        """Whether its figures are marked: too few changed examples, and more than the one of its run."""
        return self.few_examples and self.interval_unit != "draw"


@dataclass(frozen=True, slots=True)
class Correction:
    """Rows whose p-values were adjusted together, those of declared slices among them."""

    tests: int
    hypothesis: str = "the drop is above 0"
    method: str = "Holm"


@dataclass(frozen=True, slots=True)
class Result:
    """A finished run: its plan, its figures, and the seconds that its last start took.

    A sequential run has a decision for each row. `retests` has the repeat check of each model, `forms` the
    form check of those that were tried in another form than the plain one, `smallest_failures` what was found
    of the failing trials of each model. `findings` are sorted, the most certain first; Holm's method was
    applied to `finding_tests` tests besides those of rows.
    """

    plan: Mapping[str, Any]
    rows: tuple[Row, ...]
    seconds: float
    slices: tuple[Row, ...] = ()
    curves: tuple[SeverityCurve, ...] = ()
    summaries: tuple[RelativeErrorSummary, ...] = ()
    corrections: tuple[Correction, ...] = ()
    decisions: tuple[SequentialResult, ...] = ()
    retests: tuple[RepeatCheck, ...] = ()
    forms: tuple[FormCheck, ...] = ()
    smallest_failures: tuple[SmallestFailures, ...] = ()
    findings: tuple[Finding, ...] = ()
    finding_tests: int = 0

    @property
    def draws(self) -> float:
        """The mean number of draws of an example, as planned."""
        draws: float = self.plan["trials"] / self.plan["examples"]
        return draws

    def form_of(self, model: str) -> Form | None:
        """The form of a model, None if it is the plain one."""
        forms = {found.model: found.form for found in self.forms if found.form != "fp32"}
        return forms.get(model)

    def as_json(self) -> dict[str, Any]:
        found = (
            "rows",
            "slices",
            "curves",
            "summaries",
            "corrections",
            "decisions",
            "retests",
            "forms",
            "smallest_failures",
        )
        return {
            "schema_version": SCHEMA_VERSION,
            "plan": dict(self.plan),
            "seconds": round(self.seconds, 3),
            **{name: [asdict(thing) for thing in getattr(self, name)] for name in found},
            "findings": [asdict(each) | {"sentence": each.sentence(str)} for each in self.findings],
            "finding_tests": self.finding_tests,
        }


@dataclass(frozen=True, slots=True)
class _ResultBody:
    """The part of `result.json` whose every key is known."""

    seconds: float
    rows: tuple[Row, ...]
    slices: tuple[Row, ...]
    curves: tuple[SeverityCurve, ...]
    summaries: tuple[RelativeErrorSummary, ...]
    corrections: tuple[Correction, ...]
    decisions: tuple[SequentialResult, ...]
    retests: tuple[RepeatCheck, ...]
    forms: tuple[FormCheck, ...]
    smallest_failures: tuple[SmallestFailures, ...]
    findings: tuple[Finding, ...]
    finding_tests: int


def parse_result(data: bytes, *, where: str) -> Result:
    """The result that a file holds.

    Raises:
        UserError: it is none, or one of another schema.
    """
    content = parse_json_object(data, f"result {where!r}")
    version = content.pop("schema_version", None)
    if version != SCHEMA_VERSION:
        raise UserError(
            f"result {where!r} must have schema version {SCHEMA_VERSION}, got {version!r}: {_ANEW}"
        )
    plan = content.pop("plan", None)
    if not isinstance(plan, dict):
        raise UserError(f"result {where!r} has no plan")
    findings = content.get("findings")
    for finding in findings if isinstance(findings, list) else ():
        if isinstance(finding, dict):
            finding.pop("sentence", None)  # which follows from the rest
    try:
        found = parse_typed(_ResultBody, content, where=where)
    except UserError as error:  # an earlier version had fewer keys
        raise UserError(f"{error}: {_ANEW}") from error
    return Result(plan=plan, **{name: getattr(found, name) for name in _ResultBody.__slots__})
