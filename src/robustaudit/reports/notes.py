"""Notes on a run: significance, how many edits attacks make, repeat checks, skipped trials, labels."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from robustaudit.core.display import percent, visible
from robustaudit.core.spelling import option
from robustaudit.datasets import number_of_label
from robustaudit.reports.text import code, count, interval, listed, sentence, value
from robustaudit.runs.findings import Named
from robustaudit.runs.result import RepeatCheck, Result, Row
from robustaudit.statistics.measures import FEW_EXAMPLES, Estimate

_REAL_ERRORS = re.compile(r"human(\([^()]*\))?@[\d.]+")
_MISSED = 0.05  # the chance that noise stays unseen
_MOST = 12  # labels that a line shows


def significance_line(result: Result) -> Iterator[str]:
    """The test behind `significant`, where the run has any; and why a CI above 0 may be n.s."""
    if not result.corrections:
        return
    tests = count(result.corrections[0].tests, "test")
    yield f"Significant: drop > 0 (one-sided p < 0.025, Holm over {tests}); n.s.: not significant."
    if any(row.significance == "n.s." and row.drop and (row.drop.low or 0) > 0 for row in result.rows):
        yield (
            f"A CI above 0 is not always significant: each is for its row alone, and of {tests} some may "
            "exclude 0 by chance, so that significance takes stronger evidence."
        )


def one_example_lines(result: Result) -> Iterator[str]:
    """What a run of one text can say."""
    if any(row.interval_unit == "draw" for row in result.rows):
        yield "One example alone: each figure is about further draws of this text, not about other texts."


def in_use_lines(result: Result, *, named: Named = visible) -> Iterator[str]:
    """What the drop under errors that people make comes to, in a million such texts."""
    real = {each["name"] for each in result.plan["attacks"] if _REAL_ERRORS.fullmatch(each["expression"])}
    for row in result.rows:
        if row.attack in real and row.drop and row.drop.low is not None and row.drop.high is not None:
            more, low, high = (
                f"{round(1e6 * share, -2):,.0f}" for share in (row.drop.value, row.drop.low, row.drop.high)
            )
            yield (
                f"Of a million such texts, each with the errors of {named(row.attack)}, model "
                f"{named(row.model)} gets {more} more wrong than without these [{low}, {high}]."
            )


def no_figure(row: Row) -> str:
    """Why a row has no drop."""
    return "no prediction for any changed text" if row.skipped else "not applicable to any text"


def strength_lines(result: Result) -> tuple[str, ...]:
    """How many edits the attacks make, by the rates of their parts."""
    rates = sorted({rate for attack in result.plan["attacks"] for rate in attack["rates"]})
    if not rates:
        return ()
    share = _from_to(f"{100 * rate:.4g}%" for rate in rates)
    return (
        f"as many edits as {share} of the words of a text, at least one (rate {_from_to(map(str, rates))})",
    )


def strength_sentences(result: Result) -> tuple[str, ...]:
    """Strength lines as sentences that stand by themselves."""
    return tuple(f"Attacks make {line}." for line in strength_lines(result))


def _from_to(values: Iterable[str]) -> str:
    """The first and last of several values, or the only one."""
    first, *others = values
    return f"{first} to {others[-1]}" if others else first


def form_lines(result: Result, *, named: Named = visible) -> tuple[str, ...]:
    """The form of each model that was tried in another than the plain one, and what its check found."""
    return tuple(f"{named(found.model)}: {found}" for found in result.forms)


def form_sentences(result: Result, *, named: Named = visible) -> tuple[str, ...]:
    """Form lines as sentences that stand by themselves."""
    return tuple(f"Form of model {line}." for line in form_lines(result, named=named))


def any_noise(result: Result) -> bool:
    """Whether a report has a column for noise."""
    return any(row.on_changed.noise is not None for row in result.rows)


def repeat_check_lines(result: Result, *, named: Named = visible) -> Iterator[str]:
    """The repeat check: a line for the models that repeated all predictions, and one for each other."""
    return repeat_lines(result.retests, examples=result.plan["examples"], named=named)


def repeat_lines(found: Sequence[RepeatCheck], *, examples: int, named: Named = visible) -> Iterator[str]:
    """The repeat checks of all models, over that many examples."""
    alike = [each for each in found if each.texts and not each.is_noisy]
    for part in ([each for each in alike if each.difference is not None], _of_labels_alone(alike)):
        if part:
            whose = "" if len(found) == 1 else f" of {_models([each.model for each in part], named)}"
            texts = _texts(part) if examples > 1 else "the clean text"
            yield f"Repeat check: same prediction for {texts}{whose}{_unseen(part)}."
    if unknown := [each.model for each in found if not each.texts]:
        yield f"Repeat check: no clean text of {_models(unknown, named)} was queried twice."
    for each in found:
        yield from inconsistency_lines(each, named=named)


def inconsistency_lines(found: RepeatCheck, *, named: Named = visible) -> Iterator[str]:
    """A line for each way in which a model's predictions differ when it is queried again."""
    if found.is_noisy:
        yield _noisy(found, named)
    if found.batch_dependence == "found":
        yield batch_dependence_line(found, named=named)


