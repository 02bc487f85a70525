"""A small finished run of stand-in models, on texts that would do harm where they were not inert."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fakes import FakeSource, LetterCounter
from robustaudit.attacks import parse_attack
from robustaudit.datasets import load
from robustaudit.reports.report import Report
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.plan import make_plan
from robustaudit.runs.stored_run import open_run, read_result

HOSTILE = (
    "<img src=x onerror=document.title='owned'> is what they serve here",
    "</script><script>document.title='owned'</script> and the waiter laughed",
    "<!-- <script> a comment that opens a script and never closes it",
    "the bill was \u202eruoy s'ti yas yeht\u202c twice what we owed",
    "red \x1b[31malert\x1b[0m and a bell \x07 in the night",
    '=HYPERLINK("http://example.com","pay") the cheese was fine',
    "{{ 7 * 7 }} ${7*7} `code` | bar | [link](javascript:alert(1)) \u2028 end",
    "Eine sehr sch\u00f6ne Stube, 好吃, \U0001f469\u200d\U0001f469\u200d\U0001f467 left here h\u200bappy",
)


class Refuses(LetterCounter):
    """A model that has no answer to a text with a certain word."""

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        if any("Stube" in text for text in texts):
            raise ValueError("not this one")
        return super().predict(texts)


def hostile_csv(path: Path) -> Path:
    """The texts as a table that the command line reads."""
    quoted = ('"' + text.replace('"', '""') + '"' for text in HOSTILE)
    lines = [f"{text},{number % 2}" for number, text in enumerate(quoted)]
    path.write_text("\n".join(["text,label", *lines]) + "\n", encoding="utf-8")
    return path


def hostile_report(
    folder: Path,
    *,
    attacks: Sequence[str] = ("qwerty@0.5", "zero_width@0.5", "homoglyph@0.5", "contract@0.5"),
    trials: int = 32,
) -> Report:
    """The report of two models that count letters, each attack with some draws of each text."""
    data = load(str(hostile_csv(folder / "data.csv")))
    models = [
        FakeSource(name="</script>1", make=Refuses),
        FakeSource(name="fake", title="<b>counts</b> \u202eletters", digest="d2"),
    ]
    plan = make_plan(
        data,
        models,
        [parse_attack(each) for each in attacks],
        trials=trials,
        examples=len(HOSTILE),
        error_policy=ErrorPolicy(on_error="skip"),
    )
    execute_plan(plan, folder / "run")
    return Report(run=open_run(folder / "run"), result=read_result(folder / "run"))
