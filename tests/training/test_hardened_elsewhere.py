"""Models made elsewhere, and the TF-IDF baseline, hardened: what they are afterwards, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import GridSearchCV
from skops.io import dump

from pipelines_made import fitted_pipeline
from robustaudit import Hardened, UserError, harden, load_model
from robustaudit.models import resolve, seen_by
from robustaudit.models.adapters.scikit_learn import SklearnClassifier
from robustaudit.training.hardening_job import CleanBound
from transformers_made import save_learned, save_untrained, word_tokenizer

WORDS = ("good", "fine", "great", "bad", "poor", "awful")
NAMES = {0: "negative", 1: "positive"}
ROWS = [
    (f"it was {word} and {other}", "positive" if place < 3 else "negative")
    for place, word in enumerate(WORDS)
    for other in ("quick", "slow", "cheap", "dear", "new", "old", "big", "small")
]
GIVEN: dict[str, Any] = {
    "attacks": ["delete@0.5", "qwerty@0.5"],
    "hold_out": "unicode",
    "max_clean_loss": 0.5,
}


@pytest.fixture(autouse=True)
def _any_gain_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """The data here has so few validation examples that a model seldom gains on them."""
    monkeypatch.setattr(CleanBound, "allows", lambda *_: True)


def saved(folder: Path, *steps: object) -> str:
    dump(fitted_pipeline(*steps), folder / "mine.skops")
    return f"sklearn:{folder / 'mine.skops'}"


def check(made: Hardened) -> None:
    source = resolve(made.name)
    assert source.title.endswith(", hardened on delete@0.5, qwerty@0.5")
    assert [each.attack for each in seen_by(source)] == ["delete@0.5", "qwerty@0.5"]
    assert source.digest != made.record.original_digest
    assert made.record.held_out == ("unicode",)
    assert {path.name for path in made.folder.iterdir()} >= {"hardening.json", *made.record.files}


def test_a_pipeline_is_fitted_again_and_stored_for_skops(tmp_path: Path) -> None:
    made = harden(saved(tmp_path), "tiny", output=tmp_path / "made", epochs=2, **GIVEN)

    check(made)
    assert made.name == f"sklearn:{tmp_path / 'made' / 'model.skops'}"
    assert made.record.epochs == 2
    classifier = load_model(made.name)
    assert classifier.labels == ("negative", "positive")
    assert classifier.predict(["great food"]).argmax() == 1


def test_a_pipeline_learns_labels_as_it_has_them_whatever_the_data_calls_them(tmp_path: Path) -> None:
    pipeline = fitted_pipeline(labels=("Negative", "Positive"))
    dump(pipeline, tmp_path / "mine.skops")
    made = harden(f"sklearn:{tmp_path / 'mine.skops'}", "tiny", output=tmp_path / "made", epochs=1, **GIVEN)

    assert load_model(made.name).labels == ("Negative", "Positive")
    assert made.record.after.validation_accuracy > 0.5


def test_the_best_of_a_search_is_what_is_fitted_again() -> None:
    texts, labels = zip(*ROWS, strict=True)
    search = GridSearchCV(fitted_pipeline(), {"logisticregression__C": [1e-9, 10.0]}, cv=2).fit(texts, labels)
    again = SklearnClassifier(search, "model").fitted_again(texts, [0, 1] * (len(texts) // 2), seed=0)

    assert again.labels == ("negative", "positive")
    assert search.best_params_["logisticregression__C"] == again.steps[-1].C


def test_the_same_seed_gives_the_same_pipeline_and_leaves_the_generator_of_numpy_alone(
    tmp_path: Path,
) -> None:
    name = saved(tmp_path, TfidfVectorizer(), SGDClassifier(max_iter=5, tol=None))
    np.random.seed(7)  # noqa: NPY002
    expected = np.random.random()  # noqa: NPY002
    np.random.seed(7)  # noqa: NPY002
    first, second = (
        harden(name, "tiny", output=tmp_path / each, epochs=1, **GIVEN) for each in ("first", "second")
    )

    assert np.random.random() == expected  # noqa: NPY002
    texts = ["good", "bad and awful", "so what"]
    np.testing.assert_array_equal(
        load_model(first.name).predict(texts), load_model(second.name).predict(texts)
    )


def test_the_baseline_is_fitted_again_with_the_numbers_of_its_card(tmp_path: Path) -> None:
    made = harden("tfidf", "tiny", output=tmp_path / "made", epochs=2, **GIVEN)

    check(made)
    assert made.name == str(tmp_path / "made")
    card = json.loads((tmp_path / "made" / "card.json").read_text(encoding="utf-8"))
    assert card["preset"]["model"] == {"max_words": 2, "min_texts": 2}
    assert card["scores"]["test_accuracy"] == made.record.after.test_accuracy


@pytest.fixture
def transformer(tmp_path: Path) -> Path:
    words = {word: place for place, word in enumerate(["[UNK]", "it", "was", "and", *WORDS])}
    texts, labels = zip(*ROWS, strict=True)
    classes = [int(label == "positive") for label in labels]
    return save_learned(tmp_path / "mine", texts, classes, words, pad_token_id=0, id2label=NAMES)


def test_a_transformer_learns_on_and_is_stored_as_transformers_does(
    transformer: Path, tmp_path: Path
) -> None:
    made = harden(f"hf:{transformer}?max_tokens=6", ROWS * 2, output=tmp_path / "made", epochs=1, **GIVEN)

    check(made)
    assert made.name == f"hf:{tmp_path / 'made'}?max_tokens=6"
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= set(made.record.files)
    before, after = (load_file(folder / "model.safetensors") for folder in (transformer, made.folder))
    assert before.keys() == after.keys()
    assert any((before[name] != after[name]).any() for name in before)
    assert load_model(made.name).predict(["it was great"]).argmax() == 1


def test_a_transformer_without_a_padding_token_is_refused(tmp_path: Path) -> None:
    tokenizer = word_tokenizer({word: place for place, word in enumerate(["[UNK]", *WORDS])}, pad_token=None)
    sizes = {"n_embd": 8, "n_layer": 1, "n_head": 1, "n_positions": 16, "bos_token_id": 0, "eos_token_id": 0}
    save_untrained(tmp_path / "mine", "gpt2", tokenizer, **sizes, id2label=NAMES)
    with pytest.raises(UserError, match="has no token for padding"):
        harden(f"hf:{tmp_path / 'mine'}", ROWS * 2, output=tmp_path / "made", epochs=1, **GIVEN)


def test_a_model_whose_weights_are_out_of_reach_is_refused(tmp_path: Path) -> None:
    (tmp_path / "judging_elsewhere.py").write_text(
        "def judge(texts):\n    return ['positive'] * len(texts)\n"
    )
    with pytest.raises(
        UserError, match="model must be a reference model, an hf: model or an sklearn: pipeline"
    ):
        harden(f"py:{tmp_path / 'judging_elsewhere.py'}:judge", "tiny", output=tmp_path / "made", **GIVEN)

    assert not (tmp_path / "made").exists()


def test_a_class_that_the_data_lacks_would_be_forgotten(tmp_path: Path) -> None:
    dump(fitted_pipeline(labels=("negative", "neutral", "positive")), tmp_path / "mine.skops")
    with pytest.raises(UserError, match="has no training example of class 'neutral' of model"):
        harden(f"sklearn:{tmp_path / 'mine.skops'}", "tiny", output=tmp_path / "made", **GIVEN)