def noise_check_line(model: str) -> str:
    """A model may be noisy, which is measured."""
    return f"model {model}: the clean text of each draw is queried again, to measure noise"


def batch_dependence_line(found: RepeatCheck, *, named: Named = visible) -> str:
    """A warning that a model's predictions depend on the batch, with the remedy."""
    by = f" by up to {found.batch_difference:.2g}" if found.batch_difference is not None else ""
    return (
        f"Predictions of model {named(found.model)} depend on the batch: they differ{by} between batches, "
        "and so may its figures; batch size 1 queries each text alone."
    )


def _of_labels_alone(found: Sequence[RepeatCheck]) -> list[RepeatCheck]:
    return [each for each in found if each.difference is None]


def _unseen(found: Sequence[RepeatCheck]) -> str:
    """How much noise may hide behind predictions without probabilities: these would show any."""
    if not _of_labels_alone(found):
        return ""
    texts = min(each.texts for each in found)
    hidden = 100 * (1 - _MISSED ** (1 / texts))
    return (
        "; without the probabilities of all classes (the score of a top label alone is not used), "
        f"noise of up to {hidden:.0f}% may be hidden"
    )


def _noisy(found: RepeatCheck, named: Named) -> str:
    head = f"Model {named(found.model)} gives different predictions for the same text"
    if found.noise is None:
        return f"{head}: {found.differed:,} of {count(found.texts, 'clean text')} queried twice."
    moved = f", probabilities change by up to {found.difference:.2g}" if found.difference else ""
    return f"{head}: {value(found.noise)}% {interval(found.noise)} of clean texts change class{moved}."


def _texts(alike: Sequence[RepeatCheck]) -> str:
    numbers = sorted({found.texts for found in alike})
    most = count(numbers[-1], "clean text")
    return f"{'all ' * (numbers[-1] > 1)}{most}" if len(numbers) == 1 else f"{numbers[0]:,} to {most}"


def truncation_lines(result: Result, *, named: Named = visible) -> Iterator[str]:
    """The models that do not read some texts to their end."""
    return cut_lines(result.retests, named=named)


def cut_lines(checks: Sequence[RepeatCheck], *, named: Named = visible) -> Iterator[str]:
    """The models whose checks say that they do not read some texts to their end."""
    for model, found in ((each.model, each.truncation) for each in checks):
        if found and found.truncated:
            verb = "is" if found.truncated == 1 else "are"
            longer = f"{found.truncated:,} of {count(found.texts, 'text')} {verb} longer"
            yield (
                f"Model {named(model)} reads at most {found.max_tokens:,} tokens of a text: {longer}; "
                "what follows is not read, and edits there change no prediction."
            )


def smallest_failure_lines(result: Result) -> Iterator[str]:
    """Of how many failing trials the smallest failure was found, and how many edits that left."""
    failing = sum(each.failing for each in result.smallest_failures)
    found = [each for of_model in result.smallest_failures for each in of_model.found]
    number = sum(each.trials for each in found)
    if not failing or result.plan["minimal"] == "none":
        return
    more = "" if number == failing else f" ({option('minimal', 'all')} finds all)"
    told = f"Smallest failures: found for {number:,} of {count(failing, 'failing trial')}{more}"
    several = [each for each in found if each.edits > 1]
    if not several:
        yield f"{told}."
        return
    before, after = (
        median(size for each in several for size in [getattr(each, name)] * each.trials)
        for name in ("edits", "smallest")
    )
    yield f"{told}; of those with several edits, from a median of {before:g} to {after:g}."


