"""How severities are calibrated: the share of characters that a perturbation changes at a rate."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from robustaudit.attacks.severity import LEVELS, SeverityCalibration
from robustaudit.core.code_points import CodePoints, Integers
from robustaudit.core.edits import EditColumns, share_of_characters
from robustaudit.core.randomness import keys_of
from robustaudit.perturbations import (
    PERTURBATIONS,
    Perturbation,
    SitePool,
    TextBatch,
    WeightedPerturbation,
    build,
    info_of,
)

_WORDS = 100  # of a text: so many that one edit more or less hardly changes the share
_STEPS = 14  # of halving an interval of rates
_DECIMALS = 4
_LEAST_RATE = 10**-_DECIMALS


def join_sentences(sentences: Sequence[str]) -> list[str]:
    """Texts of a hundred words or a little more: as many sentences on end as that takes."""
    texts: list[str] = []
    begun: list[str] = []
    words = 0
    for sentence in sentences:
        begun.append(sentence)
        words += len(sentence.split())
        if words >= _WORDS:
            texts.append(" ".join(begun))
            begun, words = [], 0
    return texts


def variants() -> Iterator[Perturbation]:
    """Each native perturbation as it is, and with each choice that one of its parameters has."""
    for name in PERTURBATIONS:
        cls = PERTURBATIONS.get(name)
        if info_of(cls).family == "foreign":
            continue
        made = [build(name, {})]
        types = get_type_hints(cls)
        for field in fields(cls):  # type: ignore[arg-type]  # each is a dataclass
            made += [build(name, {field.name: choice}) for choice in get_args(types[field.name])]
        yield from dict.fromkeys(made)


@dataclass(frozen=True)
class CalibrationTexts:
    """CalibrationTexts to measure on, and the key of one draw on each."""

    batch: TextBatch

    @classmethod
    def of(cls, texts: Sequence[str]) -> "CalibrationTexts":
        return cls(TextBatch(texts))

    @cached_property
    def rows(self) -> Integers:
        return np.arange(len(self.batch.texts))

    @cached_property
    def keys(self) -> NDArray[np.uint64]:
        return keys_of("severity", each=[(str(row), 0) for row in self.rows.tolist()])

    @property
    def characters_per_word(self) -> float:
        return float(self.codes.lengths.sum() / self.batch.word_counts.sum())

    @property
    def codes(self) -> CodePoints:
        return self.batch.codes


class ChangeMeter:
    """What one perturbation changes on some texts at any rate."""

    def __init__(self, perturbation: Perturbation, texts: CalibrationTexts) -> None:
        self._texts = texts
        self._pool = SitePool([WeightedPerturbation(perturbation, 1.0)], texts.batch)

    def draw(self, rate: float) -> EditColumns:
        return self._pool.draw(self._texts.rows, self._texts.keys, rate=rate)

    def share(self, rate: float) -> float:
        """The share of characters changed: the mean over the texts that it changes, 0 where there is none."""
        shares = share_of_characters(self._texts.codes, self._texts.rows, self.draw(rate))
        return float(shares[shares > 0].mean()) if shares.any() else 0.0


def calibrate(
    perturbation: Perturbation, texts: CalibrationTexts, held_out: CalibrationTexts
) -> SeverityCalibration:
    """The rate of each level on `texts`, and what it changes there and on texts that it was not fitted to."""
    gauge, check = ChangeMeter(perturbation, texts), ChangeMeter(perturbation, held_out)
    most = gauge.draw(1.0)
    rates = _rates(gauge)
    number = max(len(most.start), 1)
    return SeverityCalibration(
        rates=rates,
        shares=tuple(_rounded(gauge.share(rate)) for rate in rates),
        held_out=tuple(_rounded(check.share(rate)) for rate in rates),
        ceiling=_rounded(gauge.share(1.0)),
        texts=_rounded(float((np.diff(most.bounds) > 0).mean())),
        edits=round(len(most.start) / float(texts.batch.word_counts.sum()), 2 * _DECIMALS),
        characters=_rounded(float(most.characters.sum()) / number),
    )


def _rates(gauge: ChangeMeter) -> tuple[float, ...]:
    """The rate of each level: found by halving; 1 from the ceiling on; and where one edit is more than the
    level, in proportion to the next level, as longer texts have it.
    """
    ceiling, least = gauge.share(1.0), gauge.share(_LEAST_RATE)
    found = {share: _halved(gauge, share) for share in LEVELS if least < share <= ceiling}
    share, rate = next(iter(found.items()), (max(ceiling, _LEAST_RATE), 1.0))
    proportional = {level: min(rate * level / share, 1.0) for level in LEVELS if level <= least}
    return tuple(_rounded((found | proportional).get(level, 1.0)) for level in LEVELS)


def _halved(gauge: ChangeMeter, share: float) -> float:
    """The rate at which that share is changed: the share rises with the rate, by steps of a word."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if gauge.share(middle) < share else (low, middle)
    return high


def _rounded(value: float) -> float:
    return round(value, _DECIMALS)
