"""Why a model fails: the words whose editing costs it most, how it reads them, and whether that predicts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from robustaudit.core.arrays import Floats, Integers
from robustaudit.core.randomness import key_of
from robustaudit.core.records import Example
from robustaudit.models import SplitWords, WordPieces
from robustaudit.statistics.bounds import interval, mean_between
from robustaudit.statistics.intervals import combined, grouped
from robustaudit.statistics.measures import FEW_EXAMPLES, Estimate
from robustaudit.worst_case.edited_words import EditedWords, strings
from robustaudit.worst_case.stored_sweep import EditEffects

Property = Literal["pieces added", "became unknown"]
"""Of an edit: by how many pieces its words grow, and whether a known word becomes unknown."""

_FOLDS = 3

_COSTS: dict[str, pa.DataType] = {
    "example": pa.string(),
    "kind": pa.string(),
    "before": pa.string(),
    "after": pa.string(),
    "cost": pa.float64(),
    "fails": pa.bool_(),
    "pieces_before": pa.list_(pa.string()),
    "pieces_after": pa.list_(pa.string()),
    "known_before": pa.bool_(),
    "known_after": pa.bool_(),
}
COSTS = pa.schema(_COSTS)
"""Every edit, one a row: the words of its site before and after, by how much the margin falls (null if the
model gives classes alone), and how the model reads these words (null if it does not say)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditCost:
    """An edit of a word, and how the words are read before and after, where the model says so."""

    before: str
    after: str
    cost: float
    reading: tuple[WordPieces, WordPieces] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WordCost:
    """What editing a word, in any case, costs: mean and maximum over its edits in all its texts."""

    word: str
    texts: int
    edits: int
    fails: int
    mean: float
    costliest: EditCost


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPredictor:
    """Whether a property of edits predicts, beyond the word, which edits of a text fail.

    `auc` is that of words and property together, `gain` by how much it is above that of the words alone.
    """

    name: Property
    auc: Estimate
    gain: Estimate

    @property
    def adds(self) -> bool:
        """Whether the interval of the gain is above 0."""
        return self.gain.is_above_zero


@dataclass(frozen=True, eq=False, kw_only=True)
class FailureExplanation:
    """Why a model fails under an attack: words by their mean cost, the costliest first.

    Costs are log-odds, or, of a model that gives classes alone (`in_log_odds` is false), 1 for an edit that
    fails. `words_auc` is the area under the ROC curve of the words' weights: how often a failing edit of a
    text is of a costlier word than one that holds. None with fewer than 20 texts that have both.
    """

    model: str
    attack: str
    in_log_odds: bool
    words: tuple[WordCost, ...]
    texts_with_both: int
    words_auc: Estimate | None
    predictors: tuple[EditPredictor, ...]
    list_costs: Callable[[], pa.Table] = field(repr=False)

    @cached_property
    def costs(self) -> pa.Table:
        """Every edit with its cost, one a row (`COSTS`)."""
        return self.list_costs()


def explain(
    effects: EditEffects,
    words: EditedWords,
    examples: Sequence[Example],
    kinds: Sequence[str],
    split: SplitWords | None = None,
) -> FailureExplanation:
    """The explanation of a model under an attack, from all single edits of the examples."""
    rows = np.flatnonzero(effects.known)
    in_log_odds = bool(np.isfinite(effects.margin[rows]).all()) and len(rows) > 0
    cost = effects.clean_margin[effects.example] - effects.margin if in_log_odds else effects.fails * 1.0
    reading = _Reading.of(words, split) if split else None
    edits = _Edits(effects, words, np.asarray(cost, dtype=np.float64), reading, rows)
    base, predictors, both = _predictors(edits, [example.group for example in examples])
    return FailureExplanation(
        model=effects.model,
        attack=effects.attack,
        in_log_odds=in_log_odds,
        words=edits.by_word(),
        texts_with_both=both,
        words_auc=base,
        predictors=predictors,
        list_costs=partial(edits.table, [example.id for example in examples], kinds, in_log_odds=in_log_odds),
    )


