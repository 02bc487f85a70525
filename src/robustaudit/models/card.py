"""The model card: what a model is, how it was made, how good it was, and which files it needs."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from robustaudit.core.documents import read_json
from robustaudit.core.errors import UserError
from robustaudit.core.files import sha256_of, write_atomically
from robustaudit.core.typed import parse
from robustaudit.models.sizes import Numbers

CARD = "card.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFile:
    """A file a model needs: where it lies, relative to the card, and its SHA-256."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetRecord:
    """The preset a model was made with, with all its numbers."""

    name: str
    model: Numbers
    training: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """How a model was made; `epochs` and `best_epoch` are 0 for what is fitted at once.

    `seconds` are those of all epochs, with their evaluation.
    """

    command: str
    data: str
    data_digest: str
    seed: int
    epochs: int
    best_epoch: int
    seconds: float
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Share of right answers and F1 (of the last class) of the stored weights, as fractions."""

    validation_accuracy: float
    validation_f1: float
    test_accuracy: float
    test_f1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a part made by others comes from, and under which licence."""

    source: str
    licence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """All that is known of a trained model; `parameters` counts those that were trained.

    `embeddings` tells where the word-piece vectors, or a whole base, are from; null where it needs none.
    `base_sha256` is that of the base's weights, which lie elsewhere.
    """

    name: str
    title: str
    labels: tuple[str, ...]
    parameters: int
    preset: PresetRecord
    run: RunRecord
    scores: Scores
    files: Mapping[str, CardFile]
    embeddings: Provenance | None
    base_sha256: str | None

    @property
    def digest(self) -> str:
        """SHA-256 over all that fixes the model's answers: its files and base, its numbers, its labels."""
        files = {role: file.sha256 for role, file in self.files.items()}
        if self.base_sha256:
            files["base"] = self.base_sha256
        answers = [files, dict(self.preset.model), self.labels]
        return hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()

    def locate(self, role: str, folder: Path) -> Path:
        """The path of the file that plays a role, for a card that lies in `folder`."""
        if role not in self.files:
            raise UserError(f"model card {str(folder / CARD)!r} names no file for its {role}")
        return folder / self.files[role].path


def read_card(folder: Path) -> Card:
    """The card that lies in `folder`."""
    path = folder / CARD
    return parse(Card, read_json(path, "model card"), where=f"model card {str(path)!r}")


def write_card(card: Card, folder: Path) -> None:
    """Put `card` into `folder`."""
    write_atomically(folder / CARD, (json.dumps(asdict(card), indent=2) + "\n").encode())


def record_file(path: Path, folder: Path) -> CardFile:
    """The entry of a file for a card that lies in `folder`."""
    return CardFile(path=Path(os.path.relpath(path, folder)).as_posix(), sha256=sha256_of(path))
