"""Presets of a hardening: how many texts are perturbed, how hard, and how each kind of model learns."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from robustaudit.core.errors import UserError
from robustaudit.core.spelling import named
from robustaudit.core.typed_values import parse_typed
from robustaudit.core.validation import check_at_least, check_between
from robustaudit.models.card import check_share
from robustaudit.training.preset import FineTuning, Optimisation, preset_content


@dataclass(frozen=True, slots=True, kw_only=True)
class Refitting:
    """The fits of a model that has no epochs; the e-th is on the originals and the copies of e epochs."""

    epochs: int

    def __post_init__(self) -> None:
        check_at_least("epochs", self.epochs, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class HardeningPreset:
    """All numbers of a hardening.

    In each epoch the `share` of the texts is perturbed. `rates` are those of attacks without a rate, each for
    an equal part of the epochs. The validation accuracy on clean texts falls by at most `max_clean_loss`.
    """

    name: str
    share: float
    rates: tuple[float, ...]
    max_clean_loss: float
    network: Optimisation
    pretrained: FineTuning
    refitted: Refitting

    def __post_init__(self) -> None:
        check_between(named("share"), self.share, 0, 1)
        check_share(named("max_clean_loss"), self.max_clean_loss)
        if not self.rates:
            raise UserError(f"rates of preset {self.name!r} must be one or more, got none")
        for rate in self.rates:
            check_between(f"rates of preset {self.name!r}", rate, 0, 1)

    def rate_in(self, epoch: int, epochs: int) -> float:
        """The rate in an epoch, counted from 1, of so many."""
        return self.rates[(epoch - 1) * len(self.rates) // epochs]

    def with_values(
        self, *, epochs: int | None, share: float | None, max_clean_loss: float | None
    ) -> "HardeningPreset":
        """The same preset with those of the values that are given; epochs are those of each kind of model."""
        given: Mapping[str, object] = {"share": share, "max_clean_loss": max_clean_loss}
        changed = replace(self, **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
        if epochs is None:
            return changed
        return replace(
            changed,
            network=replace(self.network, epochs=epochs),
            pretrained=replace(self.pretrained, epochs=epochs),
            refitted=replace(self.refitted, epochs=epochs),
        )


def load_hardening_preset(name: str) -> HardeningPreset:
    """A preset that ships, by its name, or one from the path of a TOML file.

    Raises:
        UserError: there is no such preset, or a number is missing or out of range.
    """
    content = preset_content(name, folder="hardening_presets")
    return parse_typed(HardeningPreset, content, where=f"preset {name!r}")
