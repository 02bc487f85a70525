from dataclasses import replace

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from robustaudit.core.errors import UserError
from robustaudit.models import resolve, resolve_trained
from robustaudit.models.card import record_file
from robustaudit.models.tfidf_classifier import TfidfClassifier, load

TEXTS = ["good food", "not good", "bad, bad service", "great and good", "", "Überraschend gut"]
LABELS = [1, 0, 0, 1, 0, 1]


@pytest.fixture
def fitted():
    pipeline = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression())
    return pipeline.fit(TEXTS, LABELS)


@pytest.fixture
def loaded(fitted, tmp_path):
    vectorizer, regression = fitted[0], fitted[1]
    paths = {"weights": tmp_path / "model.safetensors", "vocabulary": tmp_path / "vocabulary.json"}
    ours = TfidfClassifier(vectorizer=vectorizer, regression=regression, labels=("negative", "positive"))
    ours.save(**paths)
    files = {role: record_file(path, tmp_path) for role, path in paths.items()}
    return load(replace(resolve_trained("tfidf").card, files=files), tmp_path)


def test_what_is_loaded_predicts_what_scikit_learn_predicted(fitted, loaded):
    texts = [*TEXTS, "unseen words alone", "good good bad"]

    np.testing.assert_array_equal(loaded.predict(texts), fitted.predict_proba(texts))


def test_no_texts_give_no_rows(loaded):
    assert loaded.predict([]).shape == (0, 2)


def test_parameters_are_what_was_learned(fitted, loaded):
    terms = len(fitted[0].vocabulary_)

    assert loaded.parameters == terms + terms + 1


def test_weights_that_were_cut_are_refused(trained):
    source = resolve("tfidf", folder=trained)
    path = trained / "tfidf" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:100])

    with pytest.raises(UserError, match="are truncated or corrupt"):
        source.load()
