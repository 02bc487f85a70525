"""Presets: all numbers of a training, from a TOML file."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, TypeVar

from robustaudit.core.documents import parse_toml, read_toml
from robustaudit.core.errors import UserError
from robustaudit.core.typed_values import parse_typed
from robustaudit.core.validation import check_at_least, check_between, check_known
from robustaudit.models.card import BertSizes, LSTMSizes, TfidfSizes, TransformerSizes, check_share
from robustaudit.models.reference_models import REFERENCE_MODELS


def assign(content: dict[str, Any], change: str) -> None:
    """Put a value into nested tables, in the place of the one that is there."""
    name, equals, value = (part.strip() for part in change.partition("="))
    if not equals or not value:
        raise UserError(f"set must be NAME=VALUE, such as lstm.training.epochs=3, got {change!r}")
    check_known("preset value", name, [each for each in _names(content) if "." in each])
    *tables, last = name.split(".")
    for table in tables:
        content = content[table]
    content[last] = _value(value)


def _names(content: dict[str, Any], before: str = "") -> Iterator[str]:
    """The name of every value in nested tables, such as `lstm.training.epochs`."""
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _names(value, f"{before}{key}.")
        else:
            yield f"{before}{key}"


def _value(written: str) -> object:
    """A value as TOML reads it; a bare word is a string, so that a shell needs no quotes in quotes."""
    try:
        return tomllib.loads(f"value = {written}")["value"]
    except tomllib.TOMLDecodeError:
        return written


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimisation:
    """The optimisation of a network.

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
    """The optimisation of a pre-trained network; for `frozen_epochs` only its classifier is trained."""

    frozen_epochs: int

    def __post_init__(self) -> None:
        Optimisation.__post_init__(self)
        check_at_least("frozen_epochs", self.frozen_epochs, 0)

    def freezes(self, epoch: int) -> bool:
        """Whether the pre-trained base is left alone in an epoch, counted from 1."""
        return epoch <= self.frozen_epochs


@dataclass(frozen=True, slots=True, kw_only=True)
class Regularisation:
    """The regularisation of the TF-IDF baseline; `inverse_penalty` is scikit-learn's C."""

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
    """Numbers of the LSTM models."""

    model: LSTMSizes
    training: Optimisation


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerPreset:
    """Numbers of the Transformer models."""

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
P = TypeVar("P", bound=NetworkPreset)

_NETWORKS = [name for name, setting in REFERENCE_MODELS.items() if setting.family != "tfidf"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """All numbers of a training, by family; `settings` are the models with numbers of their own."""

    name: str
    embeddings: Embeddings
    lstm: LSTMPreset
    transformer: TransformerPreset
    bert: BertPreset
    tfidf: TfidfPreset
    settings: Mapping[str, NetworkPreset]

    def __post_init__(self) -> None:
        sizes, width = self.transformer.model, self.embeddings.width
        if sizes.num_heads * sizes.head_size != width:
            raise UserError(
                f"a Transformer's num_heads * head_size must be the embeddings' width {width}, "
                f"got {sizes.num_heads} * {sizes.head_size}"
            )

    def network(self, name: str) -> NetworkPreset:
        """The numbers of the network of that name."""
        if name in self.settings:
            return self.settings[name]
        if REFERENCE_MODELS[name].family == "transformer":
            return self.transformer
        if REFERENCE_MODELS[name].family == "bert":
            return self.bert
        if REFERENCE_MODELS[name].dropout:
            return self.lstm
        return replace(self.lstm, model=replace(self.lstm.model, dropout=0.0, piece_dropout=0.0))

    def with_epochs(self, epochs: int) -> "Preset":
        """The same preset with another number of epochs for every network."""
        return replace(
            self,
            lstm=_with_epochs(self.lstm, epochs),
            transformer=_with_epochs(self.transformer, epochs),
            bert=_with_epochs(self.bert, epochs),
            settings={name: _with_epochs(preset, epochs) for name, preset in self.settings.items()},
        )


def load_preset(name: str, *, changes: Sequence[str] = ()) -> Preset:
    """A preset that ships, by its name, or one from the path of a TOML file.

    `changes` are assignments to its numbers, such as `lstm.training.epochs=3`; they hold for all settings of
    the family, those with numbers of their own among them.
    """
    where = f"preset {name!r}"
    content = preset_content(name, folder="presets")
    own = content.pop("settings", {})
    preset = _parsed(content, changes, where)
    return replace(preset, settings=dict(_of_settings(own, content, changes, where)))


def preset_content(name: str, *, folder: str) -> dict[str, Any]:
    """The content of a preset that ships in a folder of this room, or of a TOML file.

    Raises:
        UserError: there is no such preset, or the file is no TOML.
    """
    if name.endswith(".toml"):
        return read_toml(Path(name), "preset")
    ours = _shipped(folder)
    return parse_toml(ours[check_known("preset", name, ours)].read_bytes(), f"preset {name!r}")


def _parsed(content: dict[str, Any], changes: Sequence[str], where: str) -> Preset:
    changed = deepcopy(content)
    for change in changes:
        assign(changed, change)
    return parse_typed(Preset, changed | {"settings": {}}, where=where)


def _of_settings(
    own: object, content: dict[str, Any], changes: Sequence[str], where: str
) -> Iterator[tuple[str, NetworkPreset]]:
    """The models that have numbers of their own, with all their numbers."""
    if not isinstance(own, dict):
        raise UserError(f"{where}.settings must be a table, got {own!r}")
    for name, numbers in own.items():
        family = REFERENCE_MODELS[check_known(f"setting in {where}", name, _NETWORKS)].family
        whole = content | {family: _merged(content[family], numbers)}
        yield name, _parsed(whole, changes, f"{where}, [settings.{name}],").network(name)


def _merged(table: Any, other: Any) -> Any:  # noqa: ANN401  (values of TOML)
    """A table of tables with the values of another in place of its own."""
    if not isinstance(table, dict) or not isinstance(other, dict):
        return other
    return table | {key: _merged(table.get(key), value) for key, value in other.items()}


def _with_epochs(preset: P, epochs: int) -> P:
    training = replace(preset.training, epochs=epochs)
    return replace(preset, training=training)  # type: ignore[arg-type]  # it is of the kind that it was


def _shipped(folder: str) -> dict[str, Traversable]:
    files = (resources.files("robustaudit.training") / folder).iterdir()
    return {file.name.removesuffix(".toml"): file for file in files if file.name.endswith(".toml")}
