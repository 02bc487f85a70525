"""Attacks applied to texts."""

from collections.abc import Sequence
from typing import overload

import numpy as np

from robustaudit.api.request import AnAttack
from robustaudit.attacks import Attack, Composition, compose
from robustaudit.core import defaults
from robustaudit.core.errors import UserError
from robustaudit.core.records import PerturbedText
from robustaudit.core.typed_values import parse_field, parse_several, parse_typed
from robustaudit.core.validation import check_at_least, check_unicode
from robustaudit.datasets.dataset_statistics import content_id
from robustaudit.perturbations import TextBatch, find_segmenter
from robustaudit.reports.layout import TextReport
from robustaudit.reports.page.document import inline_draws
from robustaudit.reports.trial_report import render_draws

_SHOWN = 50


class Draws(Sequence[PerturbedText]):
    """Draws of an attack: each has the perturbed `text`, its `original` and its `edits`.

    Printed, or at the end of a cell, they are shown with their edits marked.
    """

    def __init__(self, attack: Attack, drawn: Sequence[PerturbedText]) -> None:
        self._attack = attack
        self._drawn = drawn

    @property
    def texts(self) -> list[str]:
        """The perturbed texts."""
        return [draw.text for draw in self]

    def __len__(self) -> int:
        return len(self._drawn)

    @overload
    def __getitem__(self, index: int) -> PerturbedText: ...
    @overload
    def __getitem__(self, index: slice) -> "Draws": ...
    def __getitem__(self, index: int | slice) -> "PerturbedText | Draws":
        return Draws(self._attack, self._drawn[index]) if isinstance(index, slice) else self._drawn[index]

    def __repr__(self) -> str:
        return str(TextReport(lambda _: render_draws(str(self._attack), self[:_SHOWN], total=len(self))))

    def _repr_html_(self) -> str:
        return inline_draws(str(self._attack), self[:_SHOWN], total=len(self))


def perturb(
    texts: str | Sequence[str],
    attack: AnAttack,
    *,
    draws: int = 3,
    rate: float | None = None,
    seed: int = defaults.SEED,
    segmentation: str = defaults.SEGMENTATION,
) -> Draws:
    """Apply an attack to a text, or to several: `draws` draws of each, one text after the other.

    Draw 0 of a text is the one of an audit with that seed, if the data has no ids of its own.

    Raises:
        UserError: the attack is invalid, or a number is out of range.
    """
    given = parse_several(str, texts, where="texts")
    for place, text in enumerate(given):
        check_unicode(f"text {place}", text)
    number_of = check_at_least("draws", parse_typed(int, draws, where="draws"), 1)
    if not isinstance(attack, str | Composition):
        raise UserError(f"attack must be an expression, or what compose() makes of one, got {attack!r}")
    composed = compose(attack) if isinstance(attack, str) else attack
    share = parse_field(float | None, rate, where="rate")
    meant = (composed if share is None else composed @ share).attack
    seed = check_at_least("seed", parse_typed(int, seed, where="seed"), 0)
    batch = TextBatch(list(given), segmenter=find_segmenter(segmentation))
    rows = np.repeat(np.arange(len(given)), number_of)
    keys = meant.keys(
        seed=seed, draws=[(content_id(text), draw) for text in given for draw in range(number_of)]
    )
    return Draws(meant, meant.draw(batch, rows, keys))
