"""Pipelines of scikit-learn as others make them, fitted in a moment, and their graphs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from skl2onnx import to_onnx
from skl2onnx.common.data_types import StringTensorType
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from elsewhere import reviews


def fitted_pipeline(*steps: Any, labels: Sequence[str] = ("negative", "positive")) -> Any:
    """TF-IDF and a classifier, fitted to `tiny`."""

    texts, classes = reviews(len(labels))
    made = make_pipeline(*(steps or (TfidfVectorizer(), LogisticRegression())))
    return made.fit(texts, [labels[each] for each in classes])


def export_pipeline(pipeline: Any, to: Path, labels: Sequence[str], **options: Any) -> None:
    """A pipeline as an ONNX graph that takes texts."""

    vectorizer, classifier = (step for _, step in pipeline.steps)
    chosen = {id(vectorizer): {"locale": "C.UTF-8"}, id(classifier): options}
    graph = to_onnx(pipeline, initial_types=[("text", StringTensorType([None, 1]))], options=chosen)
    to.mkdir(parents=True)
    (to / "model.onnx").write_bytes(graph.SerializeToString())
    (to / "labels.json").write_text(json.dumps(list(labels)))
