"""Findings: what a run shows of drops, true classes and models, and the sentences that say so."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from robustaudit.core.display import percent, visible
from robustaudit.statistics.measures import Estimate

ALPHA = 0.05
"""The probability that any finding of a run is wrong is at most this, half of it for drops."""

SMALL_DROP = 0.05
"""A drop is small if its true value is shown to be below this."""

_LIMIT = f"{100 * SMALL_DROP:g} pp"

FindingKind = Literal["drop", "class", "model", "limit"]
"""A drop; one class that drops more than others; one model that drops more than another; a small drop."""

_DIFFERENCES: dict[FindingKind, str] = {
    "class": "difference between true classes",
    "model": "difference between models",
}

Claim = Literal["drop", "small"]
"""Shown of one drop: it is above 0, or it is below `SMALL_DROP`."""

Named = Callable[[str], str]
"""Makes the name of a model, an attack or a class harmless where a line is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDrop:
    """One of the drops that a finding compares: of `name`, a class or a model, with what is shown of it."""

    name: str
    drop: Estimate
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A significant effect: a drop, or a difference of two drops, of a model under an attack (None: all).

    `effect` is the drop, or the first of `compared` minus the second; these are the drops of the true classes
    `label` and `other_label` (None: all others), or of `model` and another model on the same trials.
    `p_value` is one-sided, `p_adjusted` the same by Holm's method: of a drop under one attack over the rows,
    of all other findings over the `finding_tests` of the run.
    """

    kind: FindingKind
    model: str
    attack: str | None
    label: int | None = None
    other_label: int | None = None
    effect: Estimate
    compared: tuple[FoundDrop, ...] = ()
    p_value: float
    p_adjusted: float = 1.0

    @property
    def figure(self) -> Estimate:
        """The figure of its headline: the drop of the true class that is shown to lose, else the effect."""
        return self.compared[0].drop if self._class_loses else self.effect

    @property
    def quantity(self) -> str:
        """What the figure is, in words."""
        of_class = f"drop in accuracy, {visible(self.compared[0].name)} texts" if self._class_loses else ""
        return of_class or _DIFFERENCES.get(self.kind, "drop in accuracy")

    @property
    def _class_loses(self) -> bool:
        return self.kind == "class" and "drop" in self.compared[0].claims

    @property
    def certainty(self) -> float:
        """The size that confidence intervals leave: of a small drop, how far it is below the limit.

        Of a difference, not more than they leave of the larger drop: what the other gains is no loss.
        """
        if self.kind == "limit":
            return 0.0 if self.effect.high is None else SMALL_DROP - self.effect.high
        return min(each.low or 0.0 for each in (self.effect, *(part.drop for part in self.compared[:1])))

    @property
    def is_loss(self) -> bool:
        """Whether a drop is above 0: of all texts, or of a true class by its own confidence interval too."""
        return self.kind in ("drop", "class") and self.certainty > 0

    def where(self, named: Named = visible) -> str:
        """The attack of the finding, as sentences begin with it."""
        return "over all attacks" if self.attack is None else f"under {named(self.attack)}"

    def sentence(self, named: Named = visible) -> str:
        """The finding in one sentence without a full stop; `named` makes names harmless where it is shown."""
        where = self.where(named)
        model = f"model {named(self.model)}"
        if self.kind == "drop":
            return f"{where}, {model} loses {_points(self.effect)}"
        if self.kind == "limit":
            return f"{where}, {model} loses less than {_LIMIT} ({_points(self.effect)})"
        first, second = self.compared
        names = named(first.name), named(second.name)
        if "drop" not in first.claims:
            larger = f"{where}, the drop of {model} is {_points(self.effect)} larger"
            if self.kind == "model":
                return f"{larger} than that of model {names[1]} on the same texts"
            drops = _points(first.drop), _points(second.drop)
            return f"{larger} on {names[0]} texts ({drops[0]}) than on {names[1]} ones ({drops[1]})"
        taken = f" takes {names[0]} texts for {names[1]}" if self.other_label is not None else ""
        return (
            f"{where}, {model}{taken}: {names[0]} texts lose {_points(first.drop)}, "
            f"{names[1]} ones {_of_others(second)}"
        )

    def __str__(self) -> str:
        return f"{self.sentence()[0].upper()}{self.sentence()[1:]}."


def _of_others(found: FoundDrop) -> str:
    """What is shown of the drop of the other classes: nothing that its tests do not."""
    if "drop" in found.claims:
        return _points(found.drop)
    shown = f"less than {_LIMIT}" if "small" in found.claims else "no significant drop"
    return f"{shown} ({_points(found.drop)})"


def _points(drop: Estimate) -> str:
    interval = (
        "" if drop.low is None or drop.high is None else f" [{percent(drop.low)}, {percent(drop.high)}]"
    )
    return f"{percent(drop.value)} pp{interval}"
