"""Search for edits that change a prediction, within a number of queries for each example.

Many examples are searched in step, so that a model gets full batches. Each query is the smallest set of edits
that a surrogate of their effects expects to change the prediction (`surrogate`). Once a text fails, its edits
are taken back one by one while it still does. A model that gives classes alone gets random sets of as many
edits as are allowed, and the same walk back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from robustaudit.attacks import Attack
from robustaudit.core.arrays import Integers
from robustaudit.core.randomness import key_of
from robustaudit.core.records import Edit, Example
from robustaudit.perturbations import Segmenter, TextBatch
from robustaudit.runs.predictions import Predictions
from robustaudit.worst_case.edit_space import EditSpace
from robustaudit.worst_case.surrogate import EditSites, Proposal, Surrogate
from robustaudit.worst_case.sweep import margins
from robustaudit.worst_case.word_evidence import WordEvidence

PredictAll: TypeAlias = Callable[[list[str]], Predictions]
"""A model's predictions of many texts at once."""

_IN_STEP = 128  # texts of a round, at least, where few examples are left
_MOST_OF_ONE = 8  # of them of one example
_FIRST_DRAWS = 8  # of an example at random; then twice as many, and so on
_PATIENCE = 60  # proposals in turn of what was queried, after which there is nothing new


@dataclass(slots=True)
class Search:
    """What the search of one example found, with the number of queries: distinct texts, the clean one too.

    `failed_after` is the number of queries with the first text that failed; `text` the failing text with
    the fewest edits found, `edits` are those, and `failed_prediction` is what is predicted for it. All are
    None, and `edits` empty, if none failed.
    """

    prediction: int
    queries: int = 1
    failed_after: int | None = None
    first_edits: int | None = None
    text: str | None = None
    failed_prediction: int | None = None
    edits: tuple[Edit, ...] = ()


def search(
    examples: Sequence[Example],
    attack: Attack,
    predict: PredictAll,
    *,
    budget: int,
    seed: int,
    segmenter: Segmenter,
    evidence: WordEvidence,
) -> list[Search]:
    """Search each example that is predicted correctly for edits of the attack that change its prediction.

    It depends on the examples, in that order, the predictions, the evidence and the seed alone.

    Raises:
        UserError: the edits of the attack cannot be listed.
    """
    clean = predict([example.text for example in examples])
    found = [Search(prediction) for prediction in clean.predictions.tolist()]
    correct = np.flatnonzero(clean.predictions == [example.label for example in examples])
    if len(correct) and budget > 1:
        some = [examples[row].text for row in correct.tolist()]
        space = EditSpace(some, attack, segmenter)
        if len(space.row):
            states = [found[row] for row in correct.tolist()]
            random = np.random.default_rng(key_of("search", seed, str(attack)))
            surrogate = _surrogate(space, clean.take(correct), evidence, random)
            _Searching(space, clean.take(correct), states, surrogate, budget).run(predict)
    return found


def _surrogate(
    space: EditSpace, clean: Predictions, evidence: WordEvidence, random: np.random.Generator
) -> Surrogate:
    """What is known before a text is queried: the margins of the clean ones, and what their words tell."""
    texts, sites = space.batch.texts, EditSites.of(space)
    text = np.arange(len(space.most)) % len(texts)
    spans = zip(text[sites.row].tolist(), sites.start.tolist(), sites.stop.tolist(), strict=True)
    words = [
        (int(clean.predictions[place]), texts[place][start:stop].lower()) for place, start, stop in spans
    ]
    margin = margins(clean.probabilities, clean.predictions)
    return Surrogate(sites, margin[text], words, evidence.speaks_for, random)


@dataclass(slots=True)
class _WayBack:
    """A failing set of edits, and those that were not left out yet."""

    edits: list[int]
    untried: list[int] = field(default_factory=list)

    @property
    def goes_on(self) -> bool:
        return bool(self.untried) and len(self.edits) > 1

    @property
    def fewer(self) -> list[int]:
        """The edits without the next to be tried."""
        return [edit for edit in self.edits if edit != self.untried[-1]]


