"""Plain text files: lines as fastText reads them, or delimited ones, if it is sure which."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice

from robustaudit.core.display import short_repr
from robustaudit.core.spelling import option
from robustaudit.datasets.encodings import decoding_error
from robustaudit.datasets.fields import DELIMITERS
from robustaudit.datasets.table import InvalidRow, Table, TableRow, listed

LABEL = "__label__"
_LOOKED_AT = 100  # lines


def fasttext_table(lines: Iterator[str], encoding: str) -> Table:
    """The table of lines such as `__label__positive Works as it should.`."""
    rows = (_row(f"line {n}", line, encoding) for n, line in enumerate(lines, start=1) if line.strip())
    return Table(rows=rows, names=("text", "label"), format="fastText")


def _row(where: str, line: str, encoding: str) -> TableRow:
    """The text of a line, and its label at the beginning or the end."""
    if wrong := decoding_error(line, encoding):
        return InvalidRow(where, wrong)
    words = line.split()
    labels = [word for word in words if word.startswith(LABEL)]
    if len(labels) != 1:
        several = f"{len(labels)} labels, {listed(labels)}: leave the one class that an audit takes"
        return InvalidRow(where, several if labels else f"no label: begin it with {LABEL}")
    text = line.strip()
    if words[0] == labels[0]:
        text = text.removeprefix(labels[0])
    elif words[-1] == labels[0]:
        text = text.removesuffix(labels[0])
    else:
        return InvalidRow(where, f"the label {short_repr(labels[0])} is within the text: put it first")
    return where, {"text": text.strip(), "label": labels[0].removeprefix(LABEL)}


def plain_text_table(
    lines: Iterator[str],
    encoding: str,
    *,
    knows: Callable[[Sequence[str]], bool],
    delimited: Callable[[Iterator[str]], Table],
    sure: bool,
) -> Table:
    """The table of a file of any lines; if `sure`, options say that it is delimited.

    Raises:
        InvalidRow: it may be read in several ways, or holds no labels.
    """
    begun = list(islice(lines, _LOOKED_AT))
    whole = chain(begun, lines)
    written = [line.strip() for line in begun if line.strip()]
    first = written[0] if written else ""
    if any(line.startswith(LABEL) for line in written) and not sure:
        return fasttext_table(whole, encoding)
    header = any(knows(_fields(first, each)) for each in DELIMITERS.values())
    if sure or header or not written or first[:4].lower() == "sep=":
        return delimited(whole)
    number = next(number for number, line in enumerate(begun, start=1) if line.strip())
    raise InvalidRow(f"line {number}", _readings(written), broken=True)


def _fields(line: str, delimiter: str) -> list[str]:
    return [field.strip(' "') for field in line.split(delimiter)]


def _readings(lines: Sequence[str]) -> str:
    """What a file without known columns may be, and how to say so."""
    counts = {name: {line.count(each) for line in lines} for name, each in DELIMITERS.items()}
    even = [name for name, numbers in counts.items() if len(numbers) == 1 and 0 not in numbers]
    if not even:
        return f"a text in each line has no labels: begin it with {LABEL}, or write text,label as CSV"
    parted = f"{option('delimiter', even[0])} and {option('columns', 'text,label')}"
    what = f"may be a text in each line, without labels, or fields separated by {' or '.join(even)}"
    return f"{what}: for fields without a header give {parted}, with the name of each"
