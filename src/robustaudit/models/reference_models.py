"""The reference models, and whether their weights are intact; needs no torch."""

import importlib
import shlex
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from robustaudit.core.errors import UserError
from robustaudit.core.extras import check_installed, extra
from robustaudit.core.files import expand_home, sha256_of, shipped
from robustaudit.core.installing import Extra
from robustaudit.core.validation import check_known
from robustaudit.models.card import CARD, Card, read_card
from robustaudit.models.classifier import Classifier, KnownAccuracy, ModelFile, SeenAttack
from robustaudit.models.hardening_record import read_hardening

ModelFamily = Literal["lstm", "transformer", "bert", "tfidf"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceModel:
    """A reference model; models of one family share a preset's numbers, except for dropout."""

    title: str
    family: ModelFamily
    dropout: bool = True


REFERENCE_MODELS: Mapping[str, ReferenceModel] = MappingProxyType(
    {
        "1": ReferenceModel(title="LSTM encoder only, no dropout", family="lstm", dropout=False),
        "2": ReferenceModel(title="LSTM encoder only, dropout", family="lstm"),
        "3": ReferenceModel(title="LSTM encoder-decoder, dropout, no attention", family="lstm"),
        "4": ReferenceModel(title="LSTM encoder-decoder, dropout, attention", family="lstm"),
        "5": ReferenceModel(title="Transformer, 2 layers, pre-norm", family="transformer"),
        "6": ReferenceModel(title="Transformer, 4 layers, pre-norm", family="transformer"),
        "7": ReferenceModel(title="Transformer, 2 layers, post-norm", family="transformer"),
        "8": ReferenceModel(title="Fine-tuned BERT", family="bert"),
        "tfidf": ReferenceModel(title="TF-IDF with logistic regression", family="tfidf"),
    }
)


_LOADERS: Mapping[ModelFamily, str] = MappingProxyType(
    {
        "lstm": "robustaudit.models.torch_classifier",
        "transformer": "robustaudit.models.torch_classifier",
        "bert": "robustaudit.models.torch_classifier",
        "tfidf": "robustaudit.models.tfidf_classifier",
    }
)

_NEEDS: Mapping[ModelFamily, tuple[Extra, tuple[str, ...]]] = MappingProxyType(
    {
        "lstm": ("models", ("torch", "tokenizers", "safetensors")),
        "transformer": ("models", ("torch", "tokenizers", "safetensors")),
        "bert": ("bert", ("torch", "tokenizers", "safetensors", "transformers")),
        "tfidf": ("models", ("sklearn", "safetensors")),
    }
)


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A trained model whose files are intact."""

    name: str  # that of a reference model, or the folder as the user named it
    folder: Path
    card: Card
    uri: str | None = None

    @property
    def title(self) -> str:
        """The model's description."""
        return self.card.title

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of each class, in the order of the columns of `predict`."""
        return self.card.labels

    @property
    def digest(self) -> str:
        """A SHA-256: two models of one digest give the same answers."""
        return self.card.digest

    @property
    def files(self) -> tuple[ModelFile, ...]:
        """Its weights and what else lies beside its card."""
        card = self.card
        return tuple(
            ModelFile(card.locate(role, self.folder), file.sha256) for role, file in card.files.items()
        )

    @property
    def accuracy(self) -> KnownAccuracy:
        """The test accuracy of its weights, measured when they were trained."""
        return KnownAccuracy(self.card.run.data, self.card.scores.test_accuracy)

    @property
    def trained_on(self) -> str:
        """The digest of the data that was split to train it."""
        return self.card.run.data_digest

    @property
    def seen_attacks(self) -> tuple[SeenAttack, ...]:
        """The attacks that it was trained with."""
        if record := read_hardening(self.folder, self.files):
            return record.seen
        learned = self.card.run.augmentation
        return (SeenAttack(attack=learned.attack, expression=learned.expression),) if learned else ()

    @property
    def has_bf16(self) -> bool:
        """Whether it may be computed in bf16: BERT, whose runs are long.

        The others take seconds, and their figures should not depend on the processor.
        """
        return REFERENCE_MODELS[self.card.name].family == "bert"

    def load(self) -> Classifier:
        """The classifier itself; imports the libraries it runs on."""
        with extra("models"):
            loader = importlib.import_module(_LOADERS[REFERENCE_MODELS[self.card.name].family])
        classifier: Classifier = loader.load(self.card, self.folder)
        return classifier


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model there is, and its card where it has been trained."""

    name: str
    title: str
    card: Card | None


def resolve_trained(name: str, *, folder: Path | None = None) -> TrainedModel:
    """The trained model of that name in `folder` (by default that which ships).

    Raises:
        UserError: no such model, no weights for it, or files that are not what its card says.
    """
    check_known("model", name, REFERENCE_MODELS)
    root = folder or shipped("trained_models")
    if not (root / name / CARD).is_file():
        raise UserError(
            f"no weights for model {name!r} in {str(root)!r}: train it with {_remedy(name, folder)}"
        )
    source = TrainedModel(name, root / name, read_card(root / name))
    if source.card.name != name:
        raise UserError(f"model card {str(root / name / CARD)!r} is that of model {source.card.name!r}")
    return _intact(source, folder)


def trained_in(given: str) -> TrainedModel:
    """The trained model in the folder that the user named.

    Raises:
        UserError: its card is that of no reference model, or files are not what its card says.
    """
    folder = expand_home(given)
    source = TrainedModel(given, folder, read_card(folder))
    check_known(f"model of the card in {given!r}", source.card.name, REFERENCE_MODELS)
    return _intact(source, folder.parent)


def _intact(source: TrainedModel, folder: Path | None) -> TrainedModel:
    name = source.card.name
    check_installed(*_NEEDS[REFERENCE_MODELS[name].family])
    for role in source.card.files:
        _check_whole(source, role, _remedy(name, folder, source.card))
    return source


def available(folder: Path | None = None) -> tuple[ModelEntry, ...]:
    """Every model there is, with the cards of those that are trained in `folder`."""
    root = folder or shipped("trained_models")
    return tuple(
        ModelEntry(name, setting.title, read_card(root / name) if (root / name / CARD).is_file() else None)
        for name, setting in REFERENCE_MODELS.items()
    )


def _check_whole(source: TrainedModel, role: str, remedy: str) -> None:
    path = source.card.locate(role, source.folder)
    if not path.is_file():
        raise UserError(f"model {source.name!r} lacks its {role} {str(path)!r}: retrain with {remedy}")
    if sha256_of(path) != source.card.files[role].sha256:
        raise UserError(
            f"model {source.name!r}: checksum mismatch in its {role} {str(path)!r}; retrain with {remedy}"
        )


def _remedy(name: str, folder: Path | None, card: Card | None = None) -> str:
    """The command that makes a model, as its card has it; every word is quoted: a card may be anyone's."""
    words = ["robustaudit", "train", "--models", name]
    with suppress(ValueError):
        made = shlex.split(card.run.command) if card else []
        if made[:2] == ["robustaudit", "harden"]:  # which has a folder of its own, and takes no other's place
            return f"`{shlex.join(made)}`"
        words = made if made[:2] == words[:2] else words
    return f"`{shlex.join([*words, *(['--output', str(folder)] if folder else [])])}`"
