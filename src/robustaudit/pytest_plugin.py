"""The plug-in for pytest: `assert_robust`, and the rules of a gate as tests (`--robustaudit-gate FILE`).

pytest imports this file in every session; slow imports therefore happen on use.
"""

import warnings
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from robustaudit.core.errors import InconclusiveWarning

if TYPE_CHECKING:
    from robustaudit.api.models import Model
    from robustaudit.api.request import AnAttack, Data
    from robustaudit.core.errors import RobustAuditError
    from robustaudit.gate.rules import Rule
    from robustaudit.gate.verdict import Check, Verdict


def assert_robust(
    classifier: "Model",
    data: "Data",
    attack: "AnAttack",
    *,
    max_drop: float,
    trials: int = 100,
    seed: int = 0,
    on_inconclusive: Literal["warn", "fail", "pass"] = "warn",
) -> None:
    """Fail if the trials show that accuracy drops by more than `max_drop` under the attack.

    Classifier, data and attack are as for `robustaudit.audit`: a name, an object with `predict` or a function
    of texts; a name, a path, a data frame, or texts with their labels; an expression.

    Raises:
        AssertionError: the drop is larger; the message has its confidence interval and three counterexamples.
        UserError: the data, the attack or a number is invalid.
    """
    __tracebackhide__ = True
    from robustaudit.api.auditing import audit
    from robustaudit.reports.pipelines import check_text

    # "pass", since the warning is to point at the test and not at this file.
    found = audit(classifier, data, attacks=attack, trials=trials, seed=seed, progress=False)
    (check,) = found.gate(max_drop=max_drop, on_inconclusive="pass").checks
    text = "\n".join(check_text(check))
    if check.outcome == "failed" or (check.outcome, on_inconclusive) == ("inconclusive", "fail"):
        raise AssertionError(text)
    if (check.outcome, on_inconclusive) == ("inconclusive", "warn"):
        more = f"; some {check.trials_needed:,} more trials would decide" if check.trials_needed else ""
        warnings.warn(f"inconclusive: {text.splitlines()[0]}{more}", InconclusiveWarning, stacklevel=2)


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
        for place, rule in enumerate(gate.rules, 1):
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
            pytest.fail(_text(verdict, failed or inconclusive), pytrace=False)
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


def _text(verdict: "Verdict", checks: "Sequence[Check]") -> str:
    from robustaudit.reports.pipelines import check_text

    return "\n\n".join("\n".join(check_text(check, verdict)) for check in checks)
