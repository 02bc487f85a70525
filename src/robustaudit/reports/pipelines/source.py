"""Where a rule stands in its configuration file."""

import re
from dataclasses import dataclass

from robustaudit.engine.gate import Rule

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
