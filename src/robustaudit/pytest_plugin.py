"""The plug-in for pytest: `assert_robust`, and the rules of a gate as tests (`--robustaudit-gate FILE`).

pytest imports this file in every session, so that it imports other rooms when it needs them and not before.
"""

import json
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from robustaudit.attacks import Attack
    from robustaudit.datasets import Dataset
    from robustaudit.engine.gate import Check, Rule, Verdict
    from robustaudit.models import ModelSource

_COMMAND = (sys.executable, "-c", "from robustaudit.cli.entry import main; main()")
_JUDGED = (0, 1, 4)  # exit codes that come with a verdict


class UndecidedWarning(UserWarning):
    """The trials do not show whether a classifier is robust enough."""


def assert_robust(
    classifier: object,
    data: "str | Path | Sequence[tuple[str, int]] | Dataset",
    attack: "str | Attack",
    *,
    max_drop: float,
    trials: int = 100,
    seed: int = 0,
    undecided: Literal["warn", "fail", "pass"] = "warn",
) -> None:
    """Fail where the trials show that accuracy drops by more than `max_drop` under the attack.

    The classifier is the name of a model, an object with `predict`, or a function of texts that answers with
    labels or probabilities; the data is what `--data` takes, or texts with their labels, counted from 0.

    Raises:
        AssertionError: the drop is larger; the message has its interval and three examples.
        UserError: the data, the attack or a number cannot be used.
    """
    __tracebackhide__ = True
    from robustaudit.engine.gate import Rule, judge
    from robustaudit.reports.pipelines import told

    rule = Rule(measure="max_drop", threshold=max_drop, where="assert_robust")
    with tempfile.TemporaryDirectory() as folder:
        stored = _audited(classifier, data, str(attack), Path(folder), trials=trials, seed=seed)
        verdict = judge(*stored, [rule])
    (check,) = verdict.checks
    text = "\n".join(told(check, replay=False))
    if check.verdict == "failed" or (check.verdict, undecided) == ("undecided", "fail"):
        raise AssertionError(text)
    if (check.verdict, undecided) == ("undecided", "warn"):
        more = f"; some {check.trials_needed:,} more trials would decide" if check.trials_needed else ""
        warnings.warn(f"undecided: {text.splitlines()[0]}{more}", UndecidedWarning, stacklevel=2)


def _audited(
    classifier: object, data: object, attack: str, folder: Path, *, trials: int, seed: int
) -> "tuple[Any, Any]":
    """The result and the trials of one model under one attack."""
    from robustaudit.attacks import parse_attack
    from robustaudit.engine import audit, make_plan, open_run

    dataset = _dataset(data)
    plan = make_plan(
        models=[_source(classifier, dataset)],
        attacks=[parse_attack(attack)],
        dataset=dataset,
        trials=trials,
        seed=seed,
    )
    return audit(plan, folder), open_run(folder).trials()


def _dataset(data: Any) -> "Dataset":  # noqa: ANN401
    from robustaudit.core.errors import UserError
    from robustaudit.core.records import Example
    from robustaudit.core.validation import check_at_least, check_unicode
    from robustaudit.datasets import Dataset, load

    if isinstance(data, Dataset):
        return data
    if isinstance(data, str | Path):
        return load(str(data))
    examples = []
    for place, row in enumerate(data):
        match row:
            case (str() as text, int() as label):
                check_unicode(f"text {place} of data", text)
                check_at_least(f"label {place} of data", label, 0)
                examples.append(Example(str(place), text, int(label), str(place)))
            case _:
                raise UserError(f"data must be texts with their labels, got {row!r} at {place}")
    return Dataset("data", tuple(examples))


def _source(classifier: object, dataset: "Dataset") -> "ModelSource":
    from robustaudit.core.errors import UserError
    from robustaudit.models import ForeignModel, resolve

    if isinstance(classifier, str):
        return resolve(classifier)
    predict = getattr(classifier, "predict", classifier)
    if not callable(predict):
        raise UserError(
            f"classifier must be a name, a function, or have a method `predict`, got {classifier!r}"
        )
    highest = max((example.label for example in dataset.audited), default=0)
    labels = getattr(classifier, "labels", None) or [str(label) for label in range(max(highest, 1) + 1)]
    name = getattr(classifier, "__name__", type(classifier).__name__)
    names = tuple(map(str, labels))
    return ForeignModel(
        name=name, title=name, labels=names, digest=name, make=lambda: _Answering(predict, names)
    )


class _Answering:
    """A function of the user's as a classifier."""

    def __init__(self, predict: Callable[[Sequence[str]], Any], labels: tuple[str, ...]) -> None:
        self._predict = predict
        self.labels = labels

    def predict(self, texts: Sequence[str]) -> Any:  # noqa: ANN401
        from robustaudit.models.adapters.answers import as_answer

        return as_answer(self._predict(texts), self.labels)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the option to run a gate."""
    group = parser.getgroup("robustaudit")
    group.addoption(
        "--robustaudit-gate",
        metavar="FILE",
        help="run the audit of this configuration file, and each rule of its gate as a test",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Have the gate's file looked at, whatever else is."""
    if (path := _gate(config)) and str(path) not in config.args:
        config.args.append(str(path))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "GateFile | None":
    """Take the gate's file for a file of tests."""
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
    """A configuration file: what it asks to be run, and the rules of its gate."""

    def collect(self) -> "Iterator[RuleItem]":
        from robustaudit.core.configuration import read_configuration
        from robustaudit.core.display import visible
        from robustaudit.core.errors import UserError
        from robustaudit.engine.gate import read_gate

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
    def verdict(self) -> "Verdict":
        """What the gate says of the run, which is made, or gone on with, as the command line would."""
        from robustaudit.engine.gate import read_verdict

        arguments = ("run", "--gate", "--config", str(self.path), "--json", "--quiet", "--no-annotations")
        command = [*_COMMAND, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (ours)
        if done.returncode not in _JUDGED:
            raise RuntimeError(done.stderr.strip())
        verdict = read_verdict(Path(json.loads(done.stdout)["gate"]["run"]))
        assert verdict is not None
        return verdict


class RuleItem(pytest.Item):
    """A rule of a gate, held against every model and attack that it selects."""

    rule: "Rule"

    def setup(self) -> None:
        """Run the audit here, so that what goes wrong in it is an error and no failure."""
        try:
            _ = self._file.verdict
        except RuntimeError as error:
            pytest.fail(str(error), pytrace=False)

    def runtest(self) -> None:
        from robustaudit.reports.pipelines import told

        found = [check for check in self._file.verdict.checks if check.rule == self.rule]
        failed = [check for check in found if check.verdict == "failed"]
        undecided = [check for check in found if check.verdict == "undecided"]
        policy = self._file.verdict.undecided
        if failed or (undecided and policy == "fail"):
            pytest.fail(_text(failed or undecided), pytrace=False)
        if undecided and policy == "warn":
            lines = (next(told(check)) for check in undecided)
            pytest.skip(f"undecided: {'; '.join(lines)}")

    def reportinfo(self) -> tuple[Path, int | None, str]:
        from robustaudit.reports.pipelines import Source

        source = Source(self.path.name, self.path.read_text(encoding="utf-8"))
        return self.path, source.line_of(self.rule) - 1, self.name

    @property
    def _file(self) -> GateFile:
        assert isinstance(self.parent, GateFile)
        return self.parent


def _text(checks: "Sequence[Check]") -> str:
    from robustaudit.reports.pipelines import told

    return "\n\n".join("\n".join(told(check)) for check in checks)
