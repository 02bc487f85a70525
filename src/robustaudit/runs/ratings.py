"""Ratings of 1 to 5 as the sentiments that a model has for classes: proposed, never guessed."""

import unicodedata
from collections.abc import Sequence

from robustaudit.datasets import LEFT_OUT, DataLabel

_SCALE = range(1, 6)
_SENTIMENTS = (("neg", "bad", "low"), ("neu", "mixed"), ("pos", "good", "high"))  # as their names begin
_FEWEST = 3  # ratings: two could be any two classes
_TWO = 2

RatingMap = list[tuple[str, str]]
"""The class of each value of the data, by its name, or `LEFT_OUT`."""


def rating_maps(labels: Sequence[DataLabel], classes: Sequence[str]) -> tuple[tuple[str, RatingMap], ...]:
    """The label maps that read ratings as sentiments, and what each does; none where they are neither.

    Ratings of 3 are neutral, or left out where a model has no such class. Where the names of two classes do
    not tell which is the better, there are two maps.
    """
    numbers = [label.spelled_number for label in labels]
    if len(labels) < _FEWEST or not all(number in _SCALE for number in numbers):
        return ()
    kinds = {_sentiment(name): name for name in classes}
    left_out = "; 3 is left out" if 3 in numbers and len(classes) == _TWO else ""  # noqa: PLR2004
    if set(kinds) == {0, 1, 2} and len(classes) == len(kinds):
        return (("3 is neutral", _pairs(labels, kinds[0], kinds[1], kinds[2])),)
    if set(kinds) == {0, 2} and len(classes) == _TWO:
        return ((f"low and high{left_out}", _pairs(labels, kinds[0], LEFT_OUT, kinds[2])),)
    if len(classes) != _TWO:
        return ()
    first, second = classes
    return (
        (
            f"if {second} is the better{left_out}",
            _pairs(labels, first, LEFT_OUT, second),
        ),
        ("the other way round", _pairs(labels, second, LEFT_OUT, first)),
    )


def _sentiment(name: str) -> int | None:
    """0 for the name of a negative class, 1 of a neutral one, 2 of a positive one."""
    plain = normalised_name(name)
    return next((place for place, begins in enumerate(_SENTIMENTS) if plain.startswith(begins)), None)


def _pairs(labels: Sequence[DataLabel], low: str, middle: str, high: str) -> RatingMap:
    classes = {1: low, 2: low, 3: middle, 4: high, 5: high}
    return [
        (value, classes[label.spelled_number or 0])
        for label in labels
        for value in label.values or (label.text,)
    ]


def normalised_name(name: str) -> str:
    """A name as it is compared: whatever its case, and however its accents are encoded."""
    return unicodedata.normalize("NFC", name.strip()).casefold()
