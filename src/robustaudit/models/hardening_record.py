"""The record of a hardening: what a model was trained on with, and how accurate it was before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from robustaudit.core.documents import read_json, to_pretty_json
from robustaudit.core.files import is_file, write_atomically
from robustaudit.core.typed_values import parse_typed
from robustaudit.models.classifier import ExternalModel, ModelFile, SeenAttack

HARDENING = "hardening.json"
_HARDENED = ", hardened on "
_MOST_NAMES = 4  # of attacks, in the title of a model


@dataclass(frozen=True, slots=True, kw_only=True)
class HardeningScores:
    """Shares of correct predictions: for validation examples, clean and under each attack trained with.

    `test_accuracy` is that for the clean test examples, by which nothing was chosen.
    """

    validation_accuracy: float
    perturbed_accuracy: Mapping[str, float]
    test_accuracy: float

    @property
    def mean_perturbed_accuracy(self) -> float:
        """The mean validation accuracy under the seen attacks."""
        return sum(self.perturbed_accuracy.values()) / len(self.perturbed_accuracy)


@dataclass(frozen=True, slots=True, kw_only=True)
class HardeningRecord:
    """How a model was hardened.

    `seen` are the attacks of this hardening and those that the original had seen, `held_out` the attacks and
    families that were kept from it. `rates` are those of attacks without one, from the first epoch to the
    last. `files` are the SHA-256 of the files of the model, by name: the record is of these alone.
    """

    command: str
    original: str
    original_digest: str
    seen: tuple[SeenAttack, ...]
    held_out: tuple[str, ...]
    preset: str
    rates: tuple[float, ...]
    share: float
    max_clean_loss: float
    training: Mapping[str, int | float | str]
    seed: int
    data: str
    data_digest: str
    texts_digest: str
    epochs: int
    kept_epoch: int
    seconds: float
    before: HardeningScores
    after: HardeningScores
    versions: Mapping[str, str]
    files: Mapping[str, str]


def hardened_title(original: str, seen: Sequence[SeenAttack]) -> str:
    """The description of a hardened model, from that of its original."""
    names = [each.attack for each in seen]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"{original.partition(_HARDENED)[0]}{_HARDENED}{', '.join(names[:_MOST_NAMES])}{more}"


def read_hardening(folder: Path, files: Sequence[ModelFile]) -> HardeningRecord | None:
    """The record that lies in `folder`, if there is one, and it is of these files of a model."""
    path = folder / HARDENING
    if not is_file(path):
        return None
    where = f"record of a hardening {str(path)!r}"
    record = parse_typed(HardeningRecord, read_json(path, "record of a hardening"), where=where)
    known = {file.path.name: file.sha256 for file in files}
    return record if record.files.items() <= known.items() else None


def as_recorded(source: ExternalModel, folder: Path) -> ExternalModel:
    """The model with what the record in `folder` says of it, if it was hardened."""
    record = read_hardening(folder, source.files)
    if record is None:
        return source
    return replace(
        source,
        title=hardened_title(source.title, record.seen),
        trained_on=record.data_digest,
        seen_attacks=record.seen,
    )


def write_hardening(record: HardeningRecord, folder: Path) -> None:
    """Put the record into `folder`."""
    write_atomically(folder / HARDENING, to_pretty_json(asdict(record)))
