"""What the training of any model hands over to be scored and put on its card."""

from collections.abc import Mapping
from dataclasses import dataclass

from robustaudit.models import Classifier
from robustaudit.models.card import CardFile, Provenance
from robustaudit.models.history import Epoch
from robustaudit.models.sizes import Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A model that was just trained and stored; `classifier` answers as it will when it is loaded."""

    classifier: Classifier
    parameters: int
    model: Numbers
    training: Numbers
    files: Mapping[str, CardFile]
    library: str
    epochs: tuple[Epoch, ...] = ()
    embeddings: Provenance | None = None
    base_sha256: str | None = None

    @property
    def best_epoch(self) -> int:
        """The first epoch of the highest validation accuracy; 0 for what is fitted at once."""
        best = max(self.epochs, key=lambda epoch: epoch.validation_accuracy, default=None)
        return best.epoch if best else 0