@dataclass(frozen=True, eq=False)
class _Reading:
    """How a model reads the words of each edit: distinct words, and which of them each edit has."""

    words: list[WordPieces]
    before: Integers
    after: Integers

    @classmethod
    def of(cls, words: EditedWords, split: SplitWords) -> "_Reading":
        coded = pa.concat_arrays([words.before, words.after]).dictionary_encode()
        places = coded.indices.to_numpy().astype(np.int64)
        return cls(split(strings(coded.dictionary)), *np.split(places, 2))

    @property
    def added(self) -> Floats:
        """The pieces that each edit adds."""
        number = np.array([len(each.pieces) for each in self.words], dtype=np.float64)
        added: Floats = number[self.after] - number[self.before]
        return added

    @property
    def became_unknown(self) -> Floats:
        """1 for an edit that makes a word unknown."""
        known = np.array([each.known for each in self.words], dtype=np.bool_)
        unknown: Floats = (known[self.before] & ~known[self.after]).astype(np.float64)
        return unknown

    def pair(self, row: int) -> tuple[WordPieces, WordPieces]:
        return self.words[self.before[row]], self.words[self.after[row]]


@dataclass(frozen=True, eq=False)
class _Edits:
    """Edits with their words and costs; `rows` are those with a prediction."""

    effects: EditEffects
    words: EditedWords
    cost: Floats
    reading: _Reading | None
    rows: Integers

    def properties(self) -> dict[Property, Floats]:
        """What may predict failures beyond the words, row by row; nothing if the model does not say."""
        if self.reading is None:
            return {}
        return {"pieces added": self.reading.added, "became unknown": self.reading.became_unknown}

    def by_word(self) -> tuple[WordCost, ...]:
        folded, names = self.words.folded
        word = folded[self.rows]
        cost, example = self.cost[self.rows], self.effects.example[self.rows]
        order = np.lexsort((-cost, word))
        found, first, edits = np.unique(word[order], return_index=True, return_counts=True)
        texts = np.bincount(np.unique(np.stack([word, example]), axis=1)[0], minlength=len(names))
        fails = np.bincount(word[self.effects.fails[self.rows]], minlength=len(names))
        mean = np.bincount(word, weights=cost, minlength=len(names))[found] / edits
        made = [
            WordCost(
                word=names[of],
                texts=int(texts[of]),
                edits=int(edits[place]),
                fails=int(fails[of]),
                mean=float(mean[place]),
                costliest=self._edit(int(self.rows[order[first[place]]])),
            )
            for place, of in enumerate(found.tolist())
        ]
        return tuple(sorted(made, key=lambda each: (-each.mean, each.word)))

    def _edit(self, row: int) -> EditCost:
        return EditCost(
            before=self.words.before[row].as_py(),
            after=self.words.after[row].as_py(),
            cost=float(self.cost[row]),
            reading=self.reading.pair(row) if self.reading else None,
        )

    def table(self, ids: Sequence[str], kinds: Sequence[str], *, in_log_odds: bool) -> pa.Table:
        rows, effects = self.rows, self.effects
        columns: dict[str, Any] = {
            "example": [ids[place] for place in effects.example[self.rows].tolist()],
            "kind": [kinds[part] for part in effects.part[self.rows].tolist()],
            "before": self.words.before.take(rows),
            "after": self.words.after.take(rows),
            "cost": self.cost[self.rows] if in_log_odds else [None] * len(rows),
            "fails": effects.fails[self.rows],
        }
        for when in ("before", "after"):
            read = [None] * len(rows) if self.reading is None else self._read(when)
            columns[f"pieces_{when}"] = [each and list(each.pieces) for each in read]
            columns[f"known_{when}"] = [each and each.known for each in read]
        return pa.table(columns, schema=COSTS)

    def _read(self, when: str) -> list[WordPieces]:
        assert self.reading is not None
        return [self.reading.words[place] for place in getattr(self.reading, when)[self.rows].tolist()]


