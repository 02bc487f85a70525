"""Trainings read from their files; nothing here needs the libraries they ran on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from robustaudit.core.errors import UserError
from robustaudit.core.files import shipped
from robustaudit.core.validation import check_known
from robustaudit.models import Card, available, resolve_trained
from robustaudit.models.reference_models import REFERENCE_MODELS
from robustaudit.models.training_history import (
    TrainingHistory,
    ValidationPredictions,
    read_history,
    read_validation,
)

_FITTED_AT_ONCE = "tfidf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A trained network: its card, the history of its training, its predictions on the validation split.

    `own_bytes` count the files of its folder, `shared_bytes` the other files that it needs.
    """

    card: Card
    history: TrainingHistory
    validation: ValidationPredictions
    own_bytes: int
    shared_bytes: int

    @property
    def name(self) -> str:
        return self.card.name

    @property
    def train_seconds(self) -> float:
        """Seconds of all epochs without their evaluations."""
        return sum(epoch.seconds - epoch.evaluation_seconds for epoch in self.history.epochs)

    @property
    def best_accuracy(self) -> float:
        """Validation accuracy of the best epoch, as a fraction."""
        return max(epoch.validation_accuracy for epoch in self.history.epochs)


def read_trainings(names: Sequence[str] | None, *, folder: Path | None = None) -> tuple[Training, ...]:
    """The trainings of those names, by default of every trained network in `folder`.

    Raises:
        UserError: an unknown model, one without learning curves, or files that are missing or changed.
    """
    chosen = _trained(folder) if names is None else tuple(dict.fromkeys(names))
    return tuple(_read(name, folder) for name in chosen)


def _trained(folder: Path | None) -> tuple[str, ...]:
    names = tuple(
        listing.name
        for listing in available(folder)
        if listing.card is not None and _has_curves(listing.name)
    )
    if not names:
        where = str(folder or shipped("trained_models"))
        raise UserError(f"no trained network in {where!r}: `robustaudit train --models all` makes them")
    return names


def _read(name: str, folder: Path | None) -> Training:
    check_known("model", name, REFERENCE_MODELS)
    if not _has_curves(name):
        raise UserError(f"model {name!r} is fitted at once: it has no training curves")
    source = resolve_trained(name, folder=folder)
    own = {path.resolve() for path in source.folder.iterdir() if path.is_file()}
    needed = {source.card.locate(role, source.folder).resolve() for role in source.card.files}
    return Training(
        card=source.card,
        history=read_history(source.folder),
        validation=read_validation(source.folder),
        own_bytes=_size(own),
        shared_bytes=_size(needed - own),
    )


def _has_curves(name: str) -> bool:
    return REFERENCE_MODELS[name].family != _FITTED_AT_ONCE


def _size(paths: set[Path]) -> int:
    return sum(path.stat().st_size for path in paths)
