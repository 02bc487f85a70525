"""Trainings as files, with curves and answers that a test chooses."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from robustaudit.models.card import Card, PresetRecord, RunRecord, Scores, record_file, write_card
from robustaudit.models.reference_models import REFERENCE_MODELS
from robustaudit.models.training_history import (
    Epoch,
    Step,
    TrainingHistory,
    ValidationPredictions,
    write_history,
    write_validation,
)

LABELS = ("negative", "positive")


def epoch(number: int = 1, **values: float | None) -> Epoch:
    """An epoch of which a test says what matters to it."""
    given: dict[str, Any] = {
        "train_loss": 0.5,
        "validation_loss": 0.4,
        "validation_accuracy": 0.75,
        "validation_f1": 0.7,
        "seconds": 2.5,
        "evaluation_seconds": 0.5,
        "peak_rss_bytes": 10**9,
        "gpu_bytes": None,
        "gpu_peak_bytes": None,
    }
    return Epoch(epoch=number, **(given | values))


@dataclass(frozen=True, kw_only=True)
class Course:
    """How a training went: a value an epoch in each column, and the loss of each step that was kept."""

    name: str = "1"
    train: Sequence[float] = (0.6, 0.45, 0.35)
    validation: Sequence[float] = (0.55, 0.45, 0.42)
    accuracy: Sequence[float] = (0.7, 0.78, 0.8)
    steps: Sequence[float] = ()
    seconds: float = 10.0
    wrong: Sequence[int] = range(20)
    examples: int = 100
    per_group: int = 1
    prefix: str = "review"
    gpu: bool = False
    training: dict[str, int | float | str] = field(default_factory=lambda: {"epochs": 3})
    model: dict[str, int | float | str] = field(default_factory=dict)

    def history(self) -> TrainingHistory:
        per_epoch = max(1, -(-len(self.steps) // len(self.train)))
        return TrainingHistory(
            steps=tuple(
                Step(step=i + 1, epoch=i // per_epoch + 1, train_loss=loss)
                for i, loss in enumerate(self.steps)
            ),
            epochs=tuple(
                epoch(
                    i + 1,
                    train_loss=self.train[i],
                    validation_loss=self.validation[i],
                    validation_accuracy=self.accuracy[i],
                    validation_f1=self.accuracy[i] - 0.01,
                    seconds=self.seconds,
                    peak_rss_bytes=500_000_000 + 1_000_000 * i,
                    gpu_bytes=2_000_000_000 if self.gpu else None,
                    gpu_peak_bytes=3_000_000_000 if self.gpu else None,
                )
                for i in range(len(self.train))
            ),
        )

    def answers(self) -> ValidationPredictions:
        labels = np.arange(self.examples) % 2
        predictions = labels.copy()
        predictions[list(self.wrong)] = 1 - predictions[list(self.wrong)]
        return ValidationPredictions(
            examples=tuple(f"{self.prefix}-{i}" for i in range(self.examples)),
            groups=tuple(f"{self.prefix}-{i // self.per_group}" for i in range(self.examples)),
            labels=labels,
            predictions=predictions,
            probabilities=np.full(self.examples, 0.75, dtype=np.float32),
        )


def write_training(course: Course, root: Path) -> None:
    """What training a model leaves in `root`, with a few bytes for weights and for the shared table."""
    folder = root / course.name
    folder.mkdir(parents=True)
    shared = root / "shared" / "embeddings.safetensors"
    shared.parent.mkdir(exist_ok=True)
    shared.write_bytes(bytes(5_000_000))
    weights = folder / "model.safetensors"
    weights.write_bytes(bytes(1_000_000))
    write_history(course.history(), folder)
    write_validation(course.answers(), folder)
    write_card(_card(course, weights=weights, shared=shared), folder)


def _card(course: Course, *, weights: Path, shared: Path) -> Card:
    folder = weights.parent
    return Card(
        name=course.name,
        title=REFERENCE_MODELS[course.name].title,
        labels=LABELS,
        parameters=265_474,
        preset=PresetRecord(name="compact", model=course.model, training=course.training),
        run=RunRecord(
            command=f"robustaudit train --models {course.name}",
            data="reviews",
            data_digest="0" * 64,
            augmentation=None,
            seed=0,
            epochs=len(course.train),
            best_epoch=int(np.argmax(course.accuracy)) + 1,
            seconds=course.seconds * len(course.train),
            versions={},
        ),
        scores=Scores(validation_accuracy=0.8, validation_f1=0.8, test_accuracy=0.79, test_f1=0.79),
        files={"weights": record_file(weights, folder), "embeddings": record_file(shared, folder)},
        embeddings=None,
        base_sha256=None,
    )
