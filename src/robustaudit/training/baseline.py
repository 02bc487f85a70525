"""The baseline's training: fitted at once, no epochs."""

from dataclasses import asdict
from pathlib import Path

from sklearn.linear_model import LogisticRegression

from robustaudit.models.card import record_file
from robustaudit.models.tfidf import TfidfClassifier, make_vectorizer
from robustaudit.training.made import Made
from robustaudit.training.preset import TfidfPreset
from robustaudit.training.splits import Splits


def make_baseline(splits: Splits, *, preset: TfidfPreset, folder: Path) -> Made:
    """Fit the baseline and store it in `folder`."""
    classifier = fit_baseline(splits, preset=preset)
    paths = {"weights": folder / "model.safetensors", "vocabulary": folder / "vocabulary.json"}
    classifier.save(**paths)
    return Made(
        classifier=classifier,
        parameters=classifier.parameters,
        model=asdict(preset.model),
        training=asdict(preset.training),
        files={role: record_file(path, folder) for role, path in paths.items()},
        library="scikit-learn",
    )


def fit_baseline(splits: Splits, *, preset: TfidfPreset) -> TfidfClassifier:
    """TF-IDF and logistic regression, learned from the training examples."""
    vectorizer = make_vectorizer(max_words=preset.model.max_words, min_df=preset.model.min_texts)
    features = vectorizer.fit_transform([example.text for example in splits.train])
    regression = LogisticRegression(C=preset.training.inverse_penalty, max_iter=1000)
    regression.fit(features, [example.label for example in splits.train])
    return TfidfClassifier(vectorizer=vectorizer, regression=regression, labels=splits.labels)
