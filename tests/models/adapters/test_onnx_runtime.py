import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnxruntime")
pytest.importorskip("skl2onnx")

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from elsewhere import TEXTS, in_any_batch
from graphs_made import DOUBLE, SHORT, WORDS, save_graph
from pipelines_made import export_pipeline, fitted_pipeline
from robustaudit.core.errors import UserError
from robustaudit.models import DataLabels, resolve
from transformers_made import export_transformer

LABELS = ("negative", "positive")
# The graph's own tokenizer parts words a little otherwise where they are not plain.
PLAIN = ("good food", "bad", "", "the service was slow and the food was bad " * 20)


@pytest.fixture(scope="module")
def exported(two: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("onnx") / "two"
    export_transformer(two, folder)
    return folder


def test_an_exported_transformer_answers_as_the_original(exported: Path, two: Path) -> None:
    source = resolve(f"onnx:{exported}")
    assert source.labels == LABELS
    got = source.load().predict(TEXTS)
    np.testing.assert_allclose(got, resolve(f"hf:{two}").load().predict(TEXTS), atol=1e-5)
    in_any_batch(source.load().predict)
    assert source.load().predict([]).shape == (0, 2)


def test_texts_that_an_exported_transformer_does_not_read_to_their_end_are_counted(exported: Path) -> None:
    cut: Any = resolve(f"onnx:{exported}?max_tokens=5").load()
    texts = ["good bad ugly never heard", "good bad ugly", "a"]
    assert (cut.max_tokens, cut.count_truncated(texts)) == (5, 1)


@pytest.mark.parametrize("zipmap", [True, False])
def test_an_exported_pipeline_answers_as_the_original(zipmap: bool, tmp_path: Path) -> None:
    pipeline = fitted_pipeline(TfidfVectorizer(token_pattern=r"[a-zA-Z0-9_]+"), LogisticRegression())
    export_pipeline(pipeline, tmp_path / "onnx", LABELS, zipmap=zipmap)
    classifier = resolve(f"onnx:{tmp_path / 'onnx'}").load()
    np.testing.assert_allclose(classifier.predict(PLAIN), pipeline.predict_proba(PLAIN), atol=1e-5)
    in_any_batch(classifier.predict)


def test_an_output_of_labels_can_be_asked_for(tmp_path: Path) -> None:
    pipeline = fitted_pipeline(TfidfVectorizer(token_pattern=r"[a-zA-Z0-9_]+"), LinearSVC())
    export_pipeline(pipeline, tmp_path / "onnx", LABELS)
    classifier = resolve(f"onnx:{tmp_path / 'onnx'}?output=label").load()
    assert [LABELS[each] for each in classifier.predict(PLAIN)] == pipeline.predict(PLAIN).tolist()
    with pytest.raises(UserError, match="must be one of label, probabilities, got 'lable'"):
        resolve(f"onnx:{tmp_path / 'onnx'}?output=lable").load()


def test_a_graph_of_tokens_gets_no_padding_and_reads_an_empty_text_as_it_begins(tmp_path: Path) -> None:
    name = save_graph(tmp_path, {"logits": "logits"}, inputs=("input_ids", "attention_mask"), kind=SHORT)
    texts = ["good", "so bad so bad", "", "so so good"]
    with pytest.raises(ValueError, match=r"makes no token of the text, and config.json names none"):
        resolve(name).load().predict(texts)
    (tmp_path / "config.json").write_text(json.dumps({"eos_token_id": WORDS["good"]}))

    predict = resolve(name).load().predict

    in_any_batch(predict, texts)
    assert predict(texts).argmax(axis=1).tolist() == [1, 0, 1, 1]


def test_a_tokenizer_that_gives_up_on_a_text_is_an_error_of_that_text(tmp_path: Path) -> None:
    name = save_graph(tmp_path, {"logits": "logits"})
    path = tmp_path / "tokenizer.json"
    split = {"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": False}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"pre_tokenizer": split}))
    classifier = resolve(name).load()
    assert classifier.predict(["good"]).argmax() == 1
    with pytest.raises(ValueError, match="the tokenizer gave up: Onig: Regex search error: retry-limit"):
        classifier.predict(["a" * 50 + "b"])


def test_an_input_that_is_no_number_of_a_token_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"input input_ids of .* must be of tensor\(int64\), .*, got tensor\(double\)"
    ):
        resolve(save_graph(tmp_path, {"logits": "logits"}, kind=DOUBLE)).load()


def test_what_is_missing_is_named(exported: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    name = f"onnx:{folder}"
    with pytest.raises(UserError, match=r"must be a folder that holds model.onnx"):
        resolve(name)
    shutil.copytree(exported, folder)
    (folder / "config.json").unlink()
    with pytest.raises(UserError, match=r"has no labels: put them into its folder as labels.json"):
        resolve(name, data_labels=DataLabels(("ham", "spam"), numbered=False))
    assert resolve(name, data_labels=DataLabels(("0", "1"), numbered=True)).labels == ("0", "1")
    assert resolve(f"{name}?labels=bad,good").labels == ("bad", "good")
    (folder / "labels.json").write_text(json.dumps(LABELS))
    (folder / "tokenizer.json").unlink()
    with pytest.raises(UserError, match=r"takes tokens: put its tokenizer.json beside model.onnx"):
        resolve(name).load()
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(UserError, match=r"tokenizer.json' is no tokenizer that can be read: "):
        resolve(name).load()
    (folder / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(UserError, match="cannot be loaded"):
        resolve(name).load()
