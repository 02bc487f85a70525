"""Perturbed copies of examples, to train on."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from robustaudit.attacks import NamedAttack
from robustaudit.core import defaults
from robustaudit.core.randomness import derive, keys_of, uniforms
from robustaudit.core.records import Example
from robustaudit.core.spelling import named
from robustaudit.core.validation import check_at_least, check_between
from robustaudit.perturbations import CHARACTERS, Segmenter, TextBatch

_AT_ONCE = 2_000  # examples whose texts are perturbed together
_APART = 2**20  # the index by which keys are derived; no part of an attack has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """An attack to train on: the share of the texts that it perturbs, and the seed of its draws.

    A draw depends on the seed, the attack, the example's id and the draw's number alone. It is never a draw
    of an audit, not even with the same seed: no model learns the very texts that it is audited on.

    Raises:
        UserError: a number is out of range.
    """

    attack: NamedAttack
    share: float = 1.0
    seed: int = defaults.SEED
    segmenter: Segmenter = CHARACTERS

    def __post_init__(self) -> None:
        check_between(named("share"), self.share, 0, 1)
        check_at_least(named("seed"), self.seed, 0)

    def at(self, epoch: int) -> "Augmentation":  # noqa: ARG002
        """The augmentation of an epoch: the same in each."""
        return self

    def chosen(self, examples: Sequence[Example], *, draw: int = 0) -> list[Example]:
        """The share of the examples whose texts that draw perturbs."""
        each = ((example.id, draw) for example in examples)
        keys = keys_of("augmented", self.seed, str(self.attack.attack), each=each)
        fractions = uniforms(keys, np.zeros(len(examples), dtype=np.int64))
        return [examples[row] for row in np.flatnonzero(fractions < self.share).tolist()]

    def draws(self, examples: Sequence[Example], numbers: range) -> Iterator[tuple[int, str]]:
        """The key and text of each draw, those of one example after those of another."""
        attack = self.attack.attack
        for start in range(0, len(examples), _AT_ONCE):
            some = examples[start : start + _AT_ONCE]
            batch = TextBatch([example.text for example in some], segmenter=self.segmenter)
            places = [(example.id, number) for example in some for number in numbers]
            keys = derive(attack.keys(seed=self.seed, draws=places), _APART)
            drawn = attack.draw(batch, np.repeat(np.arange(len(some)), len(numbers)), keys)
            yield from zip(keys.tolist(), drawn.texts, strict=True)

    def perturbed(self, examples: Sequence[Example], *, draw: int) -> tuple[Example, ...]:
        """The examples, of which the share that the draw chooses has the draw's texts."""
        chosen = self.chosen(examples, draw=draw)
        drawn = self.draws(chosen, range(draw, draw + 1))
        texts = {example.id: text for example, (_, text) in zip(chosen, drawn, strict=True)}
        return tuple(replace(example, text=texts.get(example.id, example.text)) for example in examples)


def digest_of_texts(examples: Iterable[Example]) -> str:
    """SHA-256 of the ids and texts of examples, in order."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(json.dumps([example.id, example.text]).encode("ascii"))
    return digest.hexdigest()


class AugmentationSchedule(Protocol):
    """What perturbs the training texts in each epoch, counted from 1."""

    def at(self, epoch: int) -> Augmentation:
        """The augmentation of an epoch."""
        ...


class AugmentedEpochs:
    """The training examples of each epoch, of which a share is perturbed anew."""

    def __init__(self, examples: Sequence[Example], augmentation: AugmentationSchedule) -> None:
        self._examples = examples
        self._augmentation = augmentation
        self._digests: dict[int, str] = {}

    def examples(self, epoch: int) -> tuple[Example, ...]:
        """The examples of an epoch, which is the number of their draws."""
        found = self._augmentation.at(epoch).perturbed(self._examples, draw=epoch)
        self._digests[epoch] = digest_of_texts(found)
        return found

    def digest(self, epochs: int) -> str:
        """SHA-256 of what the epochs up to this one have shown; those before a restart are drawn again."""
        for epoch in range(1, epochs + 1):
            if epoch not in self._digests:
                self.examples(epoch)
        digests = [self._digests[epoch] for epoch in range(1, epochs + 1)]
        return hashlib.sha256("".join(digests).encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRow:
    """An example to train on; a copy has the id of its original, and its attack's name."""

    example: Example
    augmented_from: str | None = None
    augmented_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyCount:
    """How many copies an attack made of how many texts, and which of them were left out."""

    attack: str
    texts: int
    copies: int
    not_applicable: int  # texts that no draw changed
    repeats: int  # further copies that equal their original or another copy of it


def add_copies(
    examples: Sequence[Example],
    augmentations: Sequence[Augmentation],
    *,
    copies: int = 1,
    originals: bool = True,
    keep_repeats: bool = False,
) -> tuple[list[TrainingRow], list[CopyCount]]:
    """Each example with its copies after it: `copies` draws of each augmentation that chooses it.

    A copy has the label and the group of its original, so that a split by group keeps them together.
    """
    made: dict[str, list[TrainingRow]] = {example.id: [] for example in examples}
    counts = [
        _add(each, each.chosen(examples), made, copies=copies, keep_repeats=keep_repeats)
        for each in augmentations
    ]
    rows = [
        row
        for example in examples
        for row in (*([TrainingRow(example=example)] if originals else []), *made[example.id])
    ]
    return rows, counts


def _add(
    augmentation: Augmentation,
    chosen: Sequence[Example],
    made: dict[str, list[TrainingRow]],
    *,
    copies: int,
    keep_repeats: bool,
) -> CopyCount:
    """Add one attack's copies of the chosen examples to those that are made, and count them."""
    draws = augmentation.draws(chosen, range(copies))
    kept = not_applicable = 0
    for example in chosen:
        drawn = [next(draws) for _ in range(copies)]
        not_applicable += all(text == example.text for _, text in drawn)
        seen = {example.text, *(row.example.text for row in made[example.id])}
        for key, text in drawn:
            if keep_repeats or text not in seen:
                copy = replace(example, id=f"{example.id}~{key:016x}", text=text)
                label = augmentation.attack.label
                made[example.id].append(
                    TrainingRow(example=copy, augmented_from=example.id, augmented_by=label)
                )
                kept += 1
            seen.add(text)
    left_out = copies * len(chosen) - kept
    return CopyCount(
        attack=augmentation.attack.label,
        texts=len(chosen),
        copies=kept,
        not_applicable=not_applicable,
        repeats=max(0, left_out - copies * not_applicable),
    )
