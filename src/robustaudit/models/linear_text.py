"""What a linear model over words and pairs of words is made of: its tokens, weights of terms, and norm."""

import re
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.arrays import Floats
from robustaudit.core.display import short_repr
from robustaudit.core.errors import UserError

Tokens = tuple[int, ...]
"""The words of a text as the model reads them, by number; unknown words are 0, and a run of them is one 0."""

Frequency = Literal["count", "presence", "logarithm"]
"""How often a term stands in a text, for the model: n; 1 if n > 0; or 1 + ln n."""


@runtime_checkable
class HasSteps(Protocol):
    """A classifier that scikit-learn's estimators make up, of which the last is the classifier itself."""

    @property
    def steps(self) -> Sequence[Any]: ...

    @property
    def positions(self) -> Sequence[int]:
        """The class, as `predict` numbers them, of each of the last estimator's classes."""
        ...


class NotLinearError(UserError):
    """A model that is not linear in the words and pairs of words of a text."""


@dataclass(frozen=True, eq=False)
class LinearText:
    """A linear model over terms, each a word or two neighbours; it predicts the class with the highest score.

    The margin of a class over another is the difference of their rows of `weights` times the values of the
    terms of a text, divided by their norm, plus the difference of their `intercepts`. The value of a term is
    its frequency times its `scale`. Shapes: weights (n_classes, n_terms), intercepts (n_classes,), scale
    (n_terms,).
    """

    positions: tuple[int, ...]
    weights: Floats
    intercepts: Floats
    scale: Floats
    frequency: Frequency
    norm: Literal["l1", "l2"] | None
    words: Mapping[str, int]
    word_terms: Mapping[int, int]  # a word's number → its term
    pair_terms: Mapping[int, Mapping[int, int]]  # the first word's number → the second's → their term
    words_in: Callable[[str], Iterable[str]]
    separators: frozenset[str]
    """ASCII characters that are in no word, and next to which it does not matter what stands beyond them.

    One thing apart: a Σ becomes ς or σ by whether a letter follows, across one of ' . : ^ and `.
    """

    def tokens(self, text: str) -> Tokens:
        """The model's tokens of a text, or of a part of one that lies between separators."""
        number = self.words.get
        numbers = [number(word, 0) for word in self.words_in(text)]
        if len(numbers) < 2 or 0 not in numbers:  # noqa: PLR2004
            return tuple(numbers)
        return tuple(token for token, run in groupby(numbers) for token in ([0] if not token else run))

    def terms(self, tokens: Tokens) -> list[int]:
        """The terms of a whole text, as often as they occur."""
        singles = [self.word_terms[token] for token in tokens if token in self.word_terms]
        pairs = [self.pair_terms.get(first, {}).get(second) for first, second in pairwise(tokens)]
        return singles + [term for term in pairs if term is not None]

    def frequencies(self, counts: NDArray[np.float64]) -> Floats:
        """What counts of terms amount to."""
        if self.frequency == "count":
            return counts
        if self.frequency == "presence":
            return np.minimum(counts, 1.0)
        return np.where(counts > 0, 1.0 + np.log(np.maximum(counts, 1.0)), 0.0)

    def scores(self, text: str) -> Floats:
        """The score of each class, of shape (n_classes,)."""
        terms, counts = np.unique(np.array(self.terms(self.tokens(text)), dtype=np.int64), return_counts=True)
        values = self.scale[terms] * self.frequencies(counts.astype(np.float64))
        if self.norm and len(values):
            values = values / np.linalg.norm(values, 1 if self.norm == "l1" else 2)
        return np.asarray(self.weights[:, terms] @ values + self.intercepts)

    @cached_property
    def is_additive(self) -> bool:
        """Whether each occurrence of a term adds the same to every score."""
        return self.frequency == "count" and self.norm != "l2"


def linear_text(classifier: object, *, name: str) -> LinearText:
    """What that classifier is made of, if it is linear in words and pairs of words.

    Raises:
        NotLinearError: it is not, or not in a way that can be taken apart.
    """
    try:
        return _of_classifier(classifier)
    except NotLinearError as error:
        raise NotLinearError(
            f"model {name!r} is not a linear model of words and pairs: {error}; allowed is a CountVectorizer "
            "or TfidfVectorizer of words and pairs of words, then a linear classifier of scikit-learn"
        ) from error


def _of_classifier(classifier: object) -> LinearText:
    if not isinstance(classifier, HasSteps):
        raise NotLinearError(f"it is a {type(classifier).__name__}")
    return _of_steps([step for step in classifier.steps if step != "passthrough"], classifier.positions)


