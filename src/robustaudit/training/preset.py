"""Presets: all numbers of a training, from a TOML file."""

import tomllib
from dataclasses import dataclass, replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from robustaudit.core.errors import UserError
from robustaudit.core.files import is_file
from robustaudit.core.typed import parse
from robustaudit.core.validation import check_at_least, check_between, check_known
from robustaudit.models.settings import SETTINGS
from robustaudit.models.sizes import LSTMSizes, TfidfSizes, TransformerSizes, check_share


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimisation:
    """How a network is fitted; `warm_up` is the share of steps in which the learning rate rises."""

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    warm_up: float
    clip_norm: float
    label_smoothing: float

    def __post_init__(self) -> None:
        check_at_least("epochs", self.epochs, 1)
        check_at_least("batch_size", self.batch_size, 1)
        check_between("learning_rate", self.learning_rate, 0, 1)
        check_share("weight_decay", self.weight_decay)
        check_share("warm_up", self.warm_up)
        check_between("clip_norm", self.clip_norm, 0, float("inf"))
        check_share("label_smoothing", self.label_smoothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Regularisation:
    """How the baseline is fitted; `inverse_penalty` is scikit-learn's C."""

    inverse_penalty: float

    def __post_init__(self) -> None:
        check_between("inverse_penalty", self.inverse_penalty, 0, float("inf"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Embeddings:
    """The table of word-piece vectors that all networks share."""

    width: int

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


NetworkPreset = LSTMPreset | TransformerPreset


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """All numbers of a training, by family of settings."""

    name: str
    embeddings: Embeddings
    lstm: LSTMPreset
    transformer: TransformerPreset
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
        if SETTINGS[name].dropout:
            return self.lstm
        return replace(self.lstm, model=replace(self.lstm.model, dropout=0.0, piece_dropout=0.0))

    def with_epochs(self, epochs: int) -> "Preset":
        """The same preset with another number of epochs for every network."""
        lstm = replace(self.lstm, training=replace(self.lstm.training, epochs=epochs))
        training = replace(self.transformer.training, epochs=epochs)
        return replace(self, lstm=lstm, transformer=replace(self.transformer, training=training))


def load_preset(name: str) -> Preset:
    """A preset that ships, by its name, or one from the path of a TOML file."""
    path: Traversable
    if name.endswith(".toml"):
        path = Path(name)
        if not is_file(path):
            raise UserError(f"preset file {name!r} does not exist")
    else:
        path = _shipped()[check_known("preset", name, _shipped())]
    try:
        return parse(Preset, tomllib.loads(path.read_text(encoding="utf-8")), where=f"preset {name!r}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"preset {name!r} is not TOML: {error}") from error


def _shipped() -> dict[str, Traversable]:
    folder = resources.files("robustaudit.training") / "presets"
    return {file.name.removesuffix(".toml"): file for file in folder.iterdir() if file.name.endswith(".toml")}
