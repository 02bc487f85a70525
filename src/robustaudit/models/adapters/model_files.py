"""Model files as adapters read them: their digest and the labels in them."""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, KeysView, Mapping, Sequence
from collections.abc import Set as AbstractSet
from numbers import Number
from pathlib import Path
from typing import Any

from robustaudit.core import documents
from robustaudit.core.display import short_repr, visible
from robustaudit.core.errors import UserError
from robustaudit.models.classifier import ModelFile

_MOST_BYTES = 16_000_000  # a configuration with a name for each of very many classes
_MOST_LABELS = 100_000


def read_files(paths: Iterable[Path]) -> tuple[ModelFile, ...]:
    """The files of a model with their checksums, in the order of their paths."""
    return tuple(ModelFile.of(path) for path in sorted(paths))


def digest_of(files: Sequence[ModelFile], *also: str) -> str:
    """A SHA-256 over the names and contents of files, and over what else fixes a model's answers."""
    parts = [[file.path.name, file.sha256] for file in files]
    return hashlib.sha256(json.dumps([parts, *also]).encode()).hexdigest()


def read_json(path: Path) -> Any:  # noqa: ANN401
    """The content of a model's JSON file."""
    return documents.read_json(path, "file of a model", most=_MOST_BYTES)


def read_object(path: Path) -> dict[str, Any]:
    """The content of a model's JSON file, which must be an object."""
    content = read_json(path)
    if not isinstance(content, dict):
        raise UserError(f"{str(path)!r} must hold a JSON object, got {type(content).__name__}")
    return content


def labels_on(thing: object, where: str) -> Collection[object] | None:
    """The attribute `labels` of an object or class; None unless it holds names."""
    labels = getattr(thing, "labels", None)
    if isinstance(labels, str | bytes):
        raise UserError(f"labels of {where} must be a list of names, got {short_repr(labels)}")
    if isinstance(labels, Iterator):
        labels = tuple(labels)
    return labels if isinstance(labels, Collection) else None


def check_label_names(labels: Collection[object], where: str) -> tuple[str, ...]:
    """Labels as strings, of which there must be two at least, none empty and no two alike.

    Those of a dictionary, such as transformers has as `id2label`, are by the number of their class.
    """
    if isinstance(labels, AbstractSet) and not isinstance(labels, KeysView):
        found = ", ".join(sorted(visible(str(label)) for label in labels))
        raise UserError(f"labels of {where} must have an order, got a set of {found}: give a list")
    if isinstance(labels, Mapping):
        if set(labels) != set(range(len(labels))):
            numbers = ", ".join(visible(str(label)) for label in labels)
            raise UserError(f"labels of {where} must be by the numbers of classes from 0, got {numbers}")
        labels = [labels[place] for place in range(len(labels))]
    names = tuple(_name(label, where) for label in labels)
    if len(names) < 2 or len({name.strip() for name in names} - {""}) < len(names):  # noqa: PLR2004
        raise UserError(f"labels of {where} must be two or more different names, got {', '.join(names)!r}")
    return names


def _name(label: object, where: str) -> str:
    """One label as a string; of what is no text, number or truth that would be Python's own writing."""
    if getattr(label, "ndim", None) == 0:
        label = label.item()  # type: ignore[attr-defined]  # of NumPy or torch
    if isinstance(label, bytes):
        label = label.decode(errors="replace")
    if isinstance(label, str | Number):
        return str(label)
    raise UserError(
        f"labels of {where} must be names or numbers, got {short_repr(label)}: give a list of these"
    )


def labels_of_config(config: dict[str, Any], where: str) -> tuple[str, ...]:
    """The labels in the `config.json` of a transformers model, in the order of its classes.

    Where they are left out they are those that transformers itself would give.
    """
    number, names = config.get("num_labels", 2), config.get("id2label")
    if not isinstance(number, int) or not isinstance(names, dict | None):
        raise UserError(f"num_labels of {where} must be a number, and id2label an object of names")
    if number > _MOST_LABELS:
        raise UserError(f"num_labels of {where} must be at most {_MOST_LABELS:,}, got {number:,}")
    names = names or {str(i): f"LABEL_{i}" for i in range(number)}
    if sorted(names) != sorted(str(i) for i in range(len(names))):
        raise UserError(f"id2label of {where} must number its labels from 0, got {', '.join(names)}")
    if has_one_score(config):
        return _of_one_score(str(names["0"]))
    return check_label_names([names[str(i)] for i in range(len(names))], where)


def has_one_score(config: dict[str, Any]) -> bool:
    """Whether a model gives each text one score, which transformers' own pipelines read by a sigmoid."""
    return len(config.get("id2label") or range(config.get("num_labels", 2))) == 1


def _of_one_score(name: str) -> tuple[str, str]:
    """The names of a low and a high score; a name that says nothing becomes a number."""
    return ("LABEL_0", "LABEL_1") if re.fullmatch(r"LABEL_\d+", name) else (f"not {name}", name)
