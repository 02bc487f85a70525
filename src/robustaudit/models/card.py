"""The model card: what a model is, how it was made, how good it was, and which files it needs."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from robustaudit.core.documents import read_json, to_pretty_json
from robustaudit.core.errors import UserError
from robustaudit.core.files import sha256_of, write_atomically
from robustaudit.core.typed_values import parse_typed
from robustaudit.core.validation import check_at_least

Numbers = Mapping[str, int | float | str]
PoolingName = Literal["mean", "mean_max", "first"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LSTMSizes:
    """Shape of the LSTM models; the encoder's `hidden` counts one direction."""

    max_tokens: int
    hidden: int
    num_heads: int
    head_size: int
    pooling: PoolingName
    dropout: float
    piece_dropout: float

    def __post_init__(self) -> None:
        check_at_least("max_tokens", self.max_tokens, 3)
        check_at_least("hidden", self.hidden, 1)
        check_share("dropout", self.dropout)
        check_share("piece_dropout", self.piece_dropout)
        if self.num_heads * self.head_size != 2 * self.hidden:
            raise UserError(
                "num_heads * head_size must be the encoder's width, 2 * hidden = "
                f"{2 * self.hidden}, got {self.num_heads} * {self.head_size}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerSizes:
    """Shape of the Transformer models; the width of layers and embeddings is num_heads * head_size."""

    max_tokens: int
    num_heads: int
    head_size: int
    feed_forward: int
    pooling: PoolingName
    dropout: float
    attention_dropout: float
    piece_dropout: float

    def __post_init__(self) -> None:
        check_at_least("max_tokens", self.max_tokens, 3)
        check_at_least("num_heads", self.num_heads, 1)
        check_at_least("head_size", self.head_size, 1)
        check_at_least("feed_forward", self.feed_forward, 1)
        check_share("dropout", self.dropout)
        check_share("attention_dropout", self.attention_dropout)
        check_share("piece_dropout", self.piece_dropout)


@dataclass(frozen=True, slots=True, kw_only=True)
class BertSizes:
    """Shape of the fine-tuned BERT; `base` names a package that carries one, or a folder."""

    base: str
    max_tokens: int
    trained_layers: int
    pooling: PoolingName
    dropout: float

    def __post_init__(self) -> None:
        check_at_least("max_tokens", self.max_tokens, 3)
        check_at_least("trained_layers", self.trained_layers, 0)
        check_share("dropout", self.dropout)


@dataclass(frozen=True, slots=True, kw_only=True)
class TfidfSizes:
    """Shape of the baseline: terms of 1 to `max_words` words that lie in at least `min_texts` texts."""

    max_words: int
    min_texts: int

    def __post_init__(self) -> None:
        check_at_least("max_words", self.max_words, 1)
        check_at_least("min_texts", self.min_texts, 1)


NetworkSizes = LSTMSizes | TransformerSizes | BertSizes


def check_share(name: str, value: float) -> float:
    """Return `value` where 0 <= value < 1."""
    if not 0 <= value < 1:
        raise UserError(f"{name} must be at least 0 and below 1, got {value:g}")
    return value


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
class AugmentationRecord:
    """The attack that perturbed a share of the training texts, and the digest of all texts."""

    attack: str
    expression: str
    share: float
    seed: int
    texts_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """How a model was trained; `epochs` and `best_epoch` are 0 for a model without epochs.

    `seconds` are those of all epochs, with their evaluation; `augmentation` is null if no text was perturbed.
    """

    command: str
    data: str
    data_digest: str
    augmentation: AugmentationRecord | None
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
    """Source and licence of a third-party part."""

    source: str
    licence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The record of a trained model; `parameters` counts the trained ones.

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
    return parse_typed(Card, read_json(path, "model card"), where=f"model card {str(path)!r}")


def write_card(card: Card, folder: Path) -> None:
    """Put `card` into `folder`."""
    write_atomically(folder / CARD, to_pretty_json(asdict(card)))


def record_file(path: Path, folder: Path) -> CardFile:
    """The entry of a file for a card that lies in `folder`."""
    return CardFile(path=Path(os.path.relpath(path, folder)).as_posix(), sha256=sha256_of(path))
