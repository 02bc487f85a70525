"""Presets: all numbers of a training, from a TOML file."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from robustaudit.core.errors import UserError
from robustaudit.core.files import is_file
from robustaudit.core.typed import parse
from robustaudit.core.validation import check_at_least, check_between, check_known
from robustaudit.models.settings import SETTINGS
from robustaudit.models.sizes import BertSizes, LSTMSizes, TfidfSizes, TransformerSizes, check_share
from robustaudit.training.assign import assign


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimisation:
    """How a network is fitted.

    The learning rate rises over the share `warm_up` of all steps, then falls to nothing (linear) or stays.
    What is judged and kept is an exponential moving average of the weights, of which a step leaves the share
    `averaging`; at 0, the weights themselves.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    epsilon: float
    schedule: Literal["linear", "constant"]
    weight_decay: float
    warm_up: float
    clip_norm: float
    label_smoothing: float
    averaging: float

    def __post_init__(self) -> None:
        check_at_least("epochs", self.epochs, 1)
        check_at_least("batch_size", self.batch_size, 1)
        check_between("learning_rate", self.learning_rate, 0, 1)
        check_between("epsilon", self.epsilon, 0, 1)
        check_share("weight_decay", self.weight_decay)
        check_share("warm_up", self.warm_up)
        check_between("clip_norm", self.clip_norm, 0, float("inf"))
        check_share("label_smoothing", self.label_smoothing)
        check_share("averaging", self.averaging)

    def freezes(self, epoch: int) -> bool:  # noqa: ARG002
        """Whether a pre-trained base is left alone in an epoch; there is none here."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class FineTuning(Optimisation):
    """How a pre-trained network is fitted: for `frozen_epochs`, only what stands on top of it."""

    frozen_epochs: int

    def __post_init__(self) -> None:
        Optimisation.__post_init__(self)
        check_at_least("frozen_epochs", self.frozen_epochs, 0)

    def freezes(self, epoch: int) -> bool:
        """Whether the pre-trained base is left alone in an epoch, counted from 1."""
        return epoch <= self.frozen_epochs


@dataclass(frozen=True, slots=True, kw_only=True)
class Regularisation:
    """How the baseline is fitted; `inverse_penalty` is scikit-learn's C."""

    inverse_penalty: float

    def __post_init__(self) -> None:
        check_between("inverse_penalty", self.inverse_penalty, 0, float("inf"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Embeddings:
    """The word pieces' vectors: a frozen table that all networks share, or one that each learns itself."""

    width: int
    learned: bool

    def __post_init__(self) -> None:
        check_at_least("width", self.width, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LSTMPreset:
    """Numbers of the LSTM settings."""

    model: LSTMSizes
    training: Optimisation


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerPreset:
    """Numbers of the Transformer settings."""

    model: TransformerSizes
    training: Optimisation


@dataclass(frozen=True, slots=True, kw_only=True)
class TfidfPreset:
    """Numbers of the baseline."""

    model: TfidfSizes
    training: Regularisation


@dataclass(frozen=True, slots=True, kw_only=True)
class BertPreset:
    """Numbers of the fine-tuned BERT."""

    model: BertSizes
    training: FineTuning


NetworkPreset = LSTMPreset | TransformerPreset | BertPreset


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """All numbers of a training, by family of settings."""

    name: str
    embeddings: Embeddings
    lstm: LSTMPreset
    transformer: TransformerPreset
    bert: BertPreset
    tfidf: TfidfPreset

    def __post_init__(self) -> None:
        sizes, width = self.transformer.model, self.embeddings.width
        if sizes.num_heads * sizes.head_size != width:
            raise UserError(
                f"a Transformer's num_heads * head_size must be the embeddings' width {width}, "
                f"got {sizes.num_heads} * {sizes.head_size}"
            )

    def network(self, name: str) -> NetworkPreset:
        """The numbers of the network of that name."""
        if SETTINGS[name].family == "transformer":
            return self.transformer
        if SETTINGS[name].family == "bert":
            return self.bert
        if SETTINGS[name].dropout:
            return self.lstm
        return replace(self.lstm, model=replace(self.lstm.model, dropout=0.0, piece_dropout=0.0))

    def with_epochs(self, epochs: int) -> "Preset":
        """The same preset with another number of epochs for every network."""
        lstm = replace(self.lstm, training=replace(self.lstm.training, epochs=epochs))
        transformer = replace(self.transformer, training=replace(self.transformer.training, epochs=epochs))
        bert = replace(self.bert, training=replace(self.bert.training, epochs=epochs))
        return replace(self, lstm=lstm, transformer=transformer, bert=bert)


def load_preset(name: str, *, changes: Sequence[str] = ()) -> Preset:
    """A preset that ships, by its name, or one from the path of a TOML file.

    `changes` are assignments to its numbers, such as `lstm.training.epochs=3`.
    """
    path: Traversable
    if name.endswith(".toml"):
        path = Path(name)
        if not is_file(path):
            raise UserError(f"preset file {name!r} does not exist")
    else:
        path = _shipped()[check_known("preset", name, _shipped())]
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"preset {name!r} is not TOML: {error}") from error
    for change in changes:
        assign(content, change)
    return parse(Preset, content, where=f"preset {name!r}")


def _shipped() -> dict[str, Traversable]:
    folder = resources.files("robustaudit.training") / "presets"
    return {file.name.removesuffix(".toml"): file for file in folder.iterdir() if file.name.endswith(".toml")}
