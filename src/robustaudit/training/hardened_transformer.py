"""A model of transformers that is hardened: its weights learn on, in the loop of the reference networks."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from torch import Tensor, nn

from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.models import ExternalModel
from robustaudit.models.adapters.transformers_classifier import TransformersClassifier
from robustaudit.models.weights import one_thread
from robustaudit.training.augmentation import AugmentedEpochs
from robustaudit.training.checkpoint import Checkpoint
from robustaudit.training.hardening_job import CleanBound, HardenedModel, HardeningJob
from robustaudit.training.hardware import Hardware
from robustaudit.training.loop import UnderAttack, fit, seeded
from robustaudit.training.stepper import TokenisedExamples
from robustaudit.training.training_events import FitListener


class LogitsOfTransformer(nn.Module):
    """A model of transformers as the loop takes a network: ids and mask to logits of all classes."""

    def __init__(self, model: nn.Module, padding: int) -> None:
        super().__init__()
        self.model = model
        self._padding = padding

    def forward(self, ids: Tensor, real: Tensor) -> Tensor:
        """Logits of shape (n_texts, n_classes); of a model with one score, that of the first class is 0."""
        ids = ids.masked_fill(~real, self._padding)
        logits: Tensor = self.model(input_ids=ids, attention_mask=real.long()).logits
        return nn.functional.pad(logits, (1, 0)) if logits.shape[1] == 1 else logits


def harden_transformer(
    source: ExternalModel,
    job: HardeningJob,
    bound: CleanBound,
    folder: Path,
    *,
    hardware: Hardware,
    listener: FitListener,
) -> HardenedModel:
    """Train a model of transformers on, and store it in `folder` as transformers does.

    Raises:
        NoEpochKept: no epoch may be kept; nothing is stored.
        UserError: it has no token for padding.
    """
    classifier = source.load()
    assert isinstance(classifier, TransformersClassifier)
    how = job.preset.pretrained
    epochs = AugmentedEpochs(job.splits.train, job.schedule(how.epochs))
    checkpoint = Checkpoint(path=folder / "checkpoint.safetensors", training=job.digest(hardware))

    def encode(examples: Sequence[Example]) -> TokenisedExamples:
        return _encoded(classifier, examples)

    with one_thread(), seeded(job.seed):
        history = fit(
            LogitsOfTransformer(classifier.model, _padding_of(classifier, source.name)),
            train=encode(job.splits.train),
            validation=encode(job.splits.validation),
            how=how,
            seed=job.seed,
            listener=listener,
            hardware=hardware,
            checkpoint=checkpoint,
            of_epoch=lambda epoch: encode(epochs.examples(epoch)),
            under_attack=UnderAttack(validation=encode(bound.perturbed_examples), allows=bound.allows),
        )
    classifier.save(folder)
    checkpoint.remove()
    options = (source.uri or source.name).partition("?")[2]
    return HardenedModel(
        name=lambda where: f"hf:{where}?{options}" if options else f"hf:{where}",
        training=asdict(how),
        accuracies=history.accuracies,
        kept_epoch=bound.best_of(history.accuracies),
        texts_digest=epochs.digest(len(history.epochs)),
        seconds=sum(epoch.seconds for epoch in history.epochs),
        library="transformers",
    )


def _encoded(classifier: TransformersClassifier, examples: Sequence[Example]) -> TokenisedExamples:
    ids = classifier.token_ids([example.text for example in examples])
    labels = np.array([example.label for example in examples], dtype=np.int64)
    return TokenisedExamples([np.array(each, dtype=np.int64) for each in ids], labels)


def _padding_of(classifier: TransformersClassifier, name: str) -> int:
    """The token that fills up the shorter texts of a batch.

    Raises:
        UserError: there is none.
    """
    padding = classifier.model.config.pad_token_id
    if padding is None:
        raise UserError(
            f"model {name!r} has no token for padding, which batches to train on need: set pad_token_id in "
            "its config.json"
        )
    return int(padding)
