"""Ratings as the sentiments that a model has for classes: proposed, never guessed."""

import re
import unicodedata
from collections.abc import Sequence

from robustaudit.datasets import LEFT_OUT, DataLabel

_SENTIMENTS = (("neg", "bad", "low"), ("neu", "mixed"), ("pos", "good", "high"))  # as their names begin
_FIVE, _TEN = (range(1, 3), range(3, 4), range(4, 6)), (range(1, 5), range(5, 7), range(7, 11))
_STARS = re.compile(r"([0-9]{1,2})[ -]?stars?", re.IGNORECASE)
_FEWEST = 3  # ratings: two could be any two classes
_TWO = 2

RatingMap = list[tuple[str, str]]
"""The class of each value of the data, by its name, or `LEFT_OUT`."""


def rating_maps(labels: Sequence[DataLabel], classes: Sequence[str]) -> tuple[tuple[str, RatingMap], ...]:
    """The label maps that read ratings of 1 to 5, or 1 to 10, as sentiments, and what each does.

    Middle ratings (3, or 5 and 6) are neutral, or left out where a model has no such class. Where the names
    of two classes do not tell which is the better, there are two maps; there is none where labels are no
    ratings, or classes no sentiments.
    """
    ratings = [_rating(label) for label in labels]
    scale = _FIVE if max(ratings, default=0) < _FIVE[-1].stop else _TEN
    parts = [next((place for place, part in enumerate(scale) if rating in part), None) for rating in ratings]
    if len(labels) < _FEWEST or None in parts or not {0, 2} <= set(parts):
        return ()

    def mapped(*names: str) -> RatingMap:
        return [
            (value, names[part or 0])
            for label, part in zip(labels, parts, strict=True)
            for value in label.values or (label.text,)
        ]

    middle = [str(rating) for rating, part in zip(ratings, parts, strict=True) if part == 1]
    verb = "are" if len(middle) > 1 else "is"
    kinds = {_sentiment(name): name for name in classes}
    if set(kinds) == {0, 1, 2} and len(classes) == len(kinds):
        how = f"{', '.join(middle)} {verb} neutral" if middle else "low and high"
        return ((how, mapped(kinds[0], kinds[1], kinds[2])),)
    if len(classes) != _TWO:
        return ()
    left_out = f"; {', '.join(middle)} {verb} left out" if middle else ""
    if set(kinds) == {0, 2}:
        return ((f"low and high{left_out}", mapped(kinds[0], LEFT_OUT, kinds[2])),)
    first, second = classes
    return (
        (f"if {second} is the better{left_out}", mapped(first, LEFT_OUT, second)),
        ("the other way round", mapped(second, LEFT_OUT, first)),
    )


def _rating(label: DataLabel) -> int:
    """The rating that a label is, as 4 or `4 stars`; 0 for none."""
    found = _STARS.fullmatch(label.text)
    return label.spelled_number or (int(found[1]) if found else 0)


def _sentiment(name: str) -> int | None:
    """0 for the name of a negative class, 1 of a neutral one, 2 of a positive one."""
    plain = normalised_name(name)
    return next((place for place, begins in enumerate(_SENTIMENTS) if plain.startswith(begins)), None)


def normalised_name(name: str) -> str:
    """A name as it is compared: whatever its case, and however its accents are encoded."""
    return unicodedata.normalize("NFC", name.strip()).casefold()
