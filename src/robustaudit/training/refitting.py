"""Models without epochs that are hardened: fitted again, to the originals and to perturbed copies."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from robustaudit.core.records import Example
from robustaudit.core.typed_values import parse_typed
from robustaudit.models import Classifier, ExternalModel, TrainedModel
from robustaudit.models.adapters.scikit_learn import SklearnClassifier
from robustaudit.models.card import TfidfSizes
from robustaudit.training.augmentation import AugmentedEpochs
from robustaudit.training.fitted_model import NoEpochKept
from robustaudit.training.hardened_card import write_hardened_card
from robustaudit.training.hardening_job import CleanBound, HardenedModel, HardeningJob, accuracy
from robustaudit.training.preset import Regularisation, TfidfPreset
from robustaudit.training.tfidf import fit_baseline, store_baseline
from robustaudit.training.training_events import FitListener, Refitted

PIPELINE = "model.skops"

C = TypeVar("C", bound=Classifier)


@dataclass(frozen=True, slots=True, kw_only=True)
class BestFit(Generic[C]):
    """The best of several fits that may be kept, with the digest of its texts, and the accuracies of all."""

    classifier: C
    accuracies: tuple[tuple[float, float], ...]
    kept_epoch: int
    texts_digest: str
    seconds: float

    def as_model(self, *, name: Callable[[Path], str]) -> HardenedModel:
        """What there is to say of it once it is stored."""
        return HardenedModel(
            name=name,
            training={"epochs": len(self.accuracies)},
            accuracies=self.accuracies,
            kept_epoch=self.kept_epoch,
            texts_digest=self.texts_digest,
            seconds=self.seconds,
            library="scikit-learn",
        )


def refit(
    fit: Callable[[Sequence[Example]], C], job: HardeningJob, bound: CleanBound, *, listener: FitListener
) -> BestFit[C]:
    """Fit a model to the originals and the copies of 1, 2, … epochs, and choose as networks choose an epoch.

    Raises:
        NoEpochKept: no fit may be kept.
    """
    started = time.perf_counter()
    epochs = AugmentedEpochs(job.splits.train, job.schedule(job.preset.refitted.epochs))
    learned, accuracies = list(job.splits.train), []
    best: tuple[int, C] | None = None
    for epoch in range(1, job.preset.refitted.epochs + 1):
        shown = epochs.examples(epoch)
        learned += [made for made, given in zip(shown, job.splits.train, strict=True) if made != given]
        classifier = fit(learned)
        clean = accuracy(classifier, job.splits.validation)
        perturbed = accuracy(classifier, bound.perturbed_examples)
        accuracies.append((clean, perturbed))
        if bound.best_of(accuracies) == epoch:
            best = epoch, classifier
        listener(Refitted(epoch=epoch, validation_accuracy=clean, perturbed_accuracy=perturbed))
    if best is None:
        raise NoEpochKept(accuracies)
    kept, classifier = best
    return BestFit(
        classifier=classifier,
        accuracies=tuple(accuracies),
        kept_epoch=kept,
        texts_digest=epochs.digest(kept),
        seconds=time.perf_counter() - started,
    )


def harden_pipeline(
    source: ExternalModel, job: HardeningJob, bound: CleanBound, folder: Path, *, listener: FitListener
) -> HardenedModel:
    """Fit a pipeline of scikit-learn again, and store it in `folder` for skops to read.

    Raises:
        NoEpochKept: no fit may be kept; nothing is stored.
        UserError: it cannot be fitted, or not be stored without pickle.
    """
    original = source.load()
    assert isinstance(original, SklearnClassifier)
    best = refit(partial(_fitted_again, original, seed=job.seed), job, bound, listener=listener)
    best.classifier.save(folder / PIPELINE)
    return best.as_model(name=lambda where: f"sklearn:{where / PIPELINE}")


def _fitted_again(
    original: SklearnClassifier, examples: Sequence[Example], *, seed: int
) -> SklearnClassifier:
    texts, classes = zip(*((example.text, example.label) for example in examples), strict=True)
    return original.fitted_again(texts, classes, seed=seed)


def harden_baseline(
    source: TrainedModel, job: HardeningJob, bound: CleanBound, folder: Path, *, listener: FitListener
) -> HardenedModel:
    """Fit the TF-IDF baseline again, and store it with its card in `folder`.

    Raises:
        NoEpochKept: no fit may be kept; nothing is stored.
    """
    numbers, where = source.card.preset, f"model card of {source.name!r}"
    preset = TfidfPreset(
        model=parse_typed(TfidfSizes, numbers.model, where=where),
        training=parse_typed(Regularisation, numbers.training, where=where),
    )
    splits = job.splits
    best = refit(
        lambda examples: fit_baseline(replace(splits, train=tuple(examples)), preset=preset),
        job,
        bound,
        listener=listener,
    )
    made = store_baseline(best.classifier, preset=preset, folder=folder)
    hardened = best.as_model(name=str)
    write_hardened_card(source, made, hardened, job=job, folder=folder)
    return hardened
