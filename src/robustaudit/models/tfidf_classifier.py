"""The baseline: TF-IDF over words and their neighbours, with logistic regression."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from robustaudit.core.errors import UserError
from robustaudit.core.files import write_atomically
from robustaudit.models.card import Card
from robustaudit.models.word_pieces import WordPieces


class TfidfClassifier:
    """A fitted vectoriser and regression; what they learned is stored as numbers and words, never pickled."""

    def __init__(
        self, *, vectorizer: TfidfVectorizer, regression: LogisticRegression, labels: tuple[str, ...]
    ) -> None:
        self._vectorizer = vectorizer
        self._regression = regression
        self.labels = labels
        self.preferred_batch_size = 1024  # a call of scikit-learn takes as long as many of these texts

    @property
    def steps(self) -> tuple[TfidfVectorizer, LogisticRegression]:
        """What turns a text into numbers, and what predicts from these."""
        return self._vectorizer, self._regression

    @property
    def positions(self) -> range:
        """The class of each of the regression's classes."""
        return range(len(self.labels))

    @property
    def parameters(self) -> int:
        """The number of trained parameters."""
        learned = (self._vectorizer.idf_, self._regression.coef_, self._regression.intercept_)
        return sum(array.size for array in learned)

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Probabilities of shape (n_texts, n_classes); rows sum to 1."""
        if not texts:
            return np.empty((0, len(self.labels)))
        probabilities: NDArray[np.float64] = self._regression.predict_proba(self._vectorizer.transform(texts))
        return probabilities

    def split_words(self, words: Sequence[str]) -> list[WordPieces]:
        """The words of the vocabulary that each is read as; those that are not in it are left out."""
        read = self._vectorizer.build_tokenizer()
        split = [read(word.lower()) for word in words]
        known = self._vectorizer.vocabulary_
        return [
            WordPieces(tuple(part for part in parts if part in known), all(part in known for part in parts))
            for parts in split
        ]

    def save(self, *, weights: Path, vocabulary: Path) -> None:
        """Write the learned numbers as safetensors, the terms as a JSON array in the columns' order."""
        terms = self._vectorizer.get_feature_names_out().tolist()
        numbers = {
            "idf": self._vectorizer.idf_,
            "coefficients": self._regression.coef_,
            "intercept": self._regression.intercept_,
        }
        write_atomically(vocabulary, json.dumps(terms, ensure_ascii=False).encode())
        write_atomically(weights, save_tensors(numbers))


def make_vectorizer(*, max_words: int, **learning: object) -> TfidfVectorizer:
    """The vectoriser, whether it will learn its terms or be given them."""
    return TfidfVectorizer(ngram_range=(1, max_words), sublinear_tf=True, **learning)


def load(card: Card, folder: Path) -> TfidfClassifier:
    """The classifier of a card that lies in `folder`."""
    terms = json.loads(card.locate("vocabulary", folder).read_bytes())
    numbers = _read(card.locate("weights", folder))
    vectorizer = make_vectorizer(max_words=int(card.preset.model["max_words"]), vocabulary=terms)
    vectorizer.idf_ = numbers["idf"]
    regression = LogisticRegression()
    regression.classes_ = np.arange(len(card.labels))
    regression.coef_ = numbers["coefficients"]
    regression.intercept_ = numbers["intercept"]
    return TfidfClassifier(vectorizer=vectorizer, regression=regression, labels=card.labels)


def _read(path: Path) -> dict[str, NDArray[np.float64]]:
    try:
        return load_tensors(path.read_bytes())
    except SafetensorError as error:
        raise UserError(f"weights {str(path)!r} are truncated or corrupt") from error
