"""Sweeps over a few texts, by a model that is wrong where a hash says so."""

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fakes import FakeSource
from robustaudit.attacks import parse_attack
from robustaudit.core.edits import apply
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset, load
from robustaudit.models import Classifier, ModelSource
from robustaudit.runs.plan import make_plan
from robustaudit.worst_case.stored_sweep import EditEffects, Sweep, open_sweep
from robustaudit.worst_case.sweep import execute_sweep
from robustaudit.worst_case.sweep_plan import SweepPlan

LABELS = ("negative", "positive")
TEXTS = [" ".join(example.text.split()[:3]) for example in load("tiny").examples[:50]]


class HashedClassifier:
    """Positive for one text of 20 or so, which no edit foresees, and surer of some than of others."""

    labels = LABELS
    preferred_batch_size = 256

    def predict(self, texts: Sequence[str]) -> NDArray[Any]:
        hashed = np.array([zlib.crc32(text.encode()) for text in texts], dtype=np.int64)
        positive = np.where(hashed % 19 == 0, 0.6, 0.1) + hashed % 10 / 100
        return np.stack([1 - positive, positive], axis=1)


def predicted(text: str) -> int:
    return int(HashedClassifier().predict([text])[0].argmax())


class HashedSource(FakeSource):
    def load(self) -> Classifier:
        return HashedClassifier()


def sweep_plan(
    *attacks: str,
    texts: Sequence[str] = TEXTS,
    all_edits: bool = True,
    sources: Sequence[ModelSource] = (HashedSource(),),
) -> SweepPlan:
    examples = [Example(f"e{place}", text, place % 2, f"g{place}") for place, text in enumerate(texts)]
    plan = make_plan(
        Dataset("mine", tuple(examples)),
        sources,
        [parse_attack(each) for each in attacks],
        trials=len(texts),
    )
    return SweepPlan(plan, all_edits=all_edits)


def swept(folder: Path, *attacks: str, **options: Any) -> Sweep:
    execute_sweep(sweep_plan(*attacks, **options), folder)
    return open_sweep(folder)


def edited_texts(sweep: Sweep, effects: EditEffects) -> list[tuple[str, str]]:
    """The clean text and the edited one of each row."""
    clean = [sweep.examples[place].text for place in effects.example.tolist()]
    return [(text, apply(text, [effects.edit(row)])) for row, text in enumerate(clean)]
