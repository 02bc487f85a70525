"""The baseline's training: fitted at once, no epochs."""

from dataclasses import asdict, replace
from pathlib import Path

from sklearn.linear_model import LogisticRegression

from robustaudit.core.errors import UserError
from robustaudit.models.card import record_file
from robustaudit.models.tfidf_classifier import TfidfClassifier, make_vectorizer
from robustaudit.training.augmentation import Augmentation, add_copies, digest_of_texts
from robustaudit.training.fitted_model import FittedModel
from robustaudit.training.preset import TfidfPreset
from robustaudit.training.training_splits import TrainingSplits


def train_tfidf(
    splits: TrainingSplits, *, preset: TfidfPreset, folder: Path, augmentation: Augmentation | None = None
) -> FittedModel:
    """Fit the baseline and store it in `folder`; as it has no epochs, it learns from originals and copies."""
    if augmentation:
        rows, _ = add_copies(splits.train, [augmentation])
        splits = replace(splits, train=tuple(row.example for row in rows))
    made = store_baseline(fit_baseline(splits, preset=preset), preset=preset, folder=folder)
    return replace(made, augmented_digest=digest_of_texts(splits.train) if augmentation else None)


def store_baseline(classifier: TfidfClassifier, *, preset: TfidfPreset, folder: Path) -> FittedModel:
    """Store a fitted baseline in `folder`."""
    paths = {"weights": folder / "model.safetensors", "vocabulary": folder / "vocabulary.json"}
    classifier.save(**paths)
    return FittedModel(
        classifier=classifier,
        parameters=classifier.parameters,
        model=asdict(preset.model),
        training=asdict(preset.training),
        files={role: record_file(path, folder) for role, path in paths.items()},
        library="scikit-learn",
    )


def fit_baseline(splits: TrainingSplits, *, preset: TfidfPreset) -> TfidfClassifier:
    """TF-IDF and logistic regression, learned from the training examples.

    Raises:
        UserError: they have no terms to learn.
    """
    vectorizer = make_vectorizer(max_words=preset.model.max_words, min_df=preset.model.min_texts)
    try:
        features = vectorizer.fit_transform([example.text for example in splits.train])
    except ValueError as error:
        # scikit-learn has several messages for there being no term, and no type of its own.
        raise UserError(
            f"the baseline has nothing to learn from: no word of {len(splits.train)} training texts stands "
            f"in min_texts={preset.model.min_texts} or more of them"
        ) from error
    regression = LogisticRegression(C=preset.training.inverse_penalty, max_iter=1000)
    regression.fit(features, [example.label for example in splits.train])
    return TfidfClassifier(vectorizer=vectorizer, regression=regression, labels=splits.labels)
