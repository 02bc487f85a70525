"""The seam to where models come from: what a plan must know of one before it is loaded."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from robustaudit.models.classifier import Classifier


@dataclass(frozen=True, slots=True)
class DataLabels:
    """The labels of the data, for models that name none; `numbered` where the data writes them as numbers."""

    names: tuple[str, ...]
    numbered: bool


@dataclass(frozen=True, slots=True)
class KnownAccuracy:
    """The share of right answers that a model was found to give on the test split of a data set."""

    data: str
    test: float


class ModelSource(Protocol):
    """A model that is there and can be loaded."""

    @property
    def name(self) -> str:
        """What the model is called in options, tables and files."""
        ...

    @property
    def title(self) -> str:
        """What the model is, in words."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of each class, in the order of the columns of `predict`."""
        ...

    @property
    def digest(self) -> str:
        """A SHA-256: two models of one digest give the same answers."""
        ...

    @property
    def accuracy(self) -> KnownAccuracy | None:
        """How good it is known to be, where that is known."""
        ...

    def load(self) -> Classifier:
        """The classifier itself; imports the libraries it runs on."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignModel:
    """A model made elsewhere; `make` loads it, and can be pickled where runs have worker processes.

    One that is not `named` has no names for its classes: its labels are those of the data.
    """

    name: str
    title: str
    labels: tuple[str, ...]
    digest: str
    make: Callable[[], Classifier]
    accuracy: KnownAccuracy | None = None
    named: bool = True

    def load(self) -> Classifier:
        """The classifier itself; imports the libraries it runs on."""
        return self.make()
