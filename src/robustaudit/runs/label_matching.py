"""Which class of a model each label of the data is, by name or by position."""

import re
import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from robustaudit.core.display import visible
from robustaudit.core.errors import UserError
from robustaudit.core.spelling import option
from robustaudit.datasets import DataLabel, Dataset, format_label_map, number_of_label
from robustaudit.models import ExternalModel, ModelSource
from robustaudit.runs.ratings import normalised_name, rating_maps

HowMatched = Literal["name", "position"]
Classes = Mapping[int, int]
"""The class of each label of the data, both by their numbers."""

_MOST_NAMES = 12  # that a message lists
_MOST_PAIRS = 30  # of a label map that a message writes out
_MOST_DIGITS = 9
_TWO = 2


@dataclass(frozen=True, slots=True)
class Match:
    """The class of each label of the data, and how that is known."""

    classes: Classes
    by: HowMatched


def match(dataset: Dataset, model: ModelSource) -> Match:
    """The class of a model that each label of the data is.

    A label that is the name of a class is that class. Positions from 0 are meant only where no name spells a
    number and nothing speaks for another reading.

    Raises:
        UserError: a label is no class of the model's, or may be one or another.
    """
    return _LabelMatcher(dataset, model).found()


class _ClassNameIndex:
    """The names of a model's classes, and the numbers in them."""

    def __init__(self, names: Sequence[str]) -> None:
        self._exact = {name.strip(): place for place, name in enumerate(names)}
        self._folded: dict[str, list[int]] = defaultdict(list)
        self._spelt: dict[int | None, list[int]] = defaultdict(list)
        for place, name in enumerate(names):
            self._folded[normalised_name(name)].append(place)
            self._spelt[number_of_label(name.strip())].append(place)
        held = [_number_in(name) for name in names]
        in_each = None not in held and len(set(held)) == len(names)
        self.held = {number: place for place, number in enumerate(held)} if in_each else {}
        self.spell = len(self._spelt[None]) < len(names)
        self.truths = {
            place for place, name in enumerate(names) if normalised_name(name) in ("true", "false")
        }
        self.only_truths = len(self._spelt[None]) + len(self.truths) == len(names)

    def places(self, label: str) -> list[int]:
        """The classes that a label names: as it is, whatever its case, or by the number both spell."""
        if label in self._exact:
            return [self._exact[label]]
        if found := self._folded.get(normalised_name(label)):
            return found
        number = number_of_label(label)
        return [] if number is None else self._spelt.get(number, [])


