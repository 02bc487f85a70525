"""An entry removed from a copy of model 4's vocabulary is found; benchmarks/removed_entries.py tries 100."""

import re
from pathlib import Path

import pytest

from removed_entries import copy_model, remove_entry, vocabulary_of
from robustaudit.api.model_difference import diff
from robustaudit.core.files import shipped
from robustaudit.core.randomness import order_key
from robustaudit.datasets import load

MODEL = shipped("trained_models") / "4"
TEXTS = [(example.text, example.label) for example in load("tiny").examples]
WORDS = sorted(
    {word for text, _ in TEXTS for word in re.findall(r"[a-z]+", text.lower())} & vocabulary_of(MODEL),
    key=lambda word: order_key(0, word),
)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_model("4", tmp_path_factory.mktemp("models"))


@pytest.mark.parametrize("entry", WORDS[:10])
def test_a_removed_entry_is_found(copied: Path, entry: str) -> None:
    remove_entry(copied, entry, of=MODEL)
    texts = [each for each in TEXTS if entry in re.findall(r"[a-z]+", each[0].lower())][:2]
    found = diff("4", str(copied), texts, attacks="delete", include_seen=True, progress=False)
    (attack,) = found.difference.attacks
    assert attack.moved
    assert found.difference.differs


def test_a_copy_that_lacks_nothing_is_no_other_model(tmp_path: Path) -> None:
    same = copy_model("4", tmp_path)
    found = diff("4", str(same), TEXTS[:3], attacks="delete", include_seen=True, progress=False)
    assert not found.difference.differs
    assert found.passed
