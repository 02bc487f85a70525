"""What every kind of model is hardened with: the examples of each epoch, and the bound that it must keep."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from robustaudit.attacks import Attack, Choice, HeldOut, NamedAttack
from robustaudit.core.display import percent
from robustaudit.core.documents import to_canonical_json
from robustaudit.core.errors import UserError
from robustaudit.core.files import digest_of
from robustaudit.core.records import Example
from robustaudit.core.spelling import option
from robustaudit.core.version import __version__
from robustaudit.datasets import Dataset
from robustaudit.models import Classifier, ModelSource, SeenAttack, seen_by
from robustaudit.models.card import Numbers
from robustaudit.models.hardening_record import HardeningScores
from robustaudit.perturbations import Segmenter
from robustaudit.runs.label_matching import match
from robustaudit.training.augmentation import Augmentation
from robustaudit.training.hardening_preset import HardeningPreset
from robustaudit.training.training_splits import TrainingSplits, split

if TYPE_CHECKING:
    from robustaudit.training.hardware import Hardware  # torch, which not every kind needs

_EXACT = 1e-9  # by which sums of fractions may be off


@dataclass(frozen=True, slots=True, kw_only=True)
class HardeningJob:
    """A model, the examples that it learns on with, and the attacks that perturb them.

    `splits` have the classes of the model. `command` makes the same model again.
    """

    source: ModelSource
    dataset: Dataset
    splits: TrainingSplits
    device: str
    precision: str
    attacks: tuple[NamedAttack, ...]
    held_out: HeldOut
    preset: HardeningPreset
    seed: int
    segmenter: Segmenter
    command: str

    @property
    def seen(self) -> tuple[SeenAttack, ...]:
        """The attacks that the hardened model has seen, those that its original had among them."""
        ours = (SeenAttack(attack=each.label, expression=str(each.attack)) for each in self.attacks_at_last)
        return tuple(dict.fromkeys((*seen_by(self.source), *ours)))

    def digest(self, hardware: "Hardware") -> str:
        """A SHA-256 of all that the weights of a network depend on."""
        attacks = [str(each.attack) for each in self.attacks_at_last]
        numbers = asdict(self.preset) | {"seed": self.seed, "segmentation": self.segmenter.name}
        course_of = [hardware.device, hardware.precision, metadata.version("torch")]
        course = [self.source.digest, self.dataset.digest, attacks, numbers, course_of]
        return digest_of(to_canonical_json({"course": course}))

    @property
    def attacks_at_last(self) -> tuple[NamedAttack, ...]:
        """The attacks at the rate of the last epoch."""
        rate = self.preset.rates[-1]
        return tuple(replace(each, attack=each.attack.with_rate(rate)) for each in self.attacks)

    def schedule(self, epochs: int) -> "RisingAttacks":
        """What perturbs the training texts in each of so many epochs."""
        return RisingAttacks(job=self, epochs=epochs)

    def perturbed_validation(self) -> dict[str, tuple[Example, ...]]:
        """The validation examples as each attack perturbs them, the same whenever they are asked for."""
        return {
            each.label: Augmentation(attack=each, seed=self.seed, segmenter=self.segmenter).perturbed(
                self.splits.validation, draw=0
            )
            for each in self.attacks_at_last
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RisingAttacks:
    """In each epoch one of the attacks, drawn for each text, at the rate that the preset has for it."""

    job: HardeningJob
    epochs: int

    def at(self, epoch: int) -> Augmentation:
        """The augmentation of an epoch, counted from 1."""
        job = self.job
        rate = job.preset.rate_in(epoch, self.epochs)
        label = " | ".join(each.label for each in job.attacks)
        attack = _one_of([each.attack.with_rate(rate) for each in job.attacks])
        return Augmentation(
            attack=NamedAttack(label, attack, label),
            share=job.preset.share,
            seed=job.seed,
            segmenter=job.segmenter,
        )


def _one_of(attacks: Sequence[Attack]) -> Attack:
    """One of the attacks for each text, each as likely."""
    return attacks[0] if len(attacks) == 1 else Choice(tuple((1.0, attack) for attack in attacks))


def splits_for(source: ModelSource, dataset: Dataset) -> TrainingSplits:
    """The splits of a data set with the classes of a model.

    Raises:
        UserError: labels of the data are no classes of the model, or a class has no training example.
    """
    splits, classes = split(dataset), match(dataset, source).classes
    made = {
        name: tuple(replace(example, label=classes[example.label]) for example in getattr(splits, name))
        for name in ("train", "validation", "test")
    }
    known = {example.label for example in made["train"]}
    if missing := [label for number, label in enumerate(source.labels) if number not in known]:
        raise UserError(
            f"data {dataset.name!r} has no training example of class {missing[0]!r} of model "
            f"{source.name!r}, which would forget it"
        )
    return TrainingSplits(**made, labels=source.labels)


def measure(
    classifier: Classifier, job: HardeningJob, perturbed: Mapping[str, Sequence[Example]]
) -> HardeningScores:
    """The accuracies of a model on the validation examples, clean and perturbed, and on the test examples."""
    return HardeningScores(
        validation_accuracy=accuracy(classifier, job.splits.validation),
        perturbed_accuracy={attack: accuracy(classifier, texts) for attack, texts in perturbed.items()},
        test_accuracy=accuracy(classifier, job.splits.test),
    )


def accuracy(classifier: Classifier, examples: Sequence[Example]) -> float:
    """The share of correct predictions."""
    answers = np.asarray(classifier.predict([example.text for example in examples]))
    predictions = answers.argmax(axis=1) if answers.ndim > 1 else answers
    return float(np.mean(predictions == [example.label for example in examples]))


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanBound:
    """What a hardened model must be to be kept, by the accuracies of the original on the same examples.

    `perturbed` are the validation examples as each attack perturbs them.
    """

    model: str
    before: HardeningScores
    perturbed: Mapping[str, tuple[Example, ...]]
    max_clean_loss: float

    @classmethod
    def of(cls, job: HardeningJob) -> "CleanBound":
        """The bound of a model, which is loaded and measured."""
        perturbed = job.perturbed_validation()
        return cls(
            model=job.source.name,
            before=measure(job.source.load(), job, perturbed),
            perturbed=perturbed,
            max_clean_loss=job.preset.max_clean_loss,
        )

    @property
    def perturbed_examples(self) -> list[Example]:
        """The perturbed examples of all attacks."""
        return [example for of_attack in self.perturbed.values() for example in of_attack]

    def allows(self, clean: float, perturbed: float) -> bool:
        """Whether a model may be kept that has those validation accuracies, clean and under attack."""
        return self._is_within(clean) and perturbed > self.before.mean_perturbed_accuracy + _EXACT

    def best_of(self, epochs: Sequence[tuple[float, float]]) -> int:
        """The number of the best epoch that may be kept, by the accuracies of each; 0 if none may be."""
        kept = [number for number, each in enumerate(epochs, start=1) if self.allows(*each)]
        return max(kept, key=lambda number: epochs[number - 1][1], default=0)

    def _is_within(self, clean: float) -> bool:
        return clean >= self.before.validation_accuracy - self.max_clean_loss - _EXACT

    def refusal(self, epochs: Sequence[tuple[float, float]]) -> UserError:
        """Why no epoch is kept, by the accuracies of each, clean and under attack."""
        within = [perturbed for clean, perturbed in epochs if self._is_within(clean)]
        if within:
            return UserError(
                f"nothing was saved: under the attacks model {self.model!r} is correct for "
                f"{percent(self.before.mean_perturbed_accuracy)}% of the validation texts, and no epoch is "
                f"for more (at most {percent(max(within))}%): give more {option('epochs')}, or other attacks"
            )
        best = max(clean for clean, _ in epochs)
        return UserError(
            f"nothing was saved: on clean validation texts model {self.model!r} is correct for "
            f"{percent(self.before.validation_accuracy)}%, and every epoch loses more than "
            f"{100 * self.max_clean_loss:g} percentage points (the best has {percent(best)}%): perturb fewer "
            f"texts with {option('share')}, or allow more with {option('max_clean_loss')}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HardenedModel:
    """A hardened model in a folder; `name` gives the name with which commands take it there.

    `accuracies` are those of each epoch on the validation examples, clean and under attack.
    """

    name: Callable[[Path], str]
    training: Numbers
    accuracies: tuple[tuple[float, float], ...]
    kept_epoch: int
    texts_digest: str
    seconds: float
    library: str

    @property
    def epochs(self) -> int:
        """The number of epochs."""
        return len(self.accuracies)

    @property
    def versions(self) -> Mapping[str, str]:
        """The versions of the software that made it."""
        return {"robustaudit": __version__, self.library: metadata.version(self.library)}