def _of_steps(steps: Sequence[Any], positions: Sequence[int]) -> LinearText:
    from sklearn.feature_extraction.text import (  # noqa: PLC0415  (heavy)
        CountVectorizer,
        TfidfTransformer,
        TfidfVectorizer,
    )

    kinds = [type(step) for step in steps]
    if len(kinds) not in {2, 3} or kinds[0] not in {CountVectorizer, TfidfVectorizer}:
        raise NotLinearError(f"its steps are {', '.join(kind.__name__ for kind in kinds)}")
    if len(kinds) == 3 and kinds[1] is not TfidfTransformer:  # noqa: PLR2004
        raise NotLinearError(f"its second step is a {kinds[1].__name__}")
    vectorizer, *between, classifier = steps
    weights, intercepts = _decision(classifier)
    transformer = between[0] if between else vectorizer
    if kinds == [TfidfVectorizer, TfidfTransformer, kinds[-1]]:
        raise NotLinearError("it has two TF-IDF steps")
    weighs = isinstance(transformer, TfidfVectorizer | TfidfTransformer)
    norm = transformer.norm if weighs else None
    frequency: Frequency = "logarithm" if weighs and transformer.sublinear_tf else "count"
    if vectorizer.binary:
        frequency = "presence"
    scale = transformer.idf_ if weighs and transformer.use_idf else np.ones(weights.shape[1])
    words, word_terms, pair_terms = _terms(vectorizer)
    words_in, separators = _tokenization(vectorizer)
    return LinearText(
        positions=tuple(positions),
        weights=weights,
        intercepts=intercepts,
        scale=np.asarray(scale, dtype=np.float64),
        frequency="presence" if vectorizer.binary else frequency,
        norm=norm,
        words=words,
        word_terms=word_terms,
        pair_terms=pair_terms,
        words_in=words_in,
        separators=separators,
    )


def _decision(classifier: Any) -> tuple[Floats, Floats]:  # noqa: ANN401
    """Its weights and intercepts, a row for each class, from which its prediction follows."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  (heavy)

    kind = type(classifier)
    if getattr(kind, "decision_function", None) is not LogisticRegression.decision_function:
        raise NotLinearError(f"its classifier is a {kind.__name__}")
    weights = np.asarray(classifier.coef_)
    if weights.dtype != np.float64:
        raise NotLinearError(f"its weights are {weights.dtype}, not float64")
    weights = np.atleast_2d(weights)
    intercepts = np.broadcast_to(np.asarray(classifier.intercept_, dtype=np.float64), len(weights))
    classes = len(classifier.classes_)
    if (len(weights), classes) == (1, 2):
        return np.vstack([np.zeros_like(weights), weights]), np.append(0.0, intercepts)
    if len(weights) != classes or getattr(classifier, "loss", None) == "modified_huber":
        raise NotLinearError(f"its {kind.__name__} does not predict the class with the highest of its scores")
    return weights, intercepts


_DEEPEST = 2  # words of a term


def _terms(vectorizer: Any) -> tuple[dict[str, int], dict[int, int], dict[int, dict[int, int]]]:  # noqa: ANN401
    """The numbers of its words, from 1, and the terms of words and of pairs."""
    shortest, longest = vectorizer.ngram_range
    if vectorizer.analyzer != "word" or longest > _DEEPEST:
        raise NotLinearError(f"its terms are {short_repr(vectorizer.analyzer)} {shortest} to {longest}")
    known = [
        (term.split(" "), column)
        for term, column in vectorizer.vocabulary_.items()
        if shortest <= term.count(" ") + 1 <= longest
    ]
    words = {word: number for number, word in enumerate(sorted({w for term, _ in known for w in term}), 1)}
    singles: dict[int, int] = {}
    pairs: dict[int, dict[int, int]] = {}
    for term, column in known:
        first, *second = (words[word] for word in term)
        if second:
            pairs.setdefault(first, {})[second[0]] = int(column)
        else:
            singles[first] = int(column)
    return words, singles, pairs


# What a pattern of tokens may consist of, so that none spans a separator or looks beyond one: classes of
# characters, single characters, groups, repetitions, and borders of words.
_CHARACTER = r"\\[wdS]|\\[^\w\s]|\[(?:\\[wdS]|\\[^\w\s]|[^\\\[\]^\x00-\x20])+\]|[^\\\[\](){}|*+?.^$\x00-\x20]"
_BETWEEN = r"\\[bB]|\((?!\?)|\(\?:|[)|*+?]|\{\d*,?\d*\}"
_PATTERN = re.compile(rf"(?:{_BETWEEN}|{_CHARACTER})+")
_SEPARATORS = string.whitespace + string.punctuation
_HAS_EMPTY = "aa b, 1 _-"  # where an empty token is found if there can be any


def _tokenization(vectorizer: Any) -> tuple[Callable[[str], Iterable[str]], frozenset[str]]:  # noqa: ANN401
    """How it cuts a text into words, and the separators."""
    for name in ("preprocessor", "tokenizer"):
        if getattr(vectorizer, name) is not None:
            raise NotLinearError(f"its vectorizer has a {name} of its own")
    if callable(vectorizer.strip_accents) or vectorizer.input != "content":
        raise NotLinearError("its vectorizer reads texts in a way of its own")
    if np.dtype(vectorizer.dtype) == np.float32:
        raise NotLinearError("its vectorizer computes in float32, not float64")
    pattern = vectorizer.token_pattern.removeprefix("(?u)")
    preprocess, tokenize = vectorizer.build_preprocessor(), vectorizer.build_tokenizer()
    if not _PATTERN.fullmatch(pattern) or "" in tokenize(_HAS_EMPTY):
        raise NotLinearError(f"its token_pattern {short_repr(pattern)} may depend on more than one word")
    found = re.findall(rf"{_BETWEEN}|({_CHARACTER})", pattern)
    characters = re.compile("|".join(filter(None, found)))
    separators = frozenset(mark for mark in _SEPARATORS if not characters.match(mark))
    stop_words = vectorizer.get_stop_words() or frozenset()

    def words_in(text: str) -> Iterable[str]:
        words: list[str] = tokenize(preprocess(text))
        return [word for word in words if word not in stop_words] if stop_words else words

    return words_in, separators
