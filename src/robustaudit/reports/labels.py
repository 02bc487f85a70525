"""How the labels of data were read as classes of models, in lines for each report."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from robustaudit.core.display import percent, visible
from robustaudit.reports.text import code
from robustaudit.runs.result import Result

_MOST = 12  # labels that a line tells

Named = Callable[[str], str]


def labels_read(result: Result, *, named: Named = visible) -> tuple[str, ...]:
    """What a reader should know of labels: the mapping where they were no names, and what speaks against it.

    `named` makes a name harmless where the line is shown.
    """
    return (*_mapped(result.plan, named), *label_doubts(result, named=named))


def labels_told(result: Result, *, named: Named = visible) -> tuple[str, ...]:
    """The same as lines that stand by themselves."""
    doubts = (line[:1].upper() + line[1:] for line in label_doubts(result, named=named))
    return (*(f"Labels: {line}" for line in _mapped(result.plan, named)), *doubts)


def label_doubts(result: Result, *, named: Named = visible) -> Iterator[str]:
    """Classes of models that no label of the data is, and models that are worse than one answer for all."""
    clean = {row.model: row.all.clean_accuracy for row in sorted(result.rows, key=lambda row: row.examples)}
    right = {model: accuracy.value for model, accuracy in clean.items() if accuracy}
    return _doubts(result.plan, right, named)


def markdown_doubts(result: Result) -> str:
    """What speaks against how labels were read, as paragraphs of Markdown."""
    return "".join(f"\n{line[:1].upper()}{line[1:]}.\n" for line in label_doubts(result, named=code))


def labels_scored(plan: Mapping[str, Any], right: Mapping[str, float]) -> tuple[str, ...]:
    """The same of models that were asked for clean texts alone, with the share of right answers of each."""
    return (*(f"labels: {line}" for line in _mapped(plan, visible)), *_doubts(plan, right, visible))


def _doubts(plan: Mapping[str, Any], right: Mapping[str, float], named: Named) -> Iterator[str]:
    labels = plan.get("labels", [])
    known = {label["number"] for label in labels}
    for model in plan["models"] if labels and plan["examples"] > 1 else ():
        rest = [name for number, name in enumerate(model["labels"]) if number not in known]
        if rest and model["labels_read_by"] != "data":
            yield f"no label of the data is {_listed(rest, named)}, which model {named(model['name'])} knows"
    examples: Counter[int] = Counter()
    for label in labels:
        examples[label["number"]] += label["examples"]
    if len(+examples) > 1:  # of one class every right answer is that one
        guessed = max(examples.values()) / examples.total()
        for model, share in right.items():
            yield from _swapped(model, share, guessed, named)


def _mapped(plan: Mapping[str, Any], named: Named) -> Iterator[str]:
    """The mapping for models whose classes labels name by their position, or which name no classes."""
    by_position: dict[str, list[str]] = {}
    by_data: list[str] = []
    for model in plan["models"]:
        read_by = model.get("labels_read_by")
        if read_by == "position":
            pairs = [
                f"{value} → {named(_class(model, label))}"
                for label in plan["labels"]
                for value in _values(label, named) or [_written(label, named)]
            ]
            by_position.setdefault(_listed(pairs, str), []).append(model["name"])
        elif read_by == "data":
            by_data.append(model["name"])
    for pairs_told, names in by_position.items():
        whose = "" if len(names) == len(plan["models"]) else f", of {_models(names, named)}"
        yield pairs_told + whose
    if by_data:
        own = [told for label in plan["labels"] for told in _of_data(label, named)]
        classes = _listed(own, str)
        verb = "name" if len(by_data) > 1 else "names"
        yield f"{classes}, which are those of the data: {_models(by_data, named)} {verb} no classes"


def _swapped(model: str, right: float, guessed: float, named: Named) -> Iterator[str]:
    if right < guessed:
        yield (
            f"labels may be swapped: model {named(model)} is right on {percent(right, beside=guessed)} % of "
            f"clean texts, and one answer for all would be on {percent(guessed, beside=right)} %"
        )


def _class(model: Mapping[str, Any], label: Mapping[str, Any]) -> str:
    return str(model["labels"][label["number"]])


def _written(label: Mapping[str, Any], named: Named) -> str:
    name = label["name"]
    return named(label["written"]) if name is None else f"{named(label['written'])} {named(name)}"


def _values(label: Mapping[str, Any], named: Named) -> list[str]:
    """What a label map made it of, as that stands in the data; nothing without a map."""
    return [named(value) for value in label["values"]]


def _of_data(label: Mapping[str, Any], named: Named) -> list[str]:
    """A label that is itself a class, with what a label map made it of."""
    own, values = _written(label, named), _values(label, named)
    return [own] if values in ([], [own]) else [f"{value} → {own}" for value in values]


def _listed(names: Sequence[str], named: Named) -> str:
    return ", ".join(map(named, names[:_MOST])) + (", …" if len(names) > _MOST else "")


def _models(names: Sequence[str], named: Named) -> str:
    *others, last = map(named, names)
    return f"models {', '.join(others)} and {last}" if others else f"model {last}"


def data_notes(result: Result) -> tuple[str, ...]:
    """The lines, of which any may quote the data."""
    return tuple(map(visible, result.plan["data"].get("notes", ())))


def data_told(result: Result) -> tuple[str, ...]:
    """The same as lines that stand by themselves."""
    return tuple(f"Data: {note}" for note in data_notes(result))
