"""Fit TF-IDF and logistic regression on the reviews, and save the pipeline as scikit-learn's users do.

    python examples/scikit_learn.py
    robustaudit run --models 1,4,7,8,sklearn:reviews.skops --trials 500 --brief

It is fitted on the training split only, so that an audit of the test split uses unseen texts.
"""

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from skops.io import dump

from robustaudit.core.records import Example
from robustaudit.datasets import load

LABELS = ("negative", "positive")


def texts_and_labels(examples: tuple[Example, ...]) -> tuple[list[str], list[str]]:
    """The texts of examples, and their labels."""
    return [each.text for each in examples], [LABELS[each.label] for each in examples]


def main() -> None:
    reviews = load("reviews", training=True)
    pipeline = make_pipeline(TfidfVectorizer(), LogisticRegression())
    pipeline.fit(*texts_and_labels(reviews.split("train")))
    dump(pipeline, "reviews.skops")
    accuracy = pipeline.score(*texts_and_labels(reviews.split("test")))
    print(f"saved reviews.skops: test accuracy {accuracy:.1%}")


if __name__ == "__main__":
    main()
