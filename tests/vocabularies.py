"""Models that know some words: positive for a text with any of them."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fakes import FakeSource
from robustaudit.attacks import parse_attack
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset
from robustaudit.models import Classifier
from robustaudit.runs.plan import make_plan
from robustaudit.worst_case.edited_words import EditedWords, edited_words
from robustaudit.worst_case.stored_sweep import EditEffects, Sweep, open_sweep
from robustaudit.worst_case.sweep import execute_sweep
from robustaudit.worst_case.sweep_plan import SweepPlan

LABELS = ("negative", "positive")


class KnownWords:
    """The more known words a text has, the surer."""

    labels = LABELS
    preferred_batch_size = 256

    def __init__(self, words: Sequence[str]) -> None:
        self.words = frozenset(words)

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        found = np.array([len(self.words.intersection(re.findall(r"\w+", text.lower()))) for text in texts])
        positive = 0.25 + found / (found + 1) / 2 + (found > 0) * 0.2
        return np.stack([1 - positive, positive], axis=1)


def source(name: str, *words: str) -> FakeSource:
    """A model of that name that knows these words."""

    def make() -> Classifier:
        return KnownWords(words)

    return FakeSource(name=name, digest=f"{name} {words}", make=make)


def swept_models(
    folder: Path, models: Sequence[FakeSource], texts: Sequence[str], *attacks: str, all_edits: bool = True
) -> Sweep:
    """The sweep of those models over texts that are positive, a group each."""
    examples = tuple(Example(f"e{place}", text, 1, f"g{place}") for place, text in enumerate(texts))
    plan = make_plan(
        Dataset("mine", examples), models, [parse_attack(each) for each in attacks], trials=len(texts)
    )
    execute_sweep(SweepPlan(plan, all_edits=all_edits), folder)
    return open_sweep(folder)


def words_of(sweep: Sweep, effects: EditEffects) -> EditedWords:
    """The words of the edits of a sweep."""
    return edited_words([example.text for example in sweep.examples], effects)
