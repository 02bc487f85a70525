"""The smallest failure: the fewest of a trial's edits that change the prediction by themselves."""

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations, islice
from math import ceil, inf
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from robustaudit.core.arrays import Integers
from robustaudit.core.edits import apply
from robustaudit.core.records import Edit
from robustaudit.models import Classifier
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.named_classes import NamedClasses
from robustaudit.runs.plan_record import Minimal
from robustaudit.runs.predictions import NoPredictionError, predict_batch, texts_at_once
from robustaudit.runs.result import Reduction, SmallestFailures
from robustaudit.runs.trial import TRIALS

MOST_SUBSETS = 6
"""The most edits of which every subset is asked, if none smaller fails."""

_SHARE = 0.04  # of the texts of a unit: as many may be asked for the smallest failures of some of its trials
_EACH = 16  # texts that a search may need: few need more, so that few that begin are not finished
_ROUNDS = 3  # in which the subsets of one size are asked, as most often one of the first fails

Subset: TypeAlias = tuple[int, ...]
"""The positions of some of a trial's edits, in order."""

AskClasses: TypeAlias = Callable[[Sequence[str]], Sequence[int]]
"""The class that a model predicts for each text, below 0 where it predicts none."""


@dataclass(frozen=True, slots=True)
class FailingEdits:
    """Edits of a text that together change the prediction, which was `clean_prediction`."""

    text: str
    edits: tuple[Edit, ...]
    clean_prediction: int


def smallest_failures(
    failing: Iterable[FailingEdits],
    ask: AskClasses,
    answers: MutableMapping[str, int],
    *,
    limit: int | None = None,
) -> list[tuple[Edit, ...] | None]:
    """The smallest failure of each; None of those that a limit on the texts to ask leaves no room for.

    Of at most six edits it is a true minimum. Of more, delta debugging (Zeller and Hildebrandt 2002,
    doi.org/10.1109/32.988498) first looks for fewer; then none of the edits that are left can be removed.

    `answers` are predictions that are known; each new one is added, so that no text is asked twice. Searches
    go on side by side, in the order given, each round of them in one call of `ask`.
    """
    searches = [_Search(each, answers) for each in failing]
    waiting = deque(search for search in searches if search.found is None)
    under_way: list[_Search] = []
    room = inf if limit is None else limit
    reserve = min(_EACH, room)  # so that a small unit tries one
    while True:
        while waiting and reserve * (len(under_way) + 1) <= room:
            under_way.append(waiting.popleft())
        wanted = dict.fromkeys(text for search in under_way for text in search.unknown(answers))
        texts = list(islice(wanted, None if limit is None else int(room)))
        if not texts:
            return [search.found for search in searches]
        answers.update(zip(texts, ask(texts), strict=True))
        room -= len(texts)
        under_way = [search for search in under_way if search.goes_on(answers)]


class _Search:
    """The search for the smallest failure of one trial."""

    def __init__(self, failing: FailingEdits, answers: Mapping[str, int]) -> None:
        self.found: tuple[Edit, ...] | None = None
        self._failing = failing
        self._shrinking = _shrink(range(len(failing.edits)))
        self._texts: list[str] = []
        self._send(None)
        self.goes_on(answers)

    def unknown(self, answers: Mapping[str, int]) -> list[str]:
        """The texts to ask next."""
        return [text for text in self._texts if text not in answers]

    def goes_on(self, answers: Mapping[str, int]) -> bool:
        """Whether it is not over, with these answers; it waits where some of its texts have none."""
        while self.found is None and not self.unknown(answers):
            predicted = (answers[text] for text in self._texts)
            self._send([each >= 0 and each != self._failing.clean_prediction for each in predicted])
        return self.found is None

    def _send(self, fails: list[bool] | None) -> None:
        failing = self._failing
        try:
            subsets = next(self._shrinking) if fails is None else self._shrinking.send(fails)
        except StopIteration as end:
            self.found = tuple(failing.edits[place] for place in end.value)
        else:
            self._texts = [apply(failing.text, [failing.edits[p] for p in subset]) for subset in subsets]


Shrinking: TypeAlias = Generator[list[Subset], list[bool], Subset]
"""Yields subsets, is sent which of them fail, and returns the smallest."""


def _shrink(edits: Sequence[int]) -> Shrinking:
    left = yield from _by_delta_debugging(tuple(edits))
    if len(left) > MOST_SUBSETS:
        return left
    for size in range(1, len(left)):
        subsets = list(combinations(left, size))
        at_once = ceil(len(subsets) / _ROUNDS)
        for start in range(0, len(subsets), at_once):
            part = subsets[start : start + at_once]
            fails = yield part
            if any(fails):
                return part[fails.index(True)]
    return left


