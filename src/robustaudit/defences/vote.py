"""A vote over perturbed copies of a text, as in randomised smoothing."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_at_least
from robustaudit.core.version import __version__
from robustaudit.defences.defence import Defence, defence

if TYPE_CHECKING:
    from robustaudit.attacks import Attack

_MOST_DRAWS = 1_000
_SEED = 0


@defence("vote")
class Vote(Defence):
    """Query the model for perturbed copies of a text and average its predictions (randomised smoothing).

    What only some of the copies keep has less weight. `attack` is what draws the `draws` copies;
    they depend on the text alone. The prediction is the mean of the probabilities; of a model that gives
    classes, the class of most copies, the first if several have as many. It stands last in a chain, and
    takes `draws` queries for each text.
    """

    draws: int = 9
    attack: str = "delete@0.1"

    version: ClassVar[int] = 1
    wordwise: ClassVar[bool] = False  # which words a draw edits depends on the whole text

    def __post_init__(self) -> None:
        check_at_least("draws of vote", self.draws, 1, maximum=_MOST_DRAWS)
        try:
            _attack(self.attack)
        except UserError as error:
            raise UserError(f"attack of vote: {error}") from error

    def clean(self, texts: Sequence[str]) -> list[str]:
        """The texts as they are: it is the model's predictions that are changed."""
        return list(texts)

    def sources(self) -> Mapping[str, str]:
        return {"attack": str(_attack(self.attack)), "robustaudit": __version__}

    def copies(self, texts: Sequence[str]) -> list[str]:
        """The copies of each text, one text after the other."""
        from robustaudit.perturbations import TextBatch  # noqa: PLC0415  (for few)

        attack = _attack(self.attack)
        keys = attack.keys(seed=_SEED, draws=[(text, draw) for text in texts for draw in range(self.draws)])
        rows = np.repeat(np.arange(len(texts)), self.draws)
        return list(attack.draw(TextBatch(texts), rows, keys).texts)

    def outcome(self, answers: NDArray[Any]) -> NDArray[Any]:
        """The prediction for each text from those for its copies, one text after the other."""
        by_text = answers.reshape(len(answers) // self.draws, self.draws, *answers.shape[1:])
        if by_text.ndim == _WITH_CLASSES:
            return np.asarray(by_text.mean(axis=1))
        return np.array([_most_frequent(row) for row in by_text], dtype=answers.dtype)


_WITH_CLASSES = 3  # dimensions: texts, copies, classes


def _most_frequent(answers: NDArray[Any]) -> Any:  # noqa: ANN401  (a class, or how a model writes it)
    found, counts = np.unique(answers, return_counts=True)
    return found[counts.argmax()]


@cache
def _attack(expression: str) -> "Attack":
    from robustaudit.attacks import parse_attack  # noqa: PLC0415  (for few)

    return parse_attack(expression).attack
