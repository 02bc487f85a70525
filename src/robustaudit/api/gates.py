"""Checking runs against the rules of a gate."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from robustaudit.core.configuration import read_configuration
from robustaudit.core.display import visible
from robustaudit.core.documents import to_pretty_json
from robustaudit.core.errors import UserError
from robustaudit.core.typed_values import parse_field, parse_typed
from robustaudit.gate.rules import BASELINE, GateConfig, OnInconclusive, read_gate, read_rules
from robustaudit.gate.verdict import Check, Verdict
from robustaudit.runs.store import keep_verdict
from robustaudit.runs.stored_run import StoredRun
from robustaudit.statistics.sequential import Outcome

if TYPE_CHECKING:
    from robustaudit.gate.baseline import Baseline
    from robustaudit.reports.layout import TextReport


def baseline_of(rules: GateConfig) -> "Baseline | None":
    """The baseline of a gate, if a rule needs one."""
    from robustaudit.gate.baseline import read_baseline

    return read_baseline(rules.baseline) if rules.needs_baseline else None


def judged(
    run: StoredRun,
    rules: GateConfig,
    baseline: "Baseline | None",
    *,
    models_dir: Path | None = None,
    announce: Callable[[str], None] = lambda _: None,
) -> Verdict:
    """The verdict on a finished run, which is also stored in its folder as `gate.json`.

    Raises:
        UserError: the run is not finished, a rule selects nothing, or the baseline has nothing of the run.
    """
    from robustaudit.gate.baseline import check_shared
    from robustaudit.gate.evaluation import evaluate
    from robustaudit.gate.filter_checks import filter_checks
    from robustaudit.reports.gate_text import verdict_as_json

    if baseline:
        check_shared(baseline, run.plan, rules.baseline)
    if left := ", ".join(dict.fromkeys(rule.measure for rule in rules.of_worst_case)):
        told = f"{left} in {shortened(rules.path)}: judged of a sweep or a search, `robustaudit gate FOLDER`"
        if not rules.of_run:
            raise UserError(f"no rule is for a run: {told}")
        announce(told)
    verdict = evaluate(
        run.finished(),
        run.shards,
        [rule for rule in rules.of_run if not rule.is_of_filter],
        members=run.slices(),
        baseline=baseline,
        on_inconclusive=rules.on_inconclusive,
        run=str(run.folder),
        models_dir=str(models_dir) if models_dir else None,
        config=shortened(rules.path),
    )
    verdict = replace(verdict, checks=(*verdict.checks, *filter_checks(run, rules.of_filter)))
    try:
        keep_verdict(run.folder, to_pretty_json(verdict_as_json(verdict)))
    except UserError as error:
        announce(f"the verdict is not written: {error}")  # a run that may not be written to may be judged
    return verdict


def judged_worst_case(folder: Path, rules: GateConfig) -> Verdict | None:
    """The verdict on the sweep or search in a folder; None if it holds neither.

    Raises:
        UserError: it is not finished, a rule selects nothing, or none is for what it holds.
    """
    from robustaudit.gate.worst_case_checks import judge_search, judge_sweep
    from robustaudit.worst_case.certification import certify, open_several
    from robustaudit.worst_case.search_result import holds_search, open_search
    from robustaudit.worst_case.stored_sweep import holds_sweep, open_sweep

    asked: dict[str, Any] = {
        "on_inconclusive": rules.on_inconclusive,
        "run": str(folder),
        "config": shortened(rules.path),
    }
    if holds_sweep(folder):
        sweep = open_sweep(folder)
        return judge_sweep(certify(sweep, open_several(sweep)).rows, rules.of_worst_case, sweep.plan, **asked)
    if holds_search(folder):
        found = open_search(folder)
        return judge_search(found.rows, rules.of_worst_case, found.record.plan, **asked)
    return None


def shortened(path: Path) -> str:
    """The path, relative to the working folder if it is inside."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def rules_of(
    file: str | Path | None,
    thresholds: Mapping[str, Any],
    *,
    baseline: str | Path | None,
    on_inconclusive: str | None,
    where: str = "gate()",
) -> GateConfig:
    """The gate of a configuration file, or of thresholds like those of its table `[gate]`.

    Messages call the thresholds those of `where`.

    Raises:
        UserError: both are given, or neither, or they are invalid.
    """
    given = {key: value for key, value in thresholds.items() if value is not None}
    if file is not None:
        if given:
            raise UserError(
                f"rules and {next(iter(given))} exclude each other: a file has its own thresholds"
            )
        gate = read_gate(read_configuration(parse_typed(Path, file, where="rules")))
    elif given:
        found = read_rules(given, where=where)
        gate = GateConfig(rules=found, on_inconclusive="warn", baseline=Path(BASELINE), path=Path(where))
    else:
        raise UserError(f"{where} needs rules: a file of them, or a threshold such as max_drop=0.05")
    if on_inconclusive is not None:
        checked = parse_field(OnInconclusive, on_inconclusive, where="on_inconclusive")
        gate = replace(gate, on_inconclusive=checked)
    return gate if baseline is None else replace(gate, baseline=parse_typed(Path, baseline, where="baseline"))


@dataclass(frozen=True, eq=False, repr=False)
class Judgement:
    """The verdict of a gate; no truth value, since one that did not pass may be inconclusive."""

    verdict: Verdict

    @property
    def outcome(self) -> Outcome:
        """`passed`, `failed` or `inconclusive`."""
        return self.verdict.outcome

    @property
    def passed(self) -> bool:
        """Whether the data confirm every rule."""
        return self.outcome == "passed"

    @property
    def failed(self) -> bool:
        """Whether the data confirm that some rule is not met."""
        return self.outcome == "failed"

    @property
    def exit_code(self) -> int:
        """That of `robustaudit gate`: an inconclusive verdict gives 0, unless it counts as a failure."""
        return self.verdict.exit_code

    @property
    def checks(self) -> tuple[Check, ...]:
        """Each rule for each model and attack that it selects."""
        return self.verdict.checks

    @property
    def headline(self) -> str:
        """The outcome and its first reason, on one line."""
        from robustaudit.reports.gate_report import first_reason, headline

        why = first_reason(self.verdict)
        return visible(headline(self.verdict) + (f"; {why}" if why else ""))

    def table(self) -> "TextReport":
        """The output of `robustaudit gate`."""
        from robustaudit.reports.gate_report import render_verdict
        from robustaudit.reports.layout import TextReport

        return TextReport(lambda _: render_verdict(self.verdict))

    def __bool__(self) -> NoReturn:
        raise TypeError("a verdict is no truth value: take its `passed`, `failed` or `exit_code`")

    def __str__(self) -> str:
        return str(self.table())

    def __repr__(self) -> str:
        return f"<{self.headline}>"

    def _repr_html_(self) -> str:
        from robustaudit.reports.page.document import inline_verdict

        return inline_verdict(self.verdict)
