"""Quotes that may hold a line break, or be signs in lines that are rows each: `1,"Good` and `0,bad"`."""

from collections.abc import Sequence

from robustaudit.datasets.table import BadRow

_MOST = 1000  # labels, and rows in doubt, that are remembered
_LONGEST_LABEL = 100  # characters


class QuotedLines:
    """Tells rows that can be read in two ways: in each of their lines stands a label of other rows, too."""

    def __init__(self, delimiter: str, columns: int, label: int) -> None:
        self._delimiter, self._columns, self._label = delimiter, columns, label
        self._labels: set[str] = set()
        self._in_doubt: list[tuple[int, set[str], int]] = []  # the line, the labels and the number of each

    def look_at(self, number: int, lines: Sequence[str]) -> None:
        """Take in the lines of a row, of which the first has that number.

        Raises:
            BadRow: it, or a row before, can be read in two ways.
        """
        found = {self._label_of(line) for line in lines}
        known = found <= self._labels
        if "" in found or (known and len(lines) == 1):
            return
        if len(lines) == 1 and len(self._labels) < _MOST:
            self._labels |= found
        elif len(lines) > 1 and len(self._in_doubt) < _MOST:
            self._in_doubt.append((number, found, len(lines)))
        for line, labels, several in self._in_doubt:
            if labels <= self._labels:
                what = f"with the next {several - 1} one row, whose quotes hold line breaks"
                other = f"or {several} rows, in which quotes are signs: give --no-quotes if they are rows"
                raise BadRow(f"line {line}", f"{what}, {other}, else write JSON Lines", broken=True)

    def _label_of(self, line: str) -> str:
        """The label that a line has where quotes are signs, as it is written; nothing where it has none."""
        fields = line.rstrip("\r\n").split(self._delimiter)
        label = fields[self._label].strip() if len(fields) == self._columns else ""
        return label if len(label) <= _LONGEST_LABEL else ""
