"""What was said of data while it was read: columns that were guessed, rows that were passed over."""

from robustaudit.core.display import visible
from robustaudit.engine import Result


def data_notes(result: Result) -> tuple[str, ...]:
    """The lines, of which any may quote the data."""
    return tuple(map(visible, result.plan["data"].get("notes", ())))


def data_told(result: Result) -> tuple[str, ...]:
    """The same as lines that stand by themselves."""
    return tuple(f"Data: {note}" for note in data_notes(result))
