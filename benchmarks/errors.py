"""Flip rates by real misspellings of a list that was held out, and what error channels predict of them.

    python benchmarks/errors.py MISSPELLINGS [MODEL ...]

In each real review of the test split one word, drawn from those that the list has a misspelling of, is
replaced by one of its misspellings, drawn too: the share of predictions that change is the observed flip
rate, with its 95% interval over reviews. Predicted is the flip rate of the same words under single errors of
`human`, which was learnt from another list, and of uniform weights over all letters inserted, omitted,
replaced and swapped.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from robustaudit import load_model
from robustaudit.api.learning_errors import pairs_in
from robustaudit.core.arrays import Floats
from robustaudit.datasets import load
from robustaudit.perturbations import Delete, Insert, NeighborSwap, Substitute, TextBatch
from robustaudit.perturbations.error_channel import SHIPPED, load_channel
from robustaudit.statistics.bounds import interval, mean_between
from robustaudit.statistics.intervals import grouped

DRAWS = 8  # errors of a channel that are drawn for a word
LOWERCASE = (Insert(alphabet="lowercase"), Delete(), Substitute(alphabet="lowercase"), NeighborSwap())


@dataclass(frozen=True, slots=True)
class Place:
    """A word of a review that the list has a misspelling of."""

    text: str
    start: int
    word: str

    def with_(self, written: str) -> str:
        return self.text[: self.start] + written + self.text[self.start + len(self.word) :]


def main() -> None:
    path, models = Path(sys.argv[1]), sys.argv[2:] or ["tfidf", "1"]
    real: defaultdict[str, list[str]] = defaultdict(list)
    for wrong, right in pairs_in(path):
        real[right.lower()].append(wrong.lower())
    random = np.random.default_rng(0)
    places = list(chosen_places(real, random))
    print(f"{len(places):,} reviews with a word of the list, {len({place.word for place in places}):,} words")
    made = {
        "observed": [[place.with_(draw(real[place.word], None, random))] for place in places],
        "human": [errors_of_people(place, random) for place in places],
        "uniform": [uniform_errors(place, random) for place in places],
    }
    for name in models:
        print_rates(name, places, made)


def chosen_places(real: Mapping[str, Sequence[str]], random: np.random.Generator) -> Iterator[Place]:
    texts = [example.text for example in load("reviews").audited]
    words = TextBatch(texts).words
    for row, text in enumerate(texts):
        mine = slice(*words.bounds[row : row + 2])
        found = [
            Place(text, start, word)
            for start, word in zip(words.start[mine].tolist(), words.strings[mine], strict=True)
            if word in real
        ]
        if found:
            yield found[random.integers(len(found))]


def draw(strings: Sequence[str], weights: Sequence[float] | None, random: np.random.Generator) -> str:
    share = None if weights is None else np.array(weights) / sum(weights)
    return strings[random.choice(len(strings), p=share)]


def errors_of_people(place: Place, random: np.random.Generator) -> list[str]:
    found = load_channel(SHIPPED, "").misspellings(place.word)
    return [place.with_(draw(found, found.weights, random)) for _ in range(DRAWS)]


def uniform_errors(place: Place, random: np.random.Generator) -> list[str]:
    found = [wrong for kind in LOWERCASE for wrong in kind.replacements(place.word)]
    return [place.with_(draw(found, None, random)) for _ in range(DRAWS)]


def print_rates(name: str, places: Sequence[Place], made: Mapping[str, Sequence[Sequence[str]]]) -> None:
    model = load_model(name)
    predict = lambda texts: np.argmax(model.predict(texts), axis=1)  # noqa: E731
    clean = predict([place.text for place in places])
    flips: dict[str, Floats] = {}
    for kind, texts in made.items():
        flat = [text for each in texts for text in each]
        flips[kind] = (predict(flat).reshape(len(places), -1) != clean[:, None]).mean(axis=1)
    rows = np.arange(len(places))
    low, high = interval(mean_between(grouped(flips["observed"], rows), 0, 1))
    print(f"model {name}: observed {flips['observed'].mean():.2%} [{low:.2%}, {high:.2%}]", end="")
    for kind in ("human", "uniform"):
        rate = flips[kind].mean()
        print(f"; {kind} {rate:.2%} ({'within' if low <= rate <= high else 'outside'})", end="")
    print(flush=True)


if __name__ == "__main__":
    main()
