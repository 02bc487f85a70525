"""The plug-in for pytest: `assert_robust`, and the rules of a gate as tests (`--robustaudit-gate FILE`).

pytest imports this file in every session; slow imports therefore happen on use.
"""

import warnings
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from robustaudit.core.errors import InconclusiveWarning

if TYPE_CHECKING:
    from robustaudit.api.models import Models
    from robustaudit.api.request import AnAttack, Data
    from robustaudit.core.errors import RobustAuditError
    from robustaudit.gate.rules import Bound, Rule
    from robustaudit.gate.verdict import Check, Verdict


def assert_robust(
    models: "Models",
    data: "Data | None" = None,
    attacks: "AnAttack | Sequence[AnAttack] | None" = None,
    *,
    max_drop: float | None = None,
    min_accuracy: float | None = None,
    max_flip_rate: float | None = None,
    max_relative_drop: float | None = None,
    min_worst_of_k: float | None = None,
    k: int | None = None,
    max_regression: float | None = None,
    baseline: str | Path | None = None,
    bound: "Bound | None" = None,
    rules: str | Path | None = None,
    on_inconclusive: Literal["warn", "fail", "pass"] | None = None,
    **options: Any,  # noqa: ANN401
) -> None:
    """Fail if the trials of an audit show that a rule of a gate is broken, such as `max_drop=0.1`.

    Models, data, attacks and `options`, such as `trials=500` or `label_column="stars"`, are those of
    `robustaudit.audit`; the rules are those of `Audit.gate`. An inconclusive rule is a warning, unless
    `on_inconclusive` is `"fail"` or `"pass"`.

    Raises:
        AssertionError: a rule is broken; the message has its figure with the confidence interval and three
            counterexamples.
        UserError: the data, an attack, a rule or an option is invalid.
    """
    given = locals()  # the parameters are called as the keys of a rule
    __tracebackhide__ = True
    from robustaudit.api.auditing import audit
    from robustaudit.api.gates import rules_of
    from robustaudit.api.request import AuditRequest
    from robustaudit.core.errors import UserError
    from robustaudit.gate.rules import THRESHOLD_KEYS

    if options.get("until_decided"):
        raise UserError(
            "until_decided is not for assert_robust: a sequential test has no confidence interval"
        )
    thresholds = {name: given[name] for name in THRESHOLD_KEYS}
    gate = rules_of(
        rules, thresholds, baseline=baseline, on_inconclusive=on_inconclusive, where="assert_robust()"
    )
    request = AuditRequest.of(models, data, attacks=attacks, gate=gate, **options)
    judgement = audit(request, progress=False).judgement
    assert judgement is not None
    failed, inconclusive = (judgement.verdict.of(outcome) for outcome in ("failed", "inconclusive"))
    if failed or (inconclusive and gate.on_inconclusive == "fail"):
        raise AssertionError(
            _text(failed or inconclusive, judgement.verdict if "output" in options else None)
        )
    if inconclusive and gate.on_inconclusive == "warn":
        needed = judgement.verdict.trials_needed
        more = f"; some {needed:,} more trials would decide" if needed else ""
        warnings.warn(f"{judgement.headline}{more}", InconclusiveWarning, stacklevel=2)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option to run a gate."""
    group = parser.getgroup("robustaudit")
    group.addoption(
        "--robustaudit-gate",
        metavar="FILE",
        help="run the audit of this configuration file, and each rule of its gate as a test",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Add the gate's file to the collected paths."""
    if (path := _gate(config)) and str(path) not in config.args:
        config.args.append(str(path))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "GateFile | None":
    """Collect the gate's file as a test file."""
    if file_path != _gate(parent.config):
        return None
    collector: GateFile = GateFile.from_parent(parent, path=file_path)
    return collector


def _gate(config: pytest.Config) -> Path | None:
    given = config.getoption("--robustaudit-gate")
    if given is None:
        return None
    path = Path(config.invocation_params.dir, given)
    if not path.is_file():
        raise pytest.UsageError(f"--robustaudit-gate: {str(path)!r} does not exist")
    return path


class GateFile(pytest.File):
    """A configuration file: its audit, and the rules of its gate."""

    def collect(self) -> "Iterator[RuleItem]":
        from robustaudit.core.configuration import read_configuration
        from robustaudit.core.display import visible
        from robustaudit.core.errors import UserError
        from robustaudit.gate.rules import read_gate

        try:
            gate = read_gate(read_configuration(self.path))
        except UserError as error:
            raise self.CollectError(str(error)) from error
        for place, rule in enumerate(gate.of_run, 1):
            asked = f" ({rule.selection})" if str(rule.selection) else ""
            item: RuleItem = RuleItem.from_parent(self, name=visible(f"{place} {rule.measure}{asked}"))
            item.rule = rule
            yield item

    @cached_property
    def outcome(self) -> "Verdict | RobustAuditError":
        """The verdict on the file's audit, which runs once, or its error."""
        from robustaudit.api.auditing import audit
        from robustaudit.api.request import request_in
        from robustaudit.core.configuration import read_configuration
        from robustaudit.core.errors import RobustAuditError

        try:
            found = audit(request_in(read_configuration(self.path)), progress=False)
        except RobustAuditError as error:
            return error
        assert found.judgement is not None
        return found.judgement.verdict


class RuleItem(pytest.Item):
    """A rule of a gate, as a test over every model and attack that it selects."""

    rule: "Rule"

    def setup(self) -> None:
        """Run the audit in set-up, so that an exception in it is an error, not a failure."""
        if isinstance(self._file.outcome, Exception):
            pytest.fail(str(self._file.outcome), pytrace=False)

    def runtest(self) -> None:
        from robustaudit.reports.pipelines import check_text

        verdict = self._file.outcome
        assert not isinstance(verdict, Exception)
        found = [check for check in verdict.checks if check.rule == self.rule]
        failed = [check for check in found if check.outcome == "failed"]
        inconclusive = [check for check in found if check.outcome == "inconclusive"]
        if failed or (inconclusive and verdict.on_inconclusive == "fail"):
            pytest.fail(_text(failed or inconclusive, verdict), pytrace=False)
        if inconclusive and verdict.on_inconclusive == "warn":
            lines = (next(check_text(check)) for check in inconclusive)
            pytest.skip(f"inconclusive: {'; '.join(lines)}")

    def reportinfo(self) -> tuple[Path, int | None, str]:
        from robustaudit.reports.pipelines import RuleSource

        source = RuleSource(self.path.name, self.path.read_text(encoding="utf-8"))
        return self.path, source.line_of(self.rule) - 1, self.name

    @property
    def _file(self) -> GateFile:
        assert isinstance(self.parent, GateFile)
        return self.parent


def _text(checks: "Sequence[Check]", verdict: "Verdict | None") -> str:
    from robustaudit.reports.pipelines import check_text

    return "\n\n".join("\n".join(check_text(check, verdict)) for check in checks)
