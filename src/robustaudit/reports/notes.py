"""Notes on a run: how labels were read, repeat checks of the models, skipped trials."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from robustaudit.core.display import percent, visible
from robustaudit.reports.text import code, count, interval, value
from robustaudit.runs.result import RepeatCheck, Result, Row

_MISSED = 0.05  # the chance that noise stays unseen


def repeat_check_lines(result: Result, *, named: Callable[[str], str] = visible) -> Iterator[str]:
    """What came of asking again: a line for the models that answered alike, and for each that did not.

    `named` makes a model's name harmless where the line is shown.
    """
    alike = [found for found in result.retests if found.texts and not found.is_noisy]
    for part in ([each for each in alike if each.difference is not None], _of_labels_alone(alike)):
        if part:
            whose = "" if len(result.retests) == 1 else f" of {_models_of(part, named)}"
            asked = f"twice, {_texts(part)}" if result.plan["examples"] > 1 else "again, the clean text"
            yield f"Asked {asked}{whose} had the same answer each time{_unseen(part)}."
    if unknown := [found for found in result.retests if not found.texts]:
        yield f"No clean text of {_models_of(unknown, named)} was asked twice."
    for found in result.retests:
        yield from inconsistency_lines(found, named=named)


def any_noise(result: Result) -> bool:
    """Whether a report has a column for noise."""
    return any(row.on_changed.noise is not None for row in result.rows)


def inconsistency_lines(found: RepeatCheck, *, named: Callable[[str], str] = visible) -> Iterator[str]:
    """A line for each way in which a model does not answer alike."""
    if found.is_noisy:
        yield _noisy(found, named)
    if found.batch_dependence == "found":
        yield batch_dependence_line(found, named=named)


def batch_dependence_line(found: RepeatCheck, *, named: Callable[[str], str] = visible) -> str:
    """That a model's answers depend on the texts beside them, and what helps."""
    apart = f" by up to {found.batch_difference:.2g}" if found.batch_difference is not None else ""
    return (
        f"Model {named(found.model)} answers a text otherwise{apart} beside other texts than alone: "
        "its figures depend on the batches; --batch-size 1 asks each text alone."
    )


def _of_labels_alone(found: Sequence[RepeatCheck]) -> list[RepeatCheck]:
    return [each for each in found if each.difference is None]


def _unseen(found: Sequence[RepeatCheck]) -> str:
    """How much noise may hide behind answers that are labels alone: probabilities would show any."""
    if not _of_labels_alone(found):
        return ""
    texts = min(each.texts for each in found)
    hidden = 100 * (1 - _MISSED ** (1 / texts))
    return f"; as they are labels alone, noise of up to {hidden:.0f} % may hide"


def _noisy(found: RepeatCheck, named: Callable[[str], str]) -> str:
    told = f"Model {named(found.model)} contradicts itself: asked twice"
    if found.noise is None:
        return f"{told}, {found.differed:,} of {count(found.texts, 'clean text')} had another answer."
    moved = f", probabilities move by up to {found.difference:.2g}" if found.difference else ""
    return f"{told}, {value(found.noise)} % {interval(found.noise)} of clean texts have another class{moved}."


def _texts(alike: Sequence[RepeatCheck]) -> str:
    numbers = sorted({found.texts for found in alike})
    most = count(numbers[-1], "clean text")
    return most if len(numbers) == 1 else f"{numbers[0]:,} to {most}"


def _models_of(found: Sequence[RepeatCheck], named: Callable[[str], str]) -> str:
    *names, last = (named(each.model) for each in found)
    return f"models {', '.join(names)} and {last}" if names else f"model {last}"


def skipped_lines(result: Result, *, named: Callable[[str], str] = visible) -> Iterator[str]:
    """How many were skipped, and for each model the attacks that took its answer away.

    `named` makes the name of a model or an attack harmless where the line is shown.
    """
    if skipped := sum(row.skipped for row in result.rows):
        yield f"{count(skipped, 'trial')} skipped: a model did not answer; no measure counts them."
    for model in dict.fromkeys(row.model for row in result.rows if row.no_answer):
        lost = [row for row in result.rows if row.model == model and row.no_answer]
        trials = count(sum(row.no_answer for row in lost), "trial")
        each = ", ".join(f"{named(row.attack)} {row.no_answer:,} of {row.trials:,}" for row in lost)
        yield (
            f"Model {named(model)} answered the clean texts of {trials} and not the perturbed ones: "
            f"it replied without an answer, as where it refuses: {each}."
        )


def skipped_counts(row: Row) -> tuple[str, ...]:
    """What a row says of its trials that are in no figure: those without an answer, and others."""
    others = row.skipped - row.no_answer
    parts = ((row.no_answer, "no answer"), (others, "skipped"))
    return tuple(f"{number:,} {what}" for number, what in parts if number)


_MOST = 12  # labels that a line tells

Named = Callable[[str], str]


def label_lines(result: Result, *, named: Named = visible) -> tuple[str, ...]:
    """What a reader should know of labels: the mapping where they were no names, and what speaks against it.

    `named` makes a name harmless where the line is shown.
    """
    return (*_mapped(result.plan, named), *label_warnings(result, named=named))


def label_sentences(result: Result, *, named: Named = visible) -> tuple[str, ...]:
    """The same as lines that stand by themselves."""
    doubts = (line[:1].upper() + line[1:] for line in label_warnings(result, named=named))
    return (*(f"Labels: {line}" for line in _mapped(result.plan, named)), *doubts)


def label_warnings(result: Result, *, named: Named = visible) -> Iterator[str]:
    """Classes of models that no label of the data is, and models that are worse than one answer for all."""
    clean = {
        row.model: row.on_all.clean_accuracy for row in sorted(result.rows, key=lambda row: row.examples)
    }
    right = {model: accuracy.value for model, accuracy in clean.items() if accuracy}
    return _doubts(result.plan, right, named)


def label_warnings_markdown(result: Result) -> str:
    """What speaks against how labels were read, as paragraphs of Markdown."""
    return "".join(f"\n{line[:1].upper()}{line[1:]}.\n" for line in label_warnings(result, named=code))


def clean_label_lines(plan: Mapping[str, Any], right: Mapping[str, float]) -> tuple[str, ...]:
    """The same of models that were asked for clean texts alone, with the share of right answers of each."""
    return (*(f"labels: {line}" for line in _mapped(plan, visible)), *_doubts(plan, right, visible))


def _doubts(plan: Mapping[str, Any], right: Mapping[str, float], named: Named) -> Iterator[str]:
    labels = plan.get("labels", [])
    known = {label["number"] for label in labels}
    for model in plan["models"] if labels and plan["examples"] > 1 else ():
        rest = [name for number, name in enumerate(model["labels"]) if number not in known]
        if rest and model["labels_matched_by"] != "data":
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
        read_by = model.get("labels_matched_by")
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


def data_sentences(result: Result) -> tuple[str, ...]:
    """The same as lines that stand by themselves."""
    return tuple(f"Data: {note}" for note in data_notes(result))
