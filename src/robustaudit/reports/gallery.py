"""The list of perturbations as a Markdown table, as the docs quote it."""

from collections.abc import Iterable

from robustaudit.attacks import Example, Parameter, PerturbationEntry

_HEAD = ("name", "family", "an edit of it", "example", "meaning", "parameters, the default first")


def perturbations_markdown(entries: Iterable[PerturbationEntry]) -> str:
    """A table of perturbations, one a line."""
    return markdown(_HEAD, map(_row, entries))


def markdown(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table of Markdown; a bar in a cell must be escaped."""
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ("---",) * len(head), *rows))


def _row(entry: PerturbationEntry) -> tuple[str, ...]:
    parameters = "<br>".join(map(_parameter, entry.parameters)) or "–"
    example = _example(entry.example) if entry.example else "–"
    description = entry.description.replace("|", r"\|")
    return _code(entry.name), entry.family, description, example, entry.meaning, parameters


def _example(example: Example) -> str:
    return f"{_code(example.before)} → {_code(example.after)}"


def _parameter(parameter: Parameter) -> str:
    if not parameter.choices:
        return f"`{parameter.name}`: {_value(parameter.default)}"
    others = [_value(choice) for choice in parameter.choices if choice != parameter.default]
    return f"`{parameter.name}`: {', '.join((_value(parameter.default), *others))}"


def _value(value: str | float) -> str:
    return f"{value}".lower() if isinstance(value, bool) else f"{value}"


def _code(text: str) -> str:
    """A text in backticks, two where it has one itself; a bar would end the cell."""
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}".replace("|", r"\|")
