"""What a gate says of an audit, in Python."""

from dataclasses import dataclass

from robustaudit.core.display import visible
from robustaudit.gate.verdict import Check, Outcome, Verdict
from robustaudit.reports import render_verdict
from robustaudit.reports.gate import first_reason, headline
from robustaudit.reports.page.inline import inline_verdict
from robustaudit.reports.printed import Printed


@dataclass(frozen=True, eq=False, repr=False)
class Judgement:
    """What a gate says of an audit: true where it passed, as the command line then leaves with 0.

    Undecided is true too, unless it was to fail.
    """

    verdict: Verdict

    @property
    def outcome(self) -> Outcome:
        """`passed`, `failed` or `undecided`."""
        return self.verdict.outcome

    @property
    def checks(self) -> tuple[Check, ...]:
        """Each rule held against each model and attack that it selects."""
        return self.verdict.checks

    @property
    def headline(self) -> str:
        """The outcome with its first reason, in a line."""
        why = first_reason(self.verdict)
        return visible(headline(self.verdict) + (f"; {why}" if why else ""))

    def table(self) -> Printed:
        """What `robustaudit gate` prints."""
        return Printed(lambda _: render_verdict(self.verdict))

    def __bool__(self) -> bool:
        return self.verdict.exit_code == 0

    def __str__(self) -> str:
        return str(self.table())

    def __repr__(self) -> str:
        return f"<{self.headline}>"

    def _repr_html_(self) -> str:
        return inline_verdict(self.verdict)