def _as_rows(sets: Sequence[Sequence[int]]) -> Integers:
    """Sets of edits as rows of one length, padded with -1."""
    rows = np.full((len(sets), max(map(len, sets))), -1)
    for row, edits in zip(rows, sets, strict=True):
        row[: len(edits)] = edits
    return rows


_NONE = np.zeros((0, 1), dtype=np.int64)
_NOTHING = Proposal(_NONE, _NONE, _NONE, _NONE > 0)


class _Searching:
    """Examples that are searched in step."""

    def __init__(
        self,
        space: EditSpace,
        clean: Predictions,
        found: list[Search],
        surrogate: Surrogate,
        budget: int,
    ) -> None:
        self._space, self._found, self._surrogate, self._budget = space, found, surrogate, budget
        self._prediction = clean.predictions
        self._known: list[dict[str, int]] = [
            {original: each.prediction} for original, each in zip(space.batch.texts, found, strict=True)
        ]
        self._back: dict[int, _WayBack] = {}
        self._kept: dict[int, list[int]] = {}  # the edits of each failing text
        self._row = np.arange(len(found))  # that each example failed in
        editable = np.bincount(space.row, minlength=len(space.most)) > 0
        self._restless = np.where(editable, 0, _PATIENCE + 1)
        self._turn = np.zeros(len(found), dtype=np.int64)

    def run(self, predict: PredictAll) -> None:
        """Search until each example failed, has spent its budget, or has nothing new to query."""
        while True:
            rows = self._rows()
            back = self._walking()
            if not len(rows) and not back:
                self._tell_edits()
                return
            proposal, texts = self._proposed(rows) if len(rows) else (_NOTHING, [])
            new = self._new(rows, texts)
            asked = [texts[place] for place in new.tolist()] + [text for _, text in back]
            if asked:
                answers = predict(asked)
                if len(new):
                    self._learn(rows[new], proposal.take(new), answers.take(slice(len(new))), asked)
                for (example, text), prediction in zip(
                    back, answers.predictions[len(new) :].tolist(), strict=True
                ):
                    self._count(example, text, prediction)

    def _proposed(self, rows: Integers) -> tuple[Proposal, list[str]]:
        proposal = self._surrogate.propose(rows, self._space.most[rows], self._restless[rows])
        return proposal, self._space.texts(rows, proposal.edit)

    def _new(self, rows: Integers, texts: list[str]) -> Integers:
        """The positions of proposed texts that were not queried yet, as long as budgets last."""
        new: list[int] = []
        together: dict[int, set[str]] = {}
        for place, (row, text) in enumerate(zip(rows.tolist(), texts, strict=True)):
            example = row % len(self._found)
            others = together.setdefault(example, set())
            if text in self._known[example] or text in others:
                self._restless[row] += text not in others
            elif self._found[example].queries + len(others) < self._budget:
                self._restless[row] = 0
                others.add(text)
                new.append(place)
        return np.array(new, dtype=np.int64)

    def _learn(self, rows: Integers, proposal: Proposal, answers: Predictions, texts: Sequence[str]) -> None:
        example = rows % len(self._found)
        self._surrogate.learn(rows, proposal, margins(answers.probabilities, self._prediction[example]))
        for place, (number, prediction) in enumerate(
            zip(example.tolist(), answers.predictions.tolist(), strict=True)
        ):
            fails = self._count(number, texts[place], prediction)
            search = self._found[number]
            if fails and search.failed_after is None:
                edits = [edit for edit in proposal.edit[place].tolist() if edit >= 0]
                if self._space.allows(edits):
                    search.failed_after, search.first_edits = search.queries, len(edits)
                    self._keep(number, edits, texts[place])
                    self._back[number], self._row[number] = _WayBack(edits, list(edits)), rows[place]

    def _count(self, example: int, text: str, prediction: int) -> bool:
        """Count a query; whether the text fails."""
        self._known[example][text] = prediction
        self._found[example].queries += 1
        return self._fails(example, prediction)

    def _fails(self, example: int, prediction: int) -> bool:
        return prediction not in (-1, self._prediction[example])

    def _keep(self, example: int, edits: list[int], text: str) -> None:
        found = self._found[example]
        found.text, found.failed_prediction = text, self._known[example][text]
        self._kept[example] = edits

    def _tell_edits(self) -> None:
        """The edits of each failing text, made together."""
        sets = self._space.edits_of_sets(list(self._kept.values()))
        for example, edits in zip(self._kept, sets, strict=True):
            self._found[example].edits = edits

    def _walking(self) -> list[tuple[int, str]]:
        """The next text to query, with an edit less, of each example that failed."""
        asked: list[tuple[int, str]] = []
        walking = list(self._back)
        while walking:
            walking = [example for example in walking if self._back[example].goes_on]
            sets = [self._back[example].fewer for example in walking]
            texts = self._space.texts(self._row[walking], _as_rows(sets)) if walking else []
            again: list[int] = []
            for example, fewer, text in zip(walking, sets, texts, strict=True):
                prediction = self._known[example].get(text)
                if prediction is not None:
                    self._step_back(example, fewer, text, fails=self._fails(example, prediction))
                    again.append(example)
                elif self._found[example].queries < self._budget:
                    asked.append((example, text))
            walking = again
        self._back = {example: self._back[example] for example, _ in asked}
        return asked

    def _step_back(self, example: int, fewer: list[int], text: str, *, fails: bool) -> None:
        way = self._back[example]
        way.untried.pop()
        if fails and self._space.allows(fewer):
            way.edits = fewer
            self._keep(example, fewer, text)

    def _rows(self) -> Integers:
        """A row of each example still searched, of its alternatives in turn; several if few are left."""
        open_rows = (self._restless <= _PATIENCE).reshape(-1, len(self._found))
        spent = np.array(
            [each.queries >= self._budget or each.failed_after is not None for each in self._found]
        )
        open_rows &= ~spent
        alive = np.flatnonzero(open_rows.any(axis=0))
        if not len(alive):
            return alive
        each = min(_MOST_OF_ONE, max(1, _IN_STEP // len(alive)))
        return np.concatenate([self._turns(open_rows, alive) for _ in range(each)])

    def _turns(self, open_rows: NDArray[np.bool_], alive: Integers) -> Integers:
        number = len(open_rows)
        for _ in range(number):
            self._turn[alive] += ~open_rows[self._turn[alive] % number, alive]
        rows: Integers = self._turn[alive] % number * len(self._found) + alive
        self._turn[alive] += 1
        return rows


def draw_until_failure(
    examples: Sequence[Example],
    attack: Attack,
    predict: PredictAll,
    *,
    budget: int,
    seed: int,
    segmenter: Segmenter,
) -> list[Search]:
    """The same as `search` by random draws of the attack: what as many queries find without a search.

    Draws are those of a run with that seed; one that repeats a text costs no query, and at most twice as many
    as the budget are made.
    """
    batch = TextBatch([example.text for example in examples], segmenter=segmenter)
    clean = predict(list(batch.texts))
    found = [Search(prediction) for prediction in clean.predictions.tolist()]
    known = [{text} for text in batch.texts]
    still = np.flatnonzero(clean.predictions == [example.label for example in examples])
    first, number = 0, _FIRST_DRAWS
    while len(still) and first < 2 * budget:
        rows = np.repeat(still, number)
        draws = [(examples[row].id, first + place % number) for place, row in enumerate(rows.tolist())]
        keys = attack.keys(seed=seed, draws=draws)
        new: list[tuple[int, str]] = []
        for row, text in zip(rows.tolist(), attack.draw(batch, rows, keys).texts, strict=True):
            if text not in known[row] and len(known[row]) < budget:
                known[row].add(text)
                new.append((row, text))
        predictions = predict([text for _, text in new]).predictions.tolist() if new else []
        for (row, text), prediction in zip(new, predictions, strict=True):
            each = found[row]
            if each.failed_after is None:
                each.queries += 1
                if prediction not in (-1, each.prediction):
                    each.failed_after, each.text, each.failed_prediction = each.queries, text, prediction
        still = still[[found[row].failed_after is None and len(known[row]) < budget for row in still]]
        first, number = first + number, 2 * number
    return found
