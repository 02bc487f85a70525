"""`hf:NAME_OR_FOLDER`: a transformers model for sequence classification."""

import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from robustaudit.core.errors import UserError
from robustaudit.core.extras import check_installed, extra
from robustaudit.core.files import is_folder
from robustaudit.core.hub import downloaded_folder
from robustaudit.core.validation import check_at_least
from robustaudit.models.adapters.model_files import (
    check_label_names,
    digest_of,
    has_one_score,
    labels_of_config,
    read_files,
    read_object,
)
from robustaudit.models.adapters.model_uri import ModelUri, scheme
from robustaudit.models.classifier import ExternalModel
from robustaudit.models.hardening_record import as_recorded

_NEEDED = ("torch", "transformers", "safetensors", "tokenizers")
_HEAD = "ForSequenceClassification"

# Nothing else is fetched or read: no pickled weights, and no code.
_FILES = (
    "config.json",
    "*.safetensors",
    "*.safetensors.index.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.*",
    "merges.txt",
    "*.model",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HuggingFaceOptions:
    """Options after `?`; texts are truncated to `max_tokens`, special tokens included."""

    labels: tuple[str, ...] | None = None
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        if self.max_tokens is not None:
            check_at_least("max_tokens", self.max_tokens, 3)


@scheme("hf")
def hugging_face(reference: ModelUri) -> ExternalModel:
    """The model in a folder, or of that name on the Hugging Face hub; its weights are safetensors."""
    options = reference.options(HuggingFaceOptions)
    check_folder(reference)
    folder = _folder(reference)
    config = read_object(folder / "config.json")
    where = repr(reference.name)
    _check_kind(config, where)
    _check_weights(folder, where)
    labels = _labels(config, options.labels, where)
    head = f"one score, {labels[1]} where it is high" if has_one_score(config) else f"{len(labels)} classes"
    files = read_files(_files(folder))
    source = ExternalModel(
        name=reference.name,
        title=f"{config['architectures'][0]}, {head}",
        labels=labels,
        digest=digest_of(files, str(options.max_tokens), *(options.labels or ())),
        make=partial(_load, folder, labels, options.max_tokens, reference.name),
        has_bf16=True,
        files=files,
    )
    return as_recorded(source, folder)


def _labels(config: dict[str, Any], given: tuple[str, ...] | None, where: str) -> tuple[str, ...]:
    """The labels of the configuration, or in their place those given."""
    own = labels_of_config(config, where)
    labels = check_label_names(given or own, where)
    if len(labels) != len(own):
        raise UserError(
            f"labels of {where} must be {len(own)}, as it has {', '.join(own)}: got {', '.join(labels)}"
        )
    return labels


def check_folder(reference: ModelUri) -> None:
    """Check that the model is a folder, or may be one of the hub; nothing is downloaded."""
    check_installed("hf", _NEEDED)
    target = reference.target
    if is_folder(reference.path):
        return
    if target.startswith((".", "/", "~")) or target.count("/") > 1 or not target:
        raise UserError(f"{reference.name!r}: the folder {target!r} does not exist")


def _folder(reference: ModelUri) -> Path:
    target, folder = reference.target, reference.path
    if not is_folder(folder):
        with extra("hf"):
            folder = downloaded_folder(target, what="model", files=_FILES, whole=_whole)
    if not (folder / "config.json").is_file():
        raise UserError(f"{reference.name!r} holds no config.json: it is no model of transformers")
    return folder


def _whole(folder: Path) -> bool:
    return (folder / "config.json").is_file() and any(folder.glob("*.safetensors"))


def _check_kind(config: dict[str, Any], where: str) -> None:
    match config.get("architectures"):
        case [str(name), *_] if name.endswith(_HEAD):
            pass
        case other:
            raise UserError(f"{where} must be a trained model of a kind …{_HEAD}, got {other!r}")
    match config.get("problem_type"):
        case None | "single_label_classification":
            return
        case "multi_label_classification" if has_one_score(config):
            return
        case "multi_label_classification":
            told = "may give a text several labels"
        case other:
            told = f"gives a text no label (its problem_type is {other!r})"
    raise UserError(
        f"{where} {told}, and an audit asks for one: name a function of yours that decides, as py:mine:f"
    )


def _check_weights(folder: Path, where: str) -> None:
    if any(folder.glob("*.safetensors")):
        return
    pickles = sorted(path.name for path in folder.glob("*.bin"))
    if pickles:
        raise UserError(
            f"{where} has its weights as a pickle, {pickles[0]}, which could run any code and is not loaded: "
            "save it with model.save_pretrained(folder, safe_serialization=True)"
        )
    raise UserError(f"{where} holds no weights: there is no model.safetensors")


def _files(folder: Path) -> Iterable[Path]:
    return {path for pattern in _FILES for path in folder.glob(pattern) if path.is_file()}


def _load(folder: Path, labels: tuple[str, ...], max_tokens: int | None, name: str) -> Any:  # noqa: ANN401
    with extra("hf"):
        classifier = importlib.import_module("robustaudit.models.adapters.transformers_classifier")
    return classifier.load(folder, labels=labels, max_tokens=max_tokens, where=repr(name))
