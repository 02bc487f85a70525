"""Pieces of a page for notebooks: each carries its style, fits light and dark, and runs nothing."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from robustaudit.core.records import Perturbed
from robustaudit.gate.verdict import Verdict
from robustaudit.reports.gate import advice, headline, most_telling, not_kept
from robustaudit.reports.page.document import environment, inlined
from robustaudit.reports.page.view import of_result, pieces
from robustaudit.reports.trials import headline as number
from robustaudit.reports.trials import said
from robustaudit.runs.looking import Trial
from robustaudit.runs.result import Result


def inline(result: Result, *, notes: Sequence[str] = ()) -> str:
    """The drops of a run with their intervals, and a trial of each."""
    return _rendered("run", **of_result(result), notes=notes)


def inline_trials(trials: Sequence[Trial], *, total: int) -> str:
    """Trials with their edits marked, and what the model said."""
    return _rendered("trials", trials=trials, headline=number(len(trials), total), said=said)


def inline_draws(attack: str, draws: Sequence[Perturbed], *, total: int) -> str:
    """Draws of an attack with their edits marked."""
    return _rendered("draws", attack=attack, draws=draws, headline=number(len(draws), total, "draw"))


def inline_verdict(verdict: Verdict) -> str:
    """The outcome of a gate, its checks, and the trials that break a rule."""
    rules = [
        (rule, checks, most_telling(checks) if checks[0].verdict == "failed" else ())
        for rule, checks in not_kept(verdict)
    ]
    return _rendered(
        "verdict", verdict=verdict, headline=headline(verdict), advice=advice(verdict), rules=rules
    )


def _rendered(name: str, **values: Any) -> str:  # noqa: ANN401  (whatever the template knows)
    template = environment().get_template(f"inline/{name}.html")
    style = Markup(inlined("inline/style.css"))  # noqa: S704  (a file of our own)
    return template.render(values, style=style, pieces=pieces)