def skipped_lines(result: Result, *, named: Named = visible) -> Iterator[str]:
    """How many trials were skipped, and for each model the attacks after which it gave no prediction."""
    if skipped := sum(row.skipped for row in result.rows):
        yield f"{count(skipped, 'trial')} skipped, as a model gave no prediction; they are in no figure."
    for model in dict.fromkeys(row.model for row in result.rows if row.no_prediction):
        lost = [row for row in result.rows if row.model == model and row.no_prediction]
        trials = count(sum(row.no_prediction for row in lost), "trial")
        each = ", ".join(f"{named(row.attack)} {row.no_prediction:,} of {row.trials:,}" for row in lost)
        yield (
            f"Model {named(model)} gave a prediction for the clean text but not for the perturbed one in "
            f"{trials} (its reply had none, as when it refuses): {each}."
        )


def skipped_counts(row: Row) -> tuple[str, ...]:
    """The trials of a row that are in no figure: those without a prediction, and others."""
    others = row.skipped - row.no_prediction
    parts = ((row.no_prediction, "no prediction"), (others, "skipped"))
    return tuple(f"{number:,} {what}" for number, what in parts if number)


def label_lines(result: Result, *, named: Named = visible) -> tuple[str, ...]:
    """The mapping of labels to classes, where labels were no names of classes, and warnings about it."""
    return (*_mapped(result.plan, named), *label_warnings(result, named=named))


def label_sentences(result: Result, *, named: Named = visible) -> tuple[str, ...]:
    """Label lines as sentences that stand by themselves."""
    warnings = map(sentence, label_warnings(result, named=named))
    return (*(f"Labels: {line}" for line in _mapped(result.plan, named)), *warnings)


def label_warnings(result: Result, *, named: Named = visible) -> Iterator[str]:
    """Classes of models that are no label of the data, and models no better than the most frequent class."""
    return _warnings(result.plan, _clean_accuracies(result), named)


def _clean_accuracies(result: Result) -> dict[str, Estimate]:
    clean = {
        row.model: row.on_all.clean_accuracy for row in sorted(result.rows, key=lambda row: row.examples)
    }
    return {model: accuracy for model, accuracy in clean.items() if accuracy}


def guessing_models(result: Result) -> dict[str, float]:
    """Models whose clean accuracy is not shown to be above that of always predicting the most frequent class.

    That accuracy is given. There is no such model where the examples have one class alone.
    """
    guessed = _most_frequent(result.plan)
    accuracies = _clean_accuracies(result) if guessed is not None else {}
    return {
        model: guessed
        for model, accuracy in accuracies.items()
        if guessed is not None and (accuracy.value if accuracy.low is None else accuracy.low) <= guessed
    }


def _most_frequent(plan: Mapping[str, Any]) -> float | None:
    """The accuracy of always predicting the most frequent class; None if there is one class alone."""
    examples: Counter[int] = Counter()
    for label in plan.get("labels", []):
        examples[label["number"]] += label["examples"]
    return max(examples.values()) / examples.total() if len(+examples) > 1 else None


def label_warnings_markdown(result: Result) -> str:
    """Label warnings as paragraphs of Markdown."""
    return "".join(f"\n{sentence(line)}.\n" for line in label_warnings(result, named=code))


def clean_label_lines(plan: Mapping[str, Any], accuracies: Mapping[str, float]) -> tuple[str, ...]:
    """Label lines of models that were queried for clean texts alone, given the accuracy of each."""
    lines = (f"labels: {line}" for line in _mapped(plan, visible))
    known = {model: Estimate(accuracy) for model, accuracy in accuracies.items()}
    return (*lines, *_warnings(plan, known, visible))


def _warnings(plan: Mapping[str, Any], accuracies: Mapping[str, Estimate], named: Named) -> Iterator[str]:
    labels = plan.get("labels", [])
    known = {label["number"] for label in labels}
    for model in plan["models"] if labels and plan["examples"] > 1 else ():
        rest = [name for number, name in enumerate(model["labels"]) if number not in known]
        if rest and model["labels_matched_by"] != "data":
            classes = _some(rest, named)
            yield f"model {named(model['name'])} has classes that are no label of the data: {classes}"
    guessed = _most_frequent(plan)
    if guessed is not None:
        for model, accuracy in accuracies.items():
            yield from _guessing(model, accuracy, guessed, named, few=plan["examples"] < FEW_EXAMPLES)


