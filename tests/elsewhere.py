"""What models of others are trained on and asked here, and the law of all of them."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from robustaudit.datasets import load

TEXTS = (
    "The food was wonderful, and so was the service!",
    "bad",
    "",
    "Broken after a day. " * 60,
    "Überraschend gut: 10/10 \N{SPARKLES}",
    "half a pair: \ud83d",
)


def reviews(classes: int) -> tuple[list[str], list[int]]:
    """The texts of `tiny`, with their labels; several classes are by the texts' lengths."""
    examples = load("tiny").examples
    texts = [example.text for example in examples]
    if classes == 2:
        return texts, [example.label for example in examples]
    order = np.argsort(np.argsort([len(text) for text in texts]))
    return texts, (order * classes // len(texts)).tolist()


def in_any_batch(predict: Callable[[Sequence[str]], Any], texts: Sequence[str] = TEXTS) -> None:
    """The law of every classifier: a text gets the same answer alone and among others."""
    together = predict(texts)
    alone = np.concatenate([predict([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(predict(texts[::-1])[::-1], together, atol=1e-5)
