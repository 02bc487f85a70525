"""Text from outside within Markdown: shown as code, in which nothing is obeyed."""

import re

from robustaudit.core.display import visible

_TICKS = re.compile("`+")


def code(text: str, *, cell: bool = False) -> str:
    """The text as a span of code, whatever ticks it holds; in a cell of a table a bar would end it."""
    shown = visible(text).replace("|", "\\|") if cell else visible(text)
    fence = "`" * (max(map(len, _TICKS.findall(shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
