"""Repairs of models in memory that read one word or one character."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import robustaudit
from robustaudit.api.repairing import Repair

LOVED = [(f"we love number {place}", "positive") for place in range(40)]
OTHERS = [(f"not my number {place}", "negative") for place in range(40)]
DATA = [*LOVED, *OTHERS]
INVISIBLE = "\u200b"
MARKED = [(f"we love{INVISIBLE} number {place}", "positive") for place in range(40)] + OTHERS


def judge(texts: Sequence[str]) -> list[str]:
    """Positive where a text has the word `love`."""
    return ["positive" if "love" in text.split() else "negative" for text in texts]


def reads_marks(texts: Sequence[str]) -> list[str]:
    """Positive where a text has the invisible character that `strip` removes."""
    return ["positive" if INVISIBLE in text else "negative" for text in texts]


def repaired(
    output: Path,
    *,
    model: Callable[[Sequence[str]], list[str]] = judge,
    data: Sequence[tuple[str, str]] = DATA,
    attacks: Sequence[str] = ("zero_width@1",),
    **options: Any,
) -> Repair:
    """The repair of a model in memory, after its audit."""
    run = robustaudit.audit(
        {"judge": model}, data, attacks=list(attacks), trials=len(data), output=output / "run", progress=False
    )
    given = {"hold_out": ["homoglyph@1"], "defences": "nfkc,strip,fold", "worst_examples": 4, "budget": 6}
    return robustaudit.repair(
        run, data, model=model, output=output / "repair", progress=False, **(given | options)
    )
