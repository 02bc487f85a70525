"""Copies of a reference model whose vocabulary lacks an entry: its word is split into smaller pieces."""

import json
import shutil
from pathlib import Path

from robustaudit.core.files import sha256_of, shipped

_REMOVED = "[removed]"


def copy_model(name: str, folder: Path) -> Path:
    """The folder of a copy of a reference model, beside what it shares with the others."""
    for part in (name, "shared"):
        shutil.copytree(shipped("trained_models") / part, folder / part)
    return folder / name


def vocabulary_of(model: Path) -> set[str]:
    """The entries of its tokenizer."""
    return set(json.loads(_tokenizer(model).read_bytes())["model"]["vocab"])


def remove_entry(model: Path, entry: str, *, of: Path) -> None:
    """Give the copied model the vocabulary of another without that entry, and a card that says so.

    The entry keeps its number, which no text can ask for any more.
    """
    tokenizer = json.loads(_tokenizer(of).read_bytes())
    vocabulary = tokenizer["model"]["vocab"]
    vocabulary[f"{_REMOVED}{entry}"] = vocabulary.pop(entry)
    _tokenizer(model).write_text(json.dumps(tokenizer), encoding="utf-8")
    card = json.loads((model / "card.json").read_bytes())
    card["files"]["tokenizer"]["sha256"] = sha256_of(_tokenizer(model))
    (model / "card.json").write_text(json.dumps(card), encoding="utf-8")


def _tokenizer(model: Path) -> Path:
    return model.parent / "shared" / "tokenizer.json"