class _LabelMatcher:
    def __init__(self, dataset: Dataset, model: ModelSource) -> None:
        self._data = f"data {dataset.name!r}"
        self._model = f"model {model.name!r}"
        self._labels = dataset.labels
        self._classes = model.labels
        self._listed = not isinstance(model, ExternalModel) or model.named  # else they have no known order
        self._names = _ClassNameIndex(model.labels)
        self._declared = len(dataset.label_names) if dataset.numbered else 0  # classes that the data names

    def found(self) -> Match:
        named = {label.number: self._names.places(label.name or label.text) for label in self._labels}
        self._check_one(named)
        by_name = {number: places[0] for number, places in named.items() if places}
        if self._all(by_name):
            return self._unless_counted(by_name)
        numbers = {label.number: self._names.places(str(label.spelled_number)) for label in self._labels}
        by_number = {number: places[0] for number, places in numbers.items() if len(places) == 1}
        if self._all(by_number) and by_name.items() <= by_number.items():
            return Match(by_number, "name")
        counted = self._counted(0)
        if counted and by_name.items() <= counted.items() and self._surely(counted):
            return Match(counted, "position")
        raise self._refusal(by_name)

    def _all(self, classes: Classes) -> bool:
        return len(classes) == len(self._labels)

    def _counted(self, first: int) -> dict[int, int]:
        """The classes that labels are where they count from that number; none where not all are one."""
        if self._declared not in (0, len(self._classes)):
            return {}  # the data counts other classes
        found = {
            label.number: label.spelled_number - first
            for label in self._labels
            if label.spelled_number is not None and 0 <= label.spelled_number - first < len(self._classes)
        }
        return found if self._all(found) else {}

    def _held(self) -> dict[int, int]:
        """The classes that labels are by the one number in each name; none where not all are one."""
        numbers = {
            label.number: _number_in(label.text) if label.spelled_number is None else label.spelled_number
            for label in self._labels
        }
        found = {
            label: self._names.held[number] for label, number in numbers.items() if number in self._names.held
        }
        return found if self._all(found) else {}

    def _surely(self, counted: Classes) -> bool:
        """Whether labels that could count from 0 leave no doubt."""
        if self._names.spell:
            return False
        if any(self._looks_otherwise(label, counted[label.number]) for label in self._labels):
            return False
        held = self._held()
        from_one = len(self._labels) > 1 and all(label.spelled_number != 0 for label in self._labels)
        return held == counted or not (held or (from_one and not self._declared))

    def _looks_otherwise(self, label: DataLabel, place: int) -> bool:
        """Whether the name that data has for a number begins as another class does: `neg`, `negative`."""
        own, classes = normalised_name(label.name or ""), map(normalised_name, self._classes)
        kin = {at for at, name in enumerate(classes) if name.startswith(own) or own.startswith(name)}
        return bool(own and kin) and place not in kin

    def _unless_counted(self, by_name: Classes) -> Match:
        """Match by name; 0 and 1 for classes `true` and `false` are matched only if they agree."""
        counted = self._counted(0)
        numbers = [label.number for label in self._labels if label.text.isdecimal()]
        loose = self._names.only_truths and any(by_name[number] in self._names.truths for number in numbers)
        if loose and counted and counted != by_name:
            raise self._ways([("by what its names spell", by_name), ("counted from 0", counted)])
        return Match(by_name, "name")

    def _check_one(self, named: Mapping[int, Sequence[int]]) -> None:
        """Refuse labels that are names of several classes, which differ by case alone."""
        if all(len(places) < _TWO for places in named.values()):
            return
        first, last = (
            {number: places[which] for number, places in named.items() if places} for which in (0, -1)
        )
        if not self._all(first):
            raise self._refusal(first)
        raise self._ways([("two names are alike", first), ("the other of them", last)])

    def _refusal(self, by_name: Classes) -> UserError:
        ways = self._readings(by_name)
        if len(ways) > 1 and self._counted(0) and not self._names.spell:
            return self._ways(ways)
        counts = self._listed and not self._names.spell and self._declared in (0, len(self._classes))
        counts = counts and all(label.spelled_number is not None for label in self._labels)
        unknown = [label for label in self._labels if label.number not in by_name]
        beyond = [
            label
            for label in unknown
            if counts and (label.spelled_number or 0) not in range(len(self._classes))
        ]
        told = _listed(f"{label.text!r} ({label.first})" for label in beyond or unknown)
        known = _listed(map(repr, self._classes))
        numbers = f", by their numbers 0 to {len(self._classes) - 1}" if counts else ""
        ratings = () if ways else rating_maps(self._labels, self._classes)
        advice = self._advice(ways) if ways else f"give {self._example(by_name)}"
        if ratings:
            advice = "give " + ", or ".join(
                f"{option('label_map', visible(format_label_map(pairs)))} ({how})" for how, pairs in ratings
            )
        return UserError(
            f"{self._data} has labels that {self._model} does not know: {told}; it knows {known}"
            f"{self._twins()}{numbers}: {advice}"
        )

    def _ways(self, ways: Sequence[tuple[str, Classes]]) -> UserError:
        told = _listed(label.text for label in self._labels)
        number = "two" if len(ways) == _TWO else "several"
        return UserError(
            f"labels {told} of {self._data} can be read in {number} ways as classes of {self._model}: "
            f"{self._advice(ways)}"
        )

    def _readings(self, by_name: Classes) -> list[tuple[str, Classes]]:
        """The ways in which the labels may be meant, each once."""
        ascending = sorted(self._labels, key=lambda label: (label.spelled_number or 0, label.number))
        in_order: dict[int, int] = {}
        if len(self._labels) == len(self._classes) and all(
            label.spelled_number is not None for label in ascending
        ):
            in_order = {label.number: place for place, label in enumerate(ascending)}
        ways = [
            ("by the numbers in names", self._held()),
            ("counted from 0", self._counted(0)),
            ("counted from 1", self._counted(1)),
            ("in their order", in_order),
        ]
        if len(self._labels) == len(self._classes) == _TWO:
            first, second = (label.number for label in ascending)
            ways += [("in this order", {first: 0, second: 1}), ("the other way round", {first: 1, second: 0})]
        # Numbers that are names may be so by chance, where all of them are places.
        words = {
            label.number for label in self._labels if label.name is not None or label.spelled_number is None
        }
        sure = {number: place for number, place in by_name.items() if number in words}
        return [
            (how, way)
            for place, (how, way) in enumerate(ways)
            if way
            and sure.items() <= way.items()
            and not (words and self._parts_twins(way))
            and way not in [other for _, other in ways[:place]]
        ]

    def _parts_twins(self, way: Classes) -> bool:
        """Whether labels would be different classes whose names differ by case alone."""
        places = set(way.values())
        return len({normalised_name(self._classes[place]) for place in places}) < len(places)

    def _twins(self) -> str:
        """The warning for classes whose names differ by case alone."""
        alike = Counter(map(normalised_name, self._classes))
        twins = [name for name in self._classes if alike[normalised_name(name)] > 1]
        return f", of which {_listed(map(repr, twins))} differ only by case" if twins else ""

    def _advice(self, ways: Sequence[tuple[str, Classes]]) -> str:
        return "give " + ", or ".join(f"{self._label_map(way)} ({how})" for how, way in ways)

    def _label_map(self, classes: Classes) -> str:
        pairs = [
            (value, self._classes[classes[label.number]])
            for label in self._labels
            for value in label.values or (label.text,)  # a map takes the place of one before
        ]
        written = format_label_map(pairs[:_MOST_PAIRS]) + (",…" if len(pairs) > _MOST_PAIRS else "")
        return option("label_map", visible(written))

    def _example(self, by_name: Classes) -> str:
        first = next(label for label in self._labels if label.number not in by_name)
        pair = format_label_map([((*first.values, first.text)[0], self._classes[0])])
        example = (
            "the class of each" if self._twins() else f"each of them, such as {_quoted(visible(f'{pair},…'))}"
        )
        return f"{option('label_map')} with {example}"


def _number_in(name: str) -> int | None:
    """The number that a name holds, where it is one: 5 of `5 stars`."""
    found = re.findall("[0-9]+", name)
    return int(found[0]) if len(found) == 1 and len(found[0]) <= _MOST_DIGITS else None


def _quoted(word: str) -> str:
    """A word between quotes, for the shell and for the eye."""
    return shlex.quote(word) if "'" in word else f"'{word}'"


def _listed(names: Iterable[str]) -> str:
    names = [visible(name) for name in names]
    return ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
