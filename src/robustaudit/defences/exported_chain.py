"""A chain of defences as a file of its own, for services that have no robustaudit."""

import inspect
import json
from importlib.metadata import version
from pprint import pformat
from textwrap import indent
from typing import Any, NamedTuple

from robustaudit.core.calls import format_call, parameters_of
from robustaudit.core.errors import UserError
from robustaudit.core.version import __version__
from robustaudit.defences.chain import Chain
from robustaudit.defences.defence import DEFENCES, CleaningRule, Defence, RuleDefence
from robustaudit.defences.source_code import SourceCode
from robustaudit.defences.vote import Vote

_OURS = "robustaudit"
_WIDTH = 108


class ExportedStep(NamedTuple):
    """A defence as it is written, what it does, and how."""

    defence: str
    does: str
    rule: CleaningRule

    @classmethod
    def of(cls, defence: Defence) -> "ExportedStep":
        name = DEFENCES.name_of(type(defence))
        if isinstance(defence, Vote):
            raise UserError("a vote queries the model and cannot be exported: leave it out")
        if not isinstance(defence, RuleDefence) or type(defence).__module__.partition(".")[0] != _OURS:
            raise UserError(f"defence {name!r} is of another package and cannot be exported: leave it out")
        does = " ".join((inspect.getdoc(type(defence)) or "").split())
        return cls(format_call(name, parameters_of(defence)), does, defence.rule())

    def call(self) -> str:
        """The call in Python that makes the step; in ASCII, as tables hold what cannot be seen."""
        given = [f"    {name}={_literal(value)},\n" for name, value in self.rule.values.items()]
        return "".join((self.rule.make.__name__, "(", "\n" * bool(given), *given, ")"))

    def as_json(self) -> dict[str, Any]:
        """The step with its tables, and the name of the function that makes it of them."""
        make, values, _ = self.rule
        return {"defence": self.defence, "does": self.does, "make": make.__name__, "values": values}


class ExportedChain:
    """A chain of our own defences, with all data and code that they need.

    Raises:
        UserError: a defence is of another package, or a file that one needs cannot be read.
    """

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.steps = list(map(ExportedStep.of, chain.defences))
        self.code = SourceCode([step.rule.make for step in self.steps], package=_OURS)
        self.notices = list(dict.fromkeys(step.rule.notice for step in self.steps if step.rule.notice))
        self.packages = {package: version(package) for package in self.code.packages()}

    def as_module(self) -> str:
        """A Python module with a function `clean(text)`."""
        steps = "".join(indent(f"\n{step.call()},", "    ") for step in self.steps)
        return f'''"""{self._head()}"""

{self.code}

CHAIN = {str(self.chain)!a}
DIGEST = "{self.chain.digest}"

_STEPS = ({steps}
)


def clean(text: str) -> str:
    """The text as a model behind this chain reads it."""
    for step in _STEPS:
        text = step(text)
    return text
'''

    def as_json(self) -> str:
        """The steps in order with their tables, and the code in Python that carries them out."""
        content = {
            "chain": str(self.chain),
            "digest": self.chain.digest,
            _OURS: __version__,
            "packages": self.packages,
            "notices": self.notices,
            "steps": [step.as_json() for step in self.steps],
            "python": str(self.code),
        }
        return json.dumps(content, indent=2) + "\n"

    def _head(self) -> str:
        pins = " ".join(f"{package}=={number}" for package, number in self.packages.items())
        lines = [
            f"Cleans texts as these defences of robustaudit do: {self.chain}",
            "",
            f"Written by robustaudit {__version__} (export-defence); DIGEST below tells versions apart.",
            f"It needs Python 3.11 or later{f', and pip install {pins}' if pins else ''}.",
            "Code: Apache-2.0, by the robustaudit developers.",
            *self.notices,
            "",
        ]
        return "\n".join(lines).replace("\\", "\\\\").replace('"', '\\"')


def _literal(value: object) -> str:
    written = indent(pformat(value, width=_WIDTH, compact=True), "    ").lstrip()
    return "".join(sign if sign.isascii() else ascii(sign)[1:-1] for sign in written)
