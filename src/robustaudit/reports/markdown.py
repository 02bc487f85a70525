"""Text from outside within Markdown: shown, never obeyed."""

import re

from robustaudit.core.display import visible

_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&@:$^=])")
_TICKS = re.compile("`+")


def escaped(text: str) -> str:
    """The text with a backslash before every mark that Markdown, or HTML within it, would obey."""
    return _MARKS.sub(r"\\\1", visible(text))


def code(text: str) -> str:
    """The text as a span of code, whatever ticks it holds; a bar would end the cell of a table."""
    shown = visible(text).replace("|", "\\|")
    fence = "`" * (max(map(len, _TICKS.findall(shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
