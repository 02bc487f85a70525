"""What linear models of words and pairs are made of, and the models that are none."""

from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
)
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from elsewhere import TEXTS, reviews
from robustaudit.models.adapters.scikit_learn import SklearnClassifier
from robustaudit.models.classifier import DataLabels
from robustaudit.models.linear_text import NotLinearError, linear_text
from robustaudit.models.objects import model_of_object
from robustaudit.models.reference_models import resolve_trained

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def fitted(*steps: Any, classes: int = 2) -> SklearnClassifier:
    texts, labels = reviews(classes)
    return SklearnClassifier(make_pipeline(*steps).fit(texts, labels), "model")


def test_scores_of_the_baseline_are_those_of_the_model() -> None:
    classifier = resolve_trained("tfidf").load()
    model = linear_text(classifier, name="tfidf")
    texts = [*TEXTS, *reviews(2)[0]]
    scores = np.array([model.scores(text) for text in texts])
    odds = np.log(classifier.predict(texts))
    np.testing.assert_allclose(scores[:, 1] - scores[:, 0], odds[:, 1] - odds[:, 0], atol=1e-9)


@pytest.mark.parametrize("norm", ["l1", "l2", None])
@pytest.mark.parametrize("classes", [2, 3])
def test_scores_are_those_of_a_pipeline(norm: str | None, classes: int) -> None:
    steps = CountVectorizer(ngram_range=(1, 2), strip_accents="unicode"), TfidfTransformer(norm=norm)
    classifier = fitted(*steps, LogisticRegression(), classes=classes)
    model = linear_text(classifier, name="model")
    texts = [*TEXTS, *reviews(2)[0]]
    found = np.array([model.scores(text) for text in texts]).argmax(axis=1)
    assert found.tolist() == classifier.predict(texts).argmax(axis=1).tolist()


def test_the_best_of_a_search_is_taken_apart() -> None:
    search = GridSearchCV(make_pipeline(CountVectorizer(), LogisticRegression()), {}, cv=2)
    model = SklearnClassifier(search.fit(*reviews(2)), "model")
    assert linear_text(model, name="model").frequency == "count"


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ((CountVectorizer(analyzer="char"), LogisticRegression()), "its terms are 'char' 1 to 1"),
        ((CountVectorizer(ngram_range=(1, 3)), LogisticRegression()), "its terms are 'word' 1 to 3"),
        ((HashingVectorizer(), LogisticRegression()), "its steps are HashingVectorizer, LogisticRegression"),
        ((CountVectorizer(), TruncatedSVD(), LogisticRegression()), "its second step is a TruncatedSVD"),
        ((CountVectorizer(), RandomForestClassifier()), "its classifier is a RandomForestClassifier"),
        ((CountVectorizer(), CalibratedClassifierCV()), "its classifier is a CalibratedClassifierCV"),
        (
            (CountVectorizer(tokenizer=str.split, token_pattern=None), LogisticRegression()),
            "tokenizer of its own",
        ),
        ((CountVectorizer(preprocessor=str.strip), LogisticRegression()), "preprocessor of its own"),
        (
            (CountVectorizer(token_pattern=r"\w+ \w+"), LogisticRegression()),
            "may depend on more than one word",
        ),
        (
            (CountVectorizer(token_pattern=r"\w+(?= )"), LogisticRegression()),
            "may depend on more than one word",
        ),
        ((CountVectorizer(token_pattern=r"\w*"), LogisticRegression()), "may depend on more than one word"),
        ((TfidfVectorizer(dtype=np.float32), LogisticRegression()), "float32"),
    ],
)
def test_other_models_are_refused_with_the_reason(steps: Any, reason: str) -> None:
    with pytest.raises(NotLinearError, match=reason) as caught:
        linear_text(fitted(*steps), name="mine")
    assert "model 'mine' is not a linear model of words and pairs" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_scores_that_are_clipped_do_not_decide_among_three_classes() -> None:
    classifier = fitted(CountVectorizer(), SGDClassifier(loss="modified_huber"), classes=3)
    with pytest.raises(NotLinearError, match="does not predict the class with the highest of its scores"):
        linear_text(classifier, name="mine")


def test_a_function_is_refused() -> None:
    model = model_of_object(lambda texts: ["good"] * len(texts), DataLabels(("good", "bad"), numbered=False))
    with pytest.raises(NotLinearError, match="it is a PythonClassifier"):
        linear_text(model.load(), name="mine")


@pytest.mark.parametrize(
    ("pattern", "inside"),
    [(r"(?u)\b\w\w+\b", ""), (r"[\w'-]+", "'-"), (r"(?:\w+|[!?]{1,2})", "!?"), (r"\S{2,}", "!'-,.")],
)
def test_separators_are_in_no_word(pattern: str, inside: str) -> None:
    model = linear_text(fitted(CountVectorizer(token_pattern=pattern), LogisticRegression()), name="mine")
    assert not set(inside) & model.separators
    assert " " in model.separators
    assert ("," in model.separators) == ("," not in inside)