def _mapped(plan: Mapping[str, Any], named: Named) -> Iterator[str]:
    """The mapping for models whose classes labels name by position, or which do not list their classes."""
    by_position: dict[str, list[str]] = {}
    by_data: list[str] = []
    by_name: list[str] = []
    labels = plan.get("labels", ())
    for model in plan["models"]:
        read_by = model.get("labels_matched_by")
        if read_by == "position":
            made = [
                (_values(label, named) or [_written(label, named)], named(_class(model, label)))
                for label in labels
            ]
            by_position.setdefault(_arrows(made), []).append(model["name"])
        elif read_by == "data":
            by_data.append(model["name"])
        elif read_by == "name":
            by_name.append(model["name"])
    own = [(_values(label, named), _written(label, named)) for label in labels]
    given = [(values, label) for values, label in own if values not in ([], [label])]
    if by_name and given:
        yield f"{_arrows(given)}, by the label map"
    for pairs_shown, names in by_position.items():
        whose = "" if len(names) == len(plan["models"]) else f", of {_models(names, named)}"
        yield pairs_shown + whose
    if by_data:
        verb = "do" if len(by_data) > 1 else "does"
        shown = _arrows(own) if given else _some([label for _, label in own], str)
        how = "by the label map" if given else "as in the data"
        yield f"{shown}, {how}: {_models(by_data, named)} {verb} not list all classes"


def _guessing(model: str, accuracy: Estimate, guessed: float, named: Named, *, few: bool) -> Iterator[str]:
    """That a model is worse than one answer for all texts, or is not shown to be better (one-sided 2.5%)."""
    clean = f"clean accuracy of model {named(model)} is {percent(accuracy.value, beside=guessed)}%"
    most_frequent = percent(guessed, beside=accuracy.value)
    if accuracy.value < guessed:
        yield (
            f"labels may be swapped: {clean}, and always predicting the most frequent class gives "
            f"{most_frequent}%"
        )
    elif not few and accuracy.low is not None and accuracy.low <= guessed:
        yield (
            f"{clean} {interval(accuracy)}, not significantly better than always predicting the most "
            f"frequent class ({most_frequent}%): check the label map and the model before reading its drops"
        )


def _class(model: Mapping[str, Any], label: Mapping[str, Any]) -> str:
    return str(model["labels"][label["number"]])


def _written(label: Mapping[str, Any], named: Named) -> str:
    name = label["name"]
    return named(label["written"]) if name is None else f"{named(label['written'])} {named(name)}"


def _values(label: Mapping[str, Any], named: Named) -> list[str]:
    """The values of the data that a label map turned into this label, in order; none without a map."""
    return [named(value) for value in sorted(label["values"], key=_numbers_first)]


def _numbers_first(value: str) -> tuple[bool, int, str]:
    number = number_of_label(value)
    return number is None, number or 0, value


def _arrows(made: Sequence[tuple[Sequence[str], str]]) -> str:
    """Values and the class that each is: `1, 2 → negative; 4, 5 → positive`."""
    by_class: dict[str, list[str]] = {}
    for values, own in made:
        by_class.setdefault(own, []).extend(values or [own])
    shown = [f"{_some(values, str)} → {own}" for own, values in by_class.items()]
    return "; ".join(shown[:_MOST]) + "; …" * (len(shown) > _MOST)


def _some(names: Sequence[str], named: Named) -> str:
    return ", ".join(map(named, names[:_MOST])) + (", …" if len(names) > _MOST else "")


def _models(names: Sequence[str], named: Named) -> str:
    return f"model{'s' * (len(names) > 1)} {listed(map(named, names))}"


def data_notes(result: Result) -> tuple[str, ...]:
    """Notes on how the data was read, any of which may quote it."""
    return tuple(map(visible, result.plan["data"].get("notes", ())))


def data_sentences(result: Result) -> tuple[str, ...]:
    """Data notes as sentences that stand by themselves."""
    return tuple(f"Data: {note}" for note in data_notes(result))
