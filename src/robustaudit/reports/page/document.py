"""The page, from its templates."""

import base64
import hashlib
import re
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import TypeVar

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from robustaudit.core.display import percent, visible
from robustaudit.reports.page.explorer import explored
from robustaudit.reports.page.view import view
from robustaudit.reports.report import Report
from robustaudit.reports.retests import skipped
from robustaudit.reports.text import count, interval, value

T = TypeVar("T")

_MARKS = re.compile(r"(?<=[@,+>|()])")
_OPTION = re.compile(r"(?<= )(--[a-z-]+)")
_POLICY = (
    "default-src 'none'; script-src {script}; style-src {style}; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def html(report: Report) -> bytes:
    """The page: styles, script and trials are in it, and its policy allows nothing else."""
    style, script = inlined("page.css"), inlined("explorer.js")
    policy = _POLICY.format(style=_hash(style), script=_hash(script))
    template = environment().get_template("page.html")
    page = template.render(
        view(report),
        trials=explored(report),
        style=Markup(style),  # noqa: S704  (a file of our own)
        script=Markup(script),  # noqa: S704
        policy=policy,
    )
    return page.encode()


def inlined(name: str) -> str:
    """A file that lies among the templates."""
    return (resources.files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """The source expression of a content security policy that allows an element with just this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def environment() -> Environment:
    """What reads the templates, and escapes what is put into them."""
    made = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"visible": visible, "breakable": _breakable, "count": count, "code_point": _code_point}
    made.filters |= {"command": _command, "minus": _minus, "skipped": skipped}
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


def _printed(told: Callable[[T], str]) -> Callable[[T], str]:
    return lambda figure: _minus(told(figure))


def _minus(figure: str) -> str:
    """A figure as print has it: with a minus, not a hyphen."""
    return figure.replace("-", "−")