def _predictors(
    edits: _Edits, groups: Sequence[str]
) -> tuple[Estimate | None, tuple[EditPredictor, ...], int]:
    """The AUC of words alone, what else predicts, and how many texts have edits that fail and that hold.

    An edit's word weighs what its edits cost on average in one third of the groups; least squares in another
    third say what weight and property cost together; and the last third, in turn each of them, is where that
    is tried: which of the edits of one text fail.
    """
    effects, rows = edits.effects, edits.rows
    example, fails = effects.example[rows], effects.fails[rows]
    once = sorted(set(groups), key=lambda group: key_of("explanation", group))
    fold_of = {group: place % _FOLDS for place, group in enumerate(once)}
    fold = np.array([fold_of[group] for group in groups], dtype=np.int64)[example]
    both = np.flatnonzero(
        np.bincount(example[fails], minlength=len(groups))
        * np.bincount(example[~fails], minlength=len(groups))
    )
    if len(both) < FEW_EXAMPLES or len({groups[place] for place in both.tolist()}) < _FOLDS:
        return None, (), len(both)
    word = edits.words.folded[0][rows]
    cost = edits.cost[rows]
    group = np.unique([groups[place] for place in both.tolist()], return_inverse=True)[1]

    def areas(*others: Floats) -> Floats:
        score = _held_out_scores(word, cost, example, fold, others)
        return np.array([_area(score[those], fails[those]) for those in _rows_of(example, both)])

    base = areas()
    found = []
    for name, values in edits.properties().items():
        with_it = areas(values[rows])
        gain = _gain_estimate(with_it - base, group)
        found.append(EditPredictor(name=name, auc=_area_estimate(with_it, group), gain=gain))
    return _area_estimate(base, group), tuple(found), len(both)


def _held_out_scores(
    word: Integers, cost: Floats, example: Integers, fold: Integers, others: Sequence[Floats]
) -> Floats:
    """What each edit should cost by its word and other properties, learned from other groups' edits."""
    scores: Floats = np.zeros(len(word))
    for tried in range(_FOLDS):
        weighed, fitted = fold == (tried + 1) % _FOLDS, fold == (tried + 2) % _FOLDS
        columns = np.stack([_word_weights(word, cost, weighed), *others], axis=1)
        inside = columns[fitted] - _means(columns[fitted], example[fitted])
        target = cost[fitted] - _means(cost[fitted, None], example[fitted])[:, 0]
        slopes = np.linalg.lstsq(inside, target, rcond=None)[0]
        scores[fold == tried] = (columns @ slopes)[fold == tried]
    return scores


def _word_weights(word: Integers, cost: Floats, among: NDArray[np.bool_]) -> Floats:
    """The mean cost of each edit's word among some edits; that of all of them for another word."""
    number = np.bincount(word[among], minlength=word.max() + 1)
    sums = np.bincount(word[among], weights=cost[among], minlength=word.max() + 1)
    usual = float(cost[among].mean()) if among.any() else 0.0
    weights: Floats = np.where(number > 0, sums / np.maximum(number, 1), usual)[word]
    return weights


def _means(columns: Floats, example: Integers) -> Floats:
    """The mean of each column over the rows of the same example, row by row."""
    number = np.maximum(np.bincount(example), 1)
    sums = np.stack([np.bincount(example, weights=column) for column in columns.T], axis=1)
    means: Floats = (sums / number[:, None])[example]
    return means


def _rows_of(example: Integers, places: Integers) -> list[slice]:
    """Where the edits of each of these examples lie: they are sorted by example."""
    return [
        slice(int(start), int(stop))
        for start, stop in zip(
            np.searchsorted(example, places), np.searchsorted(example, places, side="right"), strict=True
        )
    ]


def _area(score: Floats, fails: NDArray[np.bool_]) -> float:
    """How often an edit that fails scores higher than one that holds; ties count half (Mann and Whitney)."""
    _, place, number = np.unique(score.round(12), return_inverse=True, return_counts=True)
    below = np.cumsum(number) - number
    rank = (below + (number + 1) / 2)[place]
    failing = int(fails.sum())
    return float((rank[fails].sum() - failing * (failing + 1) / 2) / (failing * (len(fails) - failing)))


def _area_estimate(areas: Floats, group: Integers) -> Estimate:
    part = grouped(areas, group)
    return Estimate(part.mean, *interval(mean_between(part, 0.0, 1.0)))


def _gain_estimate(gains: Floats, group: Integers) -> Estimate:
    """The mean gain with Student's interval over groups: gains lie close together, far from their ends."""
    found = combined([grouped(gains, group)], [1.0])
    value, reach = float(found.mean), float(found.reach())
    return Estimate(value, value - reach, value + reach)
