"""Asking a classifier: each text once, in full batches of texts alike in length."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.errors import ModelError
from robustaudit.models import Classifier

_TOLERANCE = 1e-3  # how far the probabilities of one text may sum from 1


def predict_all(
    classifier: Classifier, texts: Sequence[str], *, model: str, batch_size: int
) -> NDArray[np.float64]:
    """The class probabilities of every text, shape (n_texts, n_classes); equal texts are asked once.

    Raises:
        ModelError: the classifier raised, or its answer is not a row of probabilities for each text.
    """
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    # Length first, for little padding; then the text, so that batches do not depend on the order of `texts`.
    distinct = sorted(places, key=lambda text: (len(text), text))
    probabilities = np.empty((len(distinct), len(classifier.labels)), dtype=np.float64)
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        probabilities[[places[text] for text in batch]] = _predict_batch(classifier, batch, model)
    return probabilities[[places[text] for text in texts]]


def _predict_batch(classifier: Classifier, batch: list[str], model: str) -> NDArray[np.float64]:
    try:
        answer = np.asarray(classifier.predict(batch), dtype=np.float64)
    except Exception as error:
        raise ModelError(
            f"model {model!r} failed on a batch that begins with {batch[0]!r}: {error}"
        ) from error
    wanted = (len(batch), len(classifier.labels))
    if answer.shape != wanted:
        raise ModelError(
            f"model {model!r} must answer with shape {wanted}, got {answer.shape} for {batch[0]!r}"
        )
    sound = np.isfinite(answer).all(axis=1) & (answer >= 0).all(axis=1)
    sound &= np.abs(answer.sum(axis=1) - 1) <= _TOLERANCE
    if not sound.all():
        text = batch[int(np.argmin(sound))]
        raise ModelError(
            f"model {model!r} gave no probabilities for {text!r}: {answer[np.argmin(sound)].tolist()}"
        )
    return answer
