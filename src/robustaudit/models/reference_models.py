"""The reference models, and whether their weights are intact; needs no torch."""

import importlib
import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from robustaudit.core.errors import UserError
from robustaudit.core.extras import Extra, check_installed, extra
from robustaudit.core.files import exists, expand_home, is_file, is_folder, sha256_of, shipped
from robustaudit.core.validation import check_known
from robustaudit.models.adapters import SCHEMES, Trust, resolve_external
from robustaudit.models.card import CARD, Card, read_card
from robustaudit.models.classifier import Classifier, DataLabels, KnownAccuracy, ModelSource

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
        "tfidf": ReferenceModel(title="TF-IDF with logistic regression (baseline)", family="tfidf"),
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

    name: str
    folder: Path
    card: Card

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
    def accuracy(self) -> KnownAccuracy:
        """The test accuracy of its weights, measured when they were trained."""
        return KnownAccuracy(self.card.run.data, self.card.scores.test_accuracy)

    def load(self) -> Classifier:
        """The classifier itself; imports the libraries it runs on."""
        with extra("models"):
            loader = importlib.import_module(_LOADERS[REFERENCE_MODELS[self.name].family])
        classifier: Classifier = loader.load(self.card, self.folder)
        return classifier


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model there is, and its card where it has been trained."""

    name: str
    title: str
    card: Card | None


def resolve(
    name: str,
    *,
    folder: Path | None = None,
    trust: Trust | None = None,
    data_labels: DataLabels | None = None,
) -> ModelSource:
    """The model of that name: one made elsewhere where it has a scheme (`hf:…`), else one that was trained.

    `data_labels` are the labels of the data, which are those of a model that names none.

    Raises:
        UserError: there is no such model, or it cannot be used.
    """
    if ":" in name:
        return resolve_external(name, trust=trust, data_labels=data_labels)
    if name not in REFERENCE_MODELS and (is_file(Path(name)) or is_folder(Path(name))):
        made = " or ".join(f"{scheme}:{name}" for scheme in SCHEMES)
        raise UserError(f"model {name!r} is a file or folder: say what it is for, as in {made}")
    return resolve_trained(name, folder=folder)


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
        words = made if made[:2] == words[:2] else words
    return f"`{shlex.join([*words, *(['--output', str(folder)] if folder else [])])}`"


def split_models(given: Sequence[str]) -> list[str]:
    """The names in values such as `1,4,hf:folder`: a known name or scheme begins a new one.

    Other parts belong to the name before, whose path or options hold a comma.

    Raises:
        UserError: a part is empty, or can be read either way.
    """
    names: list[str] = []
    for value in given:
        before = ""  # the name that a part may belong to
        for part in value.split(","):
            if before and _belongs(part.strip(), before):
                before = names[-1] = f"{before},{part}"
                continue
            names.append(part.strip())
            before = names[-1] if ":" in part else ""
    if not all(names):
        raise UserError(f"models must be names separated by commas, such as 1,4,7, got {', '.join(given)!r}")
    return names


def _belongs(part: str, before: str) -> bool:
    """Whether a part goes on with the name before: a label, or a piece of a path."""
    scheme, colon, _ = part.partition(":")
    if part not in REFERENCE_MODELS:
        return not (colon and scheme in SCHEMES)
    target, options, query = before.partition("?")
    labels = query.rpartition("=")[2].split(",")
    if options and all(label.isdigit() for label in labels):
        return True
    if options or exists(expand_home(f"{target.partition(':')[2]},{part}")):
        raise UserError(
            f"{before},{part} may be one model, or {before} and model {part}: for two, give {part} first"
        )
    return False
