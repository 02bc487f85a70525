"""The seam to any model: the interface of a classifier."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.files import sha256_of


class MissingPredictions(Exception):
    """Some texts of a call have no prediction: `answer` holds the others', `reasons` says why, by row.

    The model replied to all of them, but for the rows that `failed`; what it replied is no label of its own.
    """

    def __init__(
        self,
        answer: NDArray[np.float64] | NDArray[np.int64],
        reasons: Mapping[int, str],
        failed: Collection[int] = (),
    ) -> None:
        super().__init__(f"{len(reasons)} texts have no answer")
        self.answer = answer
        self.reasons = reasons
        self.failed = failed


class Classifier(Protocol):
    """Anything that predicts a probability for each label, or a class, for each text.

    One that sends its texts in calls of its own, as over a network, may say in an attribute `batch_size` how
    many it takes at once, and raises `MissingPredictions` where some have none. One that reads at most
    `max_tokens` of a text, an attribute, has `count_truncated(texts)`: how many are longer. One that
    splits words has `split_words(words)`: how it reads each alone, as `WordPieces`. One that caches
    predictions has `predict_anew(texts, asking=…)` too: it queries as if nothing were cached but what an
    earlier query of that name was told. One that puts texts of similar length together may say in an
    attribute `preferred_batch_size` how many it works best with, where the user gives no number.
    """

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of each class, in the order of the columns of `predict`."""
        ...

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64] | NDArray[np.int64]:
        """Probabilities of shape (n_texts, n_classes), whose rows sum to 1.

        A model that knows no probabilities answers with each text's class, counted from 0: whole numbers of
        shape (n_texts,). A text that makes it raise is looked for, unless it raises a RobustAuditError, which
        says that no text will be answered and ends the run.
        """
        ...


_EXACT = 1e-6  # off by less than that, probabilities are left as they are
_ROUNDED = 0.005  # what rounding to two places can make of one probability
_MOST = 0.05


def tolerance(classes: int) -> float:
    """How far a text's probabilities may sum from 1 and still be rescaled: rounding to two decimals."""
    return min(_ROUNDED * classes, _MOST)


def as_probabilities(scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], dict[int, str]]:
    """Scores of shape (n_texts, n_classes), rescaled to sum to 1 where they nearly do.

    The rows of others are NaN, and it is said why, by row.
    """
    most = tolerance(scores.shape[1]) + _EXACT
    total = scores.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        sound = ((scores >= 0).all(axis=1, keepdims=True)) & (np.abs(total - 1) <= most)
        scaled = np.where(np.abs(total - 1) > _EXACT, scores / np.where(sound, total, 1), scores)
    reasons = {row: _reason(scores[row], most) for row in np.flatnonzero(~sound).tolist()}
    return np.where(sound, scaled, np.nan), reasons


def _reason(row: NDArray[np.float64], most: float) -> str:
    told = f"gave no probabilities, but {_told(row)}"
    if not np.isfinite(row).all():
        return told
    if row.min() < 0:
        return f"{told}: scores that may be below 0 need a softmax first, or answer with labels"
    return f"{told}, whose sum is {row.sum():.4g} and must be within {most:.2g} of 1"


def _told(row: NDArray[np.float64]) -> str:
    shown = ", ".join(f"{score:.4g}" for score in row[:12])
    return f"[{shown}{', …' if len(row) > 12 else ''}]"  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class DataLabels:
    """The labels of the data, for models that name none; `numbered` where the data writes them as numbers.

    Names of numbers are without gaps; `seen` are those that the data has.
    """

    names: tuple[str, ...]
    numbered: bool
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownAccuracy:
    """The share of right answers that a model was found to give on the test split of a data set."""

    data: str
    test: float


class ModelSource(Protocol):
    """A model that is there and can be loaded.

    One that may be computed in bf16 has an attribute `has_bf16` that says so, and loads a classifier with
    `in_form`: see `robustaudit.models.forms`.
    """

    @property
    def name(self) -> str:
        """The model's name in options, tables and files."""
        ...

    @property
    def uri(self) -> str | None:
        """The full name by which it is found again, as in ``hf:my/model``; None for one in memory."""
        ...

    @property
    def title(self) -> str:
        """The model's description."""
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
        """Its test accuracy, if known."""
        ...

    def load(self) -> Classifier:
        """The classifier itself; imports the libraries it runs on."""
        ...


@dataclass(frozen=True, slots=True, order=True)
class ModelFile:
    """A file that fixes a model's predictions, and its SHA-256 when the model was found."""

    path: Path
    sha256: str

    @classmethod
    def of(cls, path: Path) -> "ModelFile":
        return cls(path, sha256_of(path))


def files_of(source: ModelSource) -> tuple[ModelFile, ...]:
    """The files of a model, if it has any."""
    return getattr(source, "files", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenAttack:
    """An attack that a model was trained with: the user's name for it, and its expression with all rates."""

    attack: str
    expression: str


def seen_by(source: ModelSource) -> tuple[SeenAttack, ...]:
    """The attacks that a model was trained with, where these are known."""
    return getattr(source, "seen_attacks", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalModel:
    """A model made elsewhere; `make` loads it, and can be pickled where runs have worker processes.

    One that is not `named` has no names for its classes: its labels are those of the data. `trained_on` is
    the digest of the data that it was trained on, where that is known. `has_bf16`: it may be computed in
    bf16. `seen_attacks` are those that it was trained with, where these are known.
    """

    name: str
    title: str
    labels: tuple[str, ...]
    digest: str
    make: Callable[[], Classifier]
    accuracy: KnownAccuracy | None = None
    named: bool = True
    trained_on: str | None = None
    uri: str | None = None
    has_bf16: bool = False
    files: tuple[ModelFile, ...] = ()
    seen_attacks: tuple[SeenAttack, ...] = ()

    def load(self) -> Classifier:
        """The classifier itself; imports the libraries it runs on."""
        return self.make()