def _by_delta_debugging(left: Subset) -> Shrinking:
    """At most six edits that fail, or more of which each is needed."""
    parts = 2
    while len(left) > MOST_SUBSETS:
        size = ceil(len(left) / parts)
        chunks = [left[start : start + size] for start in range(0, len(left), size)]
        fails = yield chunks
        if any(fails):
            left, parts = chunks[fails.index(True)], 2
            continue
        others = [tuple(edit for edit in left if edit not in chunk) for chunk in chunks]
        fails = yield others
        if any(fails):
            left, parts = others[fails.index(True)], max(parts - 1, 2)
        elif size == 1:
            break
        else:
            parts = min(len(left), 2 * parts)
    return left


def asking(
    classifier: Classifier,
    *,
    model: str,
    batch_size: int | None = None,
    error_policy: ErrorPolicy | None = None,
) -> AskClasses:
    """The predictions of a model, in batches of texts of similar length.

    Raises:
        NoPredictionError: a text has no prediction, and the error policy is to stop.
    """
    at_once = texts_at_once(classifier, batch_size, error_policy)

    def ask(texts: Sequence[str]) -> list[int]:
        found: dict[str, int] = {}
        by_length = sorted(texts, key=lambda text: (len(text), text))
        for start in range(0, len(by_length), at_once):
            batch = by_length[start : start + at_once]
            try:
                answers = predict_batch(classifier, batch, model=model, error_policy=error_policy)
            except NoPredictionError as error:
                raise error.at("of a trial with fewer of its edits") from error
            found.update(zip(batch, answers.predictions.tolist(), strict=True))
        return [found[text] for text in texts]

    return ask


def with_smallest_failures(
    trials: pa.Table, ask: AskClasses, minimal: Minimal, classes: NamedClasses
) -> pa.Table:
    """The trials of a unit with the smallest failures of `some` or `all` of those that fail.

    `some` take 4% of the unit's texts at most: each attack's trials in turn, the first of those first
    whose prediction was right before.
    """
    places = _in_turn(trials) if minimal != "none" else []
    if not places:
        return trials
    answers: dict[str, int] = {}
    for which in ("clean", "perturbed"):
        texts, predicted = (trials[f"{which}_{what}"].to_pylist() for what in ("text", "prediction"))
        pairs = zip(texts, predicted, strict=True)
        answers.update((str(text), -1 if each is None else int(each)) for text, each in pairs)
    failing = [
        FailingEdits(row["clean_text"], tuple(Edit(**edit) for edit in row["edits"]), row["clean_prediction"])
        for row in trials.select(["clean_text", "edits", "clean_prediction"]).take(places).to_pylist()
    ]
    limit = int(_SHARE * len(answers)) if minimal == "some" else None
    found = dict(zip(places, smallest_failures(failing, ask, answers, limit=limit), strict=True))
    predictions = {
        place: answers[apply(each.text, edits)]
        for place, each in zip(places, failing, strict=True)
        if (edits := found[place]) is not None
    }
    columns: dict[str, dict[int, Any]] = {
        "smallest_edits": {place: list(map(asdict, found[place] or ())) for place in predictions},
        "smallest_prediction": predictions,
        "smallest_prediction_name": {place: classes.name(each) for place, each in predictions.items()},
    }
    for name, values in columns.items():
        column = pa.array(map(values.get, range(len(trials))), TRIALS.field(name).type)
        trials = trials.set_column(trials.column_names.index(name), TRIALS.field(name), column)
    return trials


def _in_turn(trials: pa.Table) -> list[int]:
    """The failing trials: the first of each attack, then the second of each, and so on.

    Of each attack, those come first whose prediction was right before, by their numbers.
    """
    failing = trials_that_fail(trials)
    label, clean, number = (
        trials[name].to_numpy()[failing] for name in ("label", "clean_prediction", "trial")
    )
    attack = np.asarray(trials["attack"].combine_chunks().dictionary_encode().indices)[failing]
    order = np.lexsort((number, clean != label, attack))
    turn = np.arange(len(order)) - np.searchsorted(attack[order], attack[order])
    places: list[int] = failing[order[np.lexsort((attack[order], turn))]].tolist()
    return places


def trials_that_fail(trials: pa.Table) -> Integers:
    """The positions of the trials whose prediction changed."""
    flips = pc.not_equal(trials["clean_prediction"], trials["perturbed_prediction"])
    return np.flatnonzero(np.array(flips.to_pylist(), dtype=bool))  # null, without a prediction, is no flip


def counted_smallest_failures(so_far: SmallestFailures, trials: pa.Table) -> SmallestFailures:
    """What was found of the failing trials of a model, with those of one more unit."""
    failing = trials.take(trials_that_fail(trials))
    known = failing.filter(pc.is_valid(failing["smallest_edits"]))
    edits, smallest = (pc.list_value_length(known[name]).to_numpy() for name in ("edits", "smallest_edits"))
    found = Counter(zip(edits.tolist(), smallest.tolist(), strict=True))
    found.update({(each.edits, each.smallest): each.trials for each in so_far.found})
    counts = tuple(Reduction(*sizes, trials=trials) for sizes, trials in sorted(found.items()))
    return SmallestFailures(model=so_far.model, failing=so_far.failing + len(failing), found=counts)
