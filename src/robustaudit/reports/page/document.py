"""The report page, and pieces of it for notebooks, from their templates."""

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from typing import Any, TypeVar

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from robustaudit.core.display import percent, visible
from robustaudit.core.records import PerturbedText
from robustaudit.gate.verdict import Verdict
from robustaudit.reports.gate_report import (
    advice,
    counterexamples_of,
    headline,
    not_applicable,
    uncovered,
    unmet_rules,
)
from robustaudit.reports.gate_text import reason
from robustaudit.reports.notes import no_figure, skipped_counts
from robustaudit.reports.page.explorer import embedded_trials
from robustaudit.reports.page.view import of_result, pieces, view
from robustaudit.reports.report import Report
from robustaudit.reports.terminal import test_accuracy
from robustaudit.reports.text import count, flip_text, interval, sentence, value
from robustaudit.reports.trial_report import prediction_text
from robustaudit.reports.trial_report import shown_of_total as number
from robustaudit.runs.result import Result
from robustaudit.runs.trial import Trial

T = TypeVar("T")

_MARKS = re.compile(r"(?<=[@,+>|()])")
_OPTION = re.compile(r"(?<= )(--[a-z-]+)")
_POLICY = (
    "default-src 'none'; script-src {script}; style-src {style}; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def html(report: Report) -> bytes:
    """The page: styles, script and trials are in it, and its policy allows nothing else."""
    version = report.result.plan["robustaudit"]
    return page("page", "explorer.js", version=version, **view(report), trials=embedded_trials(report))


def page(name: str, script: str | None = None, **values: Any) -> bytes:  # noqa: ANN401  (as in _rendered)
    """A page of its own in the common frame, with a script that lies among the templates."""
    style, code = inlined("page.css"), inlined(script) if script else ""
    policy = _POLICY.format(style=_hash(style), script=_hash(code) if code else "'none'")
    text = (
        environment()
        .get_template(f"{name}.html")
        .render(
            values,
            style=Markup(style),  # noqa: S704  (files of our own)
            script=Markup(code),  # noqa: S704
            policy=policy,
        )
    )
    return text.encode()


def inlined(name: str) -> str:
    """A file that lies among the templates."""
    return (resources.files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """The source expression of a content security policy that allows an element with just this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def environment() -> Environment:
    """The environment of the templates; it escapes what is put into them."""
    made = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"visible": visible, "breakable": _breakable, "count": count, "code_point": _code_point}
    made.filters |= {"reason": reason}
    made.filters |= {"command": _command, "minus": _minus, "skipped_counts": skipped_counts}
    made.filters |= {"flip": flip_text, "no_figure": no_figure, "test_accuracy": test_accuracy}
    made.filters |= {"percent": _printed(percent), "value": _printed(value), "interval": _printed(interval)}
    return made


def _breakable(name: str) -> Markup:
    """A name of an attack, which may be long: lines break behind its marks."""
    return Markup("<wbr>").join(map(escape, _MARKS.split(visible(name))))


def _command(command: str) -> Markup:
    """A command line, whose options do not break at their hyphens."""
    parts = map(escape, _OPTION.split(visible(command)))
    return Markup().join(
        Markup('<span class="whole">{}</span>').format(part) if place % 2 else part
        for place, part in enumerate(parts)
    )


def _code_point(character: str) -> str:
    return f"U+{ord(character):04X}"


def _printed(text_of: Callable[[T], str]) -> Callable[[T], str]:
    return lambda figure: _minus(text_of(figure))


def _minus(figure: str) -> str:
    """A figure as print has it: with a minus, not a hyphen."""
    return figure.replace("-", "−")


def inline(result: Result, *, notes: Sequence[str] = ()) -> str:
    """The drops of a run with their intervals, and a trial of each."""
    return _rendered("run", **of_result(result), notes=notes)


def inline_trials(trials: Sequence[Trial], *, total: int) -> str:
    """Trials with their edits marked, and the predictions."""
    return _rendered(
        "trials", trials=trials, headline=number(len(trials), total), prediction_text=prediction_text
    )


def inline_draws(attack: str, draws: Sequence[PerturbedText], *, total: int) -> str:
    """Draws of an attack with their edits marked."""
    return _rendered("draws", attack=attack, draws=draws, headline=number(len(draws), total, "draw"))


def inline_verdict(verdict: Verdict) -> str:
    """The outcome of a gate, its checks, and counterexamples to each failed rule."""
    rules = [(rule, checks, counterexamples_of(checks)) for rule, checks in unmet_rules(verdict)]
    left_out, left = not_applicable(verdict), uncovered(verdict)
    more = [*([f"not applicable: {left_out}"] if left_out else []), *([left] if left else [])]
    return _rendered(
        "verdict",
        verdict=verdict,
        headline=headline(verdict),
        advice=advice(verdict),
        more=list(map(sentence, more)),
        rules=rules,
    )


def _rendered(name: str, **values: Any) -> str:  # noqa: ANN401  (whatever the template knows)
    template = environment().get_template(f"inline/{name}.html")
    style = Markup(inlined("inline/style.css"))  # noqa: S704  (a file of our own)
    return template.render(values, style=style, pieces=pieces)
