"""Certified accuracy over the number of edits, exactly, for linear models of words and pairs of words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np

from robustaudit.attacks import Attack, AttackSequence, Constrained
from robustaudit.core.edits import apply
from robustaudit.core.errors import ModelError, UserError
from robustaudit.core.records import Edit, Example
from robustaudit.models.classifier import Classifier
from robustaudit.models.linear_text import linear_text
from robustaudit.perturbations import CHARACTERS, SingleEdits, TextBatch
from robustaudit.perturbations.segmentation import Segmenter
from robustaudit.statistics.bounds import mean_between
from robustaudit.statistics.estimates import UnresolvedEstimate, with_intervals
from robustaudit.statistics.intervals import grouped
from robustaudit.statistics.measures import Estimate
from robustaudit.worst_case.fewest_edits import TIE, fewest_edits
from robustaudit.worst_case.margin_graph import Direction, MarginGraph
from robustaudit.worst_case.token_lattice import token_lattice

_BATCH = 64  # texts whose edits are listed together


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactVerdict:
    """What is known of an example: no set of up to `stable` edits fails; `failing` does, if not None.

    Where `failing` has more than `stable` + 1 edits, or is None and `stable` is less than was asked for, the
    numbers between are not decided. `correct`: the clean prediction is the true label.
    """

    example: Example
    correct: bool
    stable: int
    failing: tuple[Edit, ...] | None

    @property
    def failing_text(self) -> str | None:
        """The text that the failing edits make."""
        return None if self.failing is None else apply(self.example.text, self.failing)

    def is_open(self, edits: int) -> bool:
        """Whether it is not decided if some set of at most that many edits fails."""
        return self.stable < edits and (self.failing is None or len(self.failing) > edits)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedCurve:
    """Certified accuracy of a model under an attack by the number of edits, from 0 to `edits`.

    An example that is not decided counts as not certified.
    """

    model: str
    attack: str
    edits: int
    examples: tuple[ExactVerdict, ...]
    accuracy: tuple[Estimate, ...]

    @property
    def undecided(self) -> tuple[int, ...]:
        """How many of the correct examples are not decided, by the number of edits."""
        return tuple(
            sum(found.correct and found.is_open(edits) for found in self.examples)
            for edits in range(self.edits + 1)
        )


def certify(
    classifier: Classifier,
    attack: Attack,
    examples: Sequence[Example],
    *,
    edits: int = 10,
    name: str = "model",
    segmenter: Segmenter = CHARACTERS,
    done: Callable[[int], None] = lambda number: None,  # noqa: ARG005
) -> CertifiedCurve:
    """The fewest edits that fail for each example, up to `edits`; `done` hears how many are decided.

    Edits are those of the attack to the clean text, no two of overlapping sites.

    Raises:
        UserError: the classifier is no linear model of words and pairs, or the attack has edits that cannot
            be listed, or is a sequence and more than one edit is asked for.
    """
    verifier = LinearVerifier(classifier, name)
    found: list[ExactVerdict] = []
    for first in range(0, len(examples), _BATCH):
        part = examples[first : first + _BATCH]
        found += verifier.verdicts(attack, part, edits=edits, segmenter=segmenter)
        done(len(found))
    accuracy = _curve(found, edits)
    return CertifiedCurve(
        model=name, attack=str(attack), edits=edits, examples=tuple(found), accuracy=accuracy
    )


class SeveralOfSequenceError(UserError):
    """Several edits of a sequence, of which later ones depend on what earlier ones left."""


class _Option(NamedTuple):
    """An attack without choices, and the most edits that it may make."""

    attack: Attack
    most: int


class _Pool(NamedTuple):
    """The single edits of one text by one option, and how many of them may be made together."""

    edits: SingleEdits
    most: int


def _options(attack: Attack, edits: int) -> list[_Option]:
    alternatives = attack.alternatives() if edits > 1 else [attack]
    return [_Option(option, _most_edits(option, edits)) for option in alternatives]


def _most_edits(attack: Attack, edits: int) -> int:
    """How many edits the attack may make, at most those."""
    inner = attack
    while isinstance(inner, Constrained):
        limit = inner.constraints.at_most
        edits = edits if limit is None else min(edits, limit)
        inner = inner.attack
    if isinstance(inner, AttackSequence) and edits > 1:
        raise SeveralOfSequenceError(
            f"several edits of a sequence cannot be verified exactly, got {attack.expression!r} with "
            f"{edits} edits: later steps edit what earlier ones left; ask for 1 edit, or mix the steps with +"
        )
    return edits


def _by_text(edits: SingleEdits, texts: int) -> list[SingleEdits]:
    bounds = np.searchsorted(edits.text, np.arange(texts + 1)).tolist()
    return [edits.take(np.arange(first, stop)) for first, stop in pairwise(bounds)]


def _chosen(edits: SingleEdits, rows: Sequence[int]) -> tuple[Edit, ...]:
    return tuple(edit for row in rows for edit in edits.edits[row])


def _curve(found: Sequence[ExactVerdict], edits: int) -> tuple[Estimate, ...]:
    """The share of examples that are certified by the number of edits, with intervals over groups."""
    group = np.unique([verdict.example.group for verdict in found], return_inverse=True)[1]
    stable = np.array([verdict.stable if verdict.correct else -1 for verdict in found])
    sums = [grouped(stable >= number, group) for number in range(edits + 1)]
    bounded = [
        UnresolvedEstimate(each.mean, bounds=mean_between(each, 0.0, 1.0) if each.groups > 1 else None)
        for each in sums
    ]
    return with_intervals(tuple(bounded))


class LinearVerifier:
    """A linear model of words and pairs, taken apart once: its weights must stay what they are.

    Raises:
        NotLinearError: the classifier is none, or cannot be taken apart.
    """

    def __init__(self, classifier: Classifier, name: str) -> None:
        self._classifier, self._name = classifier, name
        self._linear = linear_text(classifier, name=name)
        self._directions: dict[tuple[int, int], Direction] = {}

    def verdicts(
        self, attack: Attack, examples: Sequence[Example], *, edits: int, segmenter: Segmenter
    ) -> list[ExactVerdict]:
        """The fewest edits of an attack that fail for each example, up to `edits`.

        Raises:
            UserError: the attack has edits that cannot be listed, or is a sequence and more than one edit is
                asked for.
        """
        options = _options(attack, edits)
        batch = TextBatch([example.text for example in examples], segmenter=segmenter)
        listed = [_by_text(option.attack.single_edits(batch), len(examples)) for option in options]
        found: list[ExactVerdict] = []
        for example, predicted, *of_options in zip(examples, self.predict(batch.texts), *listed, strict=True):
            pools = [_Pool(of, option.most) for of, option in zip(of_options, options, strict=True)]
            stable, failing = self.fewest(example.text, predicted, pools, edits)
            correct = predicted == example.label
            found.append(ExactVerdict(example=example, correct=correct, stable=stable, failing=failing))
        return found

    def predict(self, texts: Sequence[str]) -> list[int]:
        """The class of each text, as the model predicts it."""
        given = self._classifier.predict(texts)
        return [int(number) for number in (given if given.ndim == 1 else given.argmax(axis=1))]

    def fewest(
        self, text: str, predicted: int, pools: Sequence[_Pool], edits: int
    ) -> tuple[int, tuple[Edit, ...] | None]:
        """How many edits no set of which fails, and a set of fewest edits that does, if there is one."""
        away = self._linear.positions.index(predicted)
        others = [toward for toward in range(len(self._linear.positions)) if toward != away]
        stable, failing = edits, None
        for pool, toward in product(pools, others):
            most = pool.most if failing is None else min(pool.most, len(failing) - 1)
            lattice = token_lattice(text, pool.edits, self._linear, most_edits=most)
            graph = MarginGraph(lattice, self._linear, self._direction(toward, away), most=most)
            found = fewest_edits(graph, partial(self._fails, text, predicted, pool.edits))
            if found.stable < most:
                stable = min(stable, found.stable)
            if found.failing is not None:
                failing = _chosen(pool.edits, found.failing)
        return stable, failing

    def _direction(self, toward: int, away: int) -> Direction:
        if (toward, away) not in self._directions:
            self._directions[toward, away] = Direction.of(self._linear, toward=toward, away=away)
        return self._directions[toward, away]

    def _fails(
        self, text: str, predicted: int, edits: SingleEdits, rows: tuple[int, ...], margin: float
    ) -> bool:
        """Whether the model itself predicts another class with these edits."""
        edited = apply(text, _chosen(edits, rows))
        fails = self.predict([edited]) != [predicted]
        if margin > TIE and not fails:
            raise ModelError(
                f"model {self._name!r} does not predict what its weights say: class {predicted} for "
                f"{edited!r:.80}, though another has a margin of {margin:.3g} over it"
            )
        return fails
