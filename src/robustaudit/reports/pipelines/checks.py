"""Checks of a verdict for pipelines: lines, source locations, a step summary's limit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from robustaudit.core.display import visible
from robustaudit.gate.rules import Rule
from robustaudit.gate.verdict import Check
from robustaudit.reports.gate import most_telling, place, said
from robustaudit.reports.text import marked

_PLACE = re.compile(r"\[\[(?P<list>[^\]]+)\]\] (?P<number>\d+)|\[(?P<table>[^\]]+)\]")
_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class Source:
    """The file that the rules are from: its path below the repository's root, and its text."""

    path: str
    text: str = ""

    def line_of(self, rule: Rule) -> int:
        """The line, from 1 on, of the rule's measure; of its table, or the first, where it is not found."""
        place = _PLACE.search(rule.where)
        if place is None:
            return 1
        name, bracket = place["list"] or place["table"], "[[" if place["list"] else "["
        left, found = int(place["number"] or 1), 1
        for number, line in enumerate(self.text.splitlines(), 1):
            if header := _HEADER.match(line):
                if left == 0:
                    break
                if (header[1], re.sub(r"[\s\"']", "", header[2])) == (bracket, name):
                    left -= 1
                    found = number if left == 0 else found
            elif left == 0 and re.match(rf"\s*[\"']?{rule.measure}[\"']?\s*=", line):
                return number
        return found


def told(check: Check, *, replay: bool = True) -> Iterator[str]:
    """The reason with its figures, and the trials that break the rule, with the commands that redo them."""
    yield visible(f"model {check.model}, {place(check)}: {check.reason}")
    yield visible(f"{check.rule.title}, over {check.examples:,} changed examples")
    for breaking in most_telling([check]):
        yield ""
        yield marked(breaking.clean_text, breaking.edits, budget=400).plain
        yield visible(said(breaking))
        if replay:
            yield visible(breaking.replay)


STEP_SUMMARY_LIMIT = 1024 * 1024
"""The bytes that GitHub takes from one step; of a longer summary it shows nothing."""

_CUT = "\n\n*The rest was cut: a step summary holds 1 MiB.*\n"


def within(markdown: str, limit: int) -> str:
    """The text where it has at most `limit` bytes, else its first lines with a word on that."""
    if len(markdown.encode()) <= limit:
        return markdown
    room = limit - len(_CUT.encode())
    if room < 0:
        return ""
    head = markdown.encode()[:room]
    return head[: head.rfind(b"\n") + 1].decode() + _CUT
