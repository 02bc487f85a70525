"""A verdict as GitHub's workflow commands: one annotation for each rule that is not kept."""

from collections.abc import Iterator, Sequence

from robustaudit.core.display import visible
from robustaudit.gate.rules import Rule
from robustaudit.gate.verdict import Check, Undecided, Verdict
from robustaudit.reports.gate import advice, headline, most_telling, not_kept, place
from robustaudit.reports.pipelines.checks import Source
from robustaudit.reports.text import count

_MOST = 10  # reasons in an annotation; GitHub folds long ones
_OF_UNDECIDED: dict[Undecided, str] = {"warn": "warning", "fail": "error", "pass": "notice"}


def annotations(verdict: Verdict, source: Source) -> Iterator[str]:
    """Lines for the runner to read: what failed first, and the outcome where all is kept."""
    for rule, checks in not_kept(verdict):
        level = "error" if checks[0].verdict == "failed" else _OF_UNDECIDED[verdict.undecided]
        yield _command(
            level,
            "\n".join(_told(checks)),
            file=source.path,
            line=str(source.line_of(rule)),
            title=_title(rule, checks),
        )
    if verdict.exit_code == 0:
        yield _command("notice", "\n".join(filter(None, (headline(verdict), advice(verdict)))), title="Gate")


def _title(rule: Rule, checks: Sequence[Check]) -> str:
    return f"{checks[0].verdict}: {rule.title}"


def _told(checks: Sequence[Check]) -> Iterator[str]:
    for check in checks[:_MOST]:
        yield f"model {check.model}, {place(check)}: {check.reason}"
    if len(checks) > _MOST:
        yield f"and {count(len(checks) - _MOST, 'more check')}"
    for breaking in most_telling(checks)[:1]:
        yield f"replay: {breaking.replay}"


def _command(level: str, message: str, **properties: str) -> str:
    told = ",".join(f"{name}={escape_property(value)}" for name, value in properties.items())
    return f"::{level} {told}::{escape(message)}"


def escape(message: str) -> str:
    """The message of a command: its lines made safe to show, and kept together."""
    shown = "\n".join(map(visible, message.split("\n")))
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(value: str) -> str:
    """The value of a property of a command, in which a colon or comma would end it."""
    return escape(value).replace(":", "%3A").replace(",", "%2C")
