"""spaCy text categorisers as `spacy:FOLDER`, a folder written by `nlp.to_disk`."""

import hashlib
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.errors import UserError
from robustaudit.models import ExternalModel, ModelUri

_PIPE = "textcat"


class SpacyClassifier:
    """A pipeline with a component `textcat` for mutually exclusive labels."""

    def __init__(self, folder: Path, labels: tuple[str, ...]) -> None:
        from spacy import load  # noqa: PLC0415  (takes seconds, which a plan need not wait for)

        self.labels = labels
        self._pipeline = load(folder)

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Probabilities of shape (n_texts, n_classes)."""
        # spaCy cannot store lone surrogates, and its scores for an empty text depend on the batch.
        readable = (text.encode(errors="replace").decode() or " " for text in texts)
        scores = [[doc.cats[label] for label in self.labels] for doc in self._pipeline.pipe(readable)]
        found = np.array(scores, dtype=np.float64).reshape(-1, len(self.labels))
        return found / found.sum(axis=1, keepdims=True)  # single precision does not sum to 1 exactly


def spacy(reference: ModelUri) -> ExternalModel:
    """What a plan needs to know of the pipeline in a folder; spaCy is not loaded for that."""
    folder = reference.path
    settings = folder / _PIPE / "cfg"
    if not settings.is_file():
        raise UserError(f"{str(folder)!r} is no folder of a spaCy pipeline with the component {_PIPE!r}")
    labels = tuple(json.loads(settings.read_bytes())["labels"])
    return ExternalModel(
        name=reference.name,
        title=f"spaCy, {len(labels)} classes",
        labels=labels,
        digest=_digest(folder),
        make=partial(SpacyClassifier, folder, labels),
    )


def _digest(folder: Path) -> str:
    """A SHA-256 over all files of the pipeline."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(json.dumps([str(path.relative_to(folder)), path.stat().st_size]).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
