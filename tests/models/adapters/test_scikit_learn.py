import pickle
import zipfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest

pytest.importorskip("skops")

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import LinearSVC
from skops.io import dump

from elsewhere import TEXTS, in_any_batch
from pipelines_made import fitted_pipeline
from robustaudit.core.errors import UserError
from robustaudit.models import DataLabels, Trust, model_of_object, resolve
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.predictions import predict_all

STARS = ("1", "2", "3", "4", "5")


@pytest.fixture(scope="module")
def pipeline() -> Any:
    return fitted_pipeline()


def test_a_skops_file_answers_as_what_was_saved(pipeline: Any, tmp_path: Path) -> None:
    dump(pipeline, tmp_path / "model.skops")
    source = resolve(f"sklearn:{tmp_path / 'model.skops'}")
    assert source.labels == ("negative", "positive")
    np.testing.assert_array_equal(source.load().predict(TEXTS), pipeline.predict_proba(TEXTS))
    in_any_batch(source.load().predict)


def test_labels_that_are_numbers_are_classes_in_their_order(tmp_path: Path) -> None:
    stars = fitted_pipeline(labels=STARS)
    dump(stars, tmp_path / "stars.skops")
    classifier = resolve(f"sklearn:{tmp_path / 'stars.skops'}").load()
    assert classifier.labels == STARS
    assert classifier.predict(TEXTS).argmax(axis=1).tolist() == [
        int(each) - 1 for each in stars.predict(TEXTS)
    ]


def test_a_model_without_probabilities_gives_labels_alone(tmp_path: Path) -> None:
    vectors = fitted_pipeline(TfidfVectorizer(), LinearSVC())
    dump(vectors, tmp_path / "svc.skops")
    classifier = resolve(f"sklearn:{tmp_path / 'svc.skops'}").load()
    answers = classifier.predict(TEXTS)
    assert answers.shape == (len(TEXTS),)
    assert [classifier.labels[each] for each in answers] == vectors.predict(TEXTS).tolist()
    in_any_batch(classifier.predict)


def test_types_that_are_not_trusted_are_named_with_the_way_to_trust_them(tmp_path: Path) -> None:
    steps = (FunctionTransformer(np.char.lower), TfidfVectorizer(), LogisticRegression())
    dump(fitted_pipeline(*steps), tmp_path / "own.skops")
    name = f"sklearn:{tmp_path / 'own.skops'}"
    with pytest.raises(UserError, match=r"not scikit-learn's own: .*lower.* load it with --trust \S+lower"):
        resolve(name)
    with pytest.raises(UserError) as caught:
        resolve(name, trust=Trust(types=("something.else",)))
    asked = str(caught.value).rpartition("--trust ")[2]
    assert resolve(name, trust=Trust(types=(asked,))).load().predict(["good"]).shape == (1, 2)


class Marks:
    """What writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.write_text, (self.path, "code has run")


def test_a_pickle_that_would_run_code_is_not_loaded_unasked(tmp_path: Path) -> None:
    name, marker = f"sklearn:{tmp_path / 'model.pkl'}", tmp_path / "marker"
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(Marks(marker)))
    with pytest.raises(UserError, match=r"a pickle can run any code while it is loaded: .* --trust-pickle"):
        resolve(name)
    assert not marker.exists()
    with pytest.raises(
        UserError, match="must be a fitted classifier with one label for each text, got a int"
    ):
        resolve(name, trust=Trust(pickle=True))
    assert marker.exists()


def test_a_pickle_that_is_trusted_answers(pipeline: Any, tmp_path: Path) -> None:
    joblib.dump(pipeline, tmp_path / "model.joblib")
    source = resolve(f"sklearn:{tmp_path / 'model.joblib'}", trust=Trust(pickle=True))
    np.testing.assert_array_equal(source.load().predict(TEXTS), pipeline.predict_proba(TEXTS))


def test_a_file_that_unpacks_to_far_more_than_it_seems_is_not_unpacked(pipeline: Any, tmp_path: Path) -> None:
    small, large = tmp_path / "small.skops", tmp_path / "large.skops"
    dump(pipeline, small, compression=zipfile.ZIP_DEFLATED)
    assert resolve(f"sklearn:{small}").labels == ("negative", "positive")
    with zipfile.ZipFile(large, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("s", "w") as member:
        for _ in range(257):
            member.write(bytes(2**20))
    with pytest.raises(
        UserError, match=r"unpacks to 269,484,032 bytes, more than 268,435,456 and than 100 times"
    ):
        resolve(f"sklearn:{large}")


def test_a_vectoriser_whose_pattern_never_ends_is_ended_by_the_time_limit() -> None:
    pipeline = fitted_pipeline()
    pipeline.steps[0][1].token_pattern = r"(?:\w+\s?)+$"
    model = model_of_object(pipeline, DataLabels(("0", "1"), numbered=True)).load()
    texts = ["good", "The bed was so hard that I slept on the carpet. I am not exaggerating."]
    error_policy = ErrorPolicy(time_limit=0.2, on_error="skip")

    found = predict_all(model, texts, model="m", batch_size=2, error_policy=error_policy)

    assert found.errors.tolist() == [None, "gave no prediction within 0.2 s"]


def test_what_is_no_fitted_classifier_is_one_clear_line(tmp_path: Path) -> None:
    dump(make_pipeline(TfidfVectorizer()), tmp_path / "half.skops")
    with pytest.raises(
        UserError, match="must be a fitted classifier with one label for each text, got a Pipe"
    ):
        resolve(f"sklearn:{tmp_path / 'half.skops'}")
    with pytest.raises(UserError, match=r"the file 'nowhere.skops' does not exist"):
        resolve("sklearn:nowhere.skops")
    (tmp_path / "cut.pkl").write_bytes(b"\x80\x04")
    with pytest.raises(UserError, match="cannot be loaded"):
        resolve(f"sklearn:{tmp_path / 'cut.pkl'}", trust=Trust(pickle=True))
