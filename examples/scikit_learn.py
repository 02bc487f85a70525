"""Fit TF-IDF and logistic regression on the reviews, and save the pipeline as scikit-learn's users do.

    python examples/scikit_learn.py
    robustaudit run --models 1,4,7,8,sklearn:reviews.skops --trials 500 --brief

It learns from the training split alone, so that an audit, which is of the test split, asks it new texts.
"""

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from skops.io import dump

from robustaudit.core.records import Example
from robustaudit.datasets import load

LABELS = ("negative", "positive")


def parted(examples: tuple[Example, ...]) -> tuple[list[str], list[str]]:
    """Texts, and the label of each."""
    return [each.text for each in examples], [LABELS[each.label] for each in examples]


def main() -> None:
    reviews = load("reviews", training=True)
    pipeline = make_pipeline(TfidfVectorizer(), LogisticRegression())
    pipeline.fit(*parted(reviews.split("train")))
    dump(pipeline, "reviews.skops")
    right = pipeline.score(*parted(reviews.split("test")))
    print(f"saved reviews.skops: {100 * right:.1f} % right on the test split")


if __name__ == "__main__":
    main()
