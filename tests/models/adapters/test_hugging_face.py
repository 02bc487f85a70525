import json
import pickle
import shutil
from fnmatch import fnmatch
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers")

import torch
from huggingface_hub.errors import LocalEntryNotFoundError
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

from elsewhere import TEXTS, in_any_batch
from robustaudit.core.errors import NetworkUnavailable, UserError
from robustaudit.core.hub import downloaded_folder, network_access
from robustaudit.models import files_of, has_bf16, in_form, resolve
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.predictions import predict_all
from robustaudit.runs.repeat_check import truncation_of
from robustaudit.runs.result import Truncation
from transformers_made import save_learned, save_untrained, word_tokenizer

PLAIN = (
    "good",
    "the food was great and I liked it",
    "bad bad bad thing indeed",
    "a",
    "Broken after a day. " * 60,
)


def altered(folder: Path, to: Path, **config: object) -> str:
    """The name of a copy of a model with another configuration."""
    shutil.copytree(folder, to)
    path = to / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | config))
    return f"hf:{to}"


def test_answers_are_those_of_transformers_itself(two: Path) -> None:
    model = AutoModelForSequenceClassification.from_pretrained(two).eval()
    tokenizer = AutoTokenizer.from_pretrained(two)
    texts = [text for text in TEXTS if text.isprintable()]
    with torch.inference_mode():
        logits = [model(**tokenizer(text, truncation=True, return_tensors="pt")).logits[0] for text in texts]

    got = resolve(f"hf:{two}").load().predict(texts)

    np.testing.assert_allclose(got, torch.stack(logits).softmax(dim=1), atol=1e-5)


@pytest.mark.parametrize("name", ["two", "five"])
def test_a_text_gets_the_same_answer_alone_and_in_any_batch(
    name: str, request: pytest.FixtureRequest
) -> None:
    in_any_batch(resolve(f"hf:{request.getfixturevalue(name)}").load().predict)


def test_in_bf16_a_text_gets_about_the_same_answer_alone_and_in_any_batch(two: Path) -> None:
    source = resolve(f"hf:{two}")
    assert has_bf16(source)
    plain = source.load()
    fast = in_form(plain, "bf16")
    in_any_batch(fast.predict, PLAIN)
    assert 0 < np.abs(fast.predict(PLAIN) - plain.predict(PLAIN)).max() < 0.05


def test_labels_are_those_of_the_configuration(two: Path, five: Path, tmp_path: Path) -> None:
    assert resolve(f"hf:{two}").labels == ("negative", "positive")
    assert resolve(f"hf:{five}").labels == ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")
    assert resolve(altered(two, tmp_path / "bare", id2label=None)).labels == ("LABEL_0", "LABEL_1")
    assert resolve(f"hf:{five}").load().predict([]).shape == (0, 5)


def test_texts_are_cut_to_what_is_asked(two: Path) -> None:
    cut = resolve(f"hf:{two}?max_tokens=5").load()
    long, short = cut.predict(["good bad ugly never heard, never seen", "good bad ugly"])
    np.testing.assert_allclose(long, short, atol=1e-5)
    texts = ["good bad ugly never heard", "good bad ugly", "a"]
    assert truncation_of(cut, texts) == Truncation(texts=3, truncated=1, max_tokens=5)
    assert resolve(f"hf:{two}?max_tokens=5").digest != resolve(f"hf:{two}").digest
    with pytest.raises(UserError, match=r"max_tokens of .* must be at most 512, got 513"):
        resolve(f"hf:{two}?max_tokens=513").load()


def test_a_home_that_is_nobodys_and_a_config_that_is_no_object_are_one_clear_line(
    two: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"path '~nosuchuser/x' has an unknown home folder"):
        resolve("hf:~nosuchuser/x")
    copy = altered(two, tmp_path / "copy")
    (tmp_path / "copy" / "config.json").write_text("[]")
    with pytest.raises(UserError, match=r"config.json' must hold a JSON object, got list"):
        resolve(copy)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            {"architectures": ["BertModel"]},
            "must be a trained model of a kind …ForSequenceClassification, got",
        ),
        ({"architectures": [None]}, "must be a trained model of a kind"),
        ({"id2label": None, "num_labels": "2"}, "num_labels of .* must be a number"),
        (
            {"problem_type": "multi_label_classification"},
            "may give a text several labels, and an audit asks for one: name a function of yours",
        ),
        (
            {"problem_type": "regression", "id2label": {"0": "LABEL_0"}},
            r"gives a text no label \(its problem_type is 'regression'\)",
        ),
        ({"id2label": None, "num_labels": 10**12}, "num_labels of .* must be at most 100,000, got 1,000,0"),
        ({"id2label": {"0": "same", "1": "same"}}, "must be two or more different names"),
        ({"id2label": {"1": "a", "2": "b"}}, "must number its labels from 0, got 1, 2"),
    ],
)
def test_a_model_of_another_kind_is_one_clear_line(
    two: Path, tmp_path: Path, config: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        resolve(altered(two, tmp_path / "copy", **config))


TEXTS_LEARNED, WORDS = ("so good", "bad", "good", "bad bad"), {"[UNK]": 0, "bad": 1, "good": 2, "so": 3}


@pytest.mark.parametrize("problem", [None, "multi_label_classification"])
def test_one_score_is_that_of_the_second_of_two_labels(problem: str | None, tmp_path: Path) -> None:
    head = {"id2label": {0: "toxic"}, "problem_type": problem}
    folder = save_learned(tmp_path, TEXTS_LEARNED, [1, 0, 1, 0], WORDS, **head)
    source = resolve(f"hf:{folder}")
    assert source.title == "DistilBertForSequenceClassification, one score, toxic where it is high"
    assert source.labels == ("not toxic", "toxic")
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        logits = [
            model(torch.tensor([[WORDS[word] for word in text.split()]])).logits for text in TEXTS_LEARNED
        ]

    found = source.load().predict(TEXTS_LEARNED)

    np.testing.assert_allclose(found[:, 1], torch.cat(logits).sigmoid()[:, 0], atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert resolve(f"hf:{folder}?labels=fine,bad").load().labels == ("fine", "bad")
    altered(folder, tmp_path / "nameless", id2label={"0": "LABEL_0"})
    assert resolve(f"hf:{tmp_path / 'nameless'}").labels == ("LABEL_0", "LABEL_1")


def test_labels_may_be_given_in_place_of_those_of_the_configuration(two: Path) -> None:
    assert resolve(f"hf:{two}?labels=bad,good").load().labels == ("bad", "good")
    assert resolve(f"hf:{two}?labels=bad,good").digest != resolve(f"hf:{two}").digest
    with pytest.raises(UserError, match="must be 2, as it has negative, positive: got a, b, c"):
        resolve(f"hf:{two}?labels=a,b,c")


LARGE = [
    (
        {"num_hidden_layers": 10**12},
        "num_hidden_layers of .* must be at most 1,000, as its weights are 105 tensors",
    ),
    (
        {"num_hidden_layers": 1000},
        "its configuration claims more (modules|parameters) than its weights can fill",
    ),
    (
        {"vocab_size": 10**12},
        "claims more parameters than its weights can fill, which are 105 tensors of 22,7",
    ),
    ({"max_position_embeddings": 10**13}, "claims more"),
    ({"intermediate_size": 10**9}, "claims more parameters"),
]


@pytest.mark.parametrize(("config", "message"), LARGE)
def test_a_configuration_that_claims_more_than_its_weights_hold_is_refused_before_it_is_built(
    config: dict[str, Any], message: str, two: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=message):
        resolve(altered(two, tmp_path / "copy", **config)).load()


def test_a_tokenizer_that_gives_up_on_a_text_is_an_error_of_that_text(tmp_path: Path) -> None:
    folder = save_learned(tmp_path, TEXTS_LEARNED, [1, 0, 1, 0], WORDS)
    path = folder / "tokenizer.json"
    split = {"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": False}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"pre_tokenizer": split}))
    classifier = resolve(f"hf:{folder}").load()
    error_policy = ErrorPolicy(on_error="skip")

    found = predict_all(
        classifier, ["good", "a" * 50 + "b"], model="m", batch_size=8, error_policy=error_policy
    )

    assert found.failed.tolist() == [False, True]
    assert found.errors[1].startswith("raised ValueError: the tokenizer gave up: Onig: Regex search error")


class Marks:
    """What writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.write_text, (self.path, "code has run")


def test_weights_that_are_a_pickle_are_not_loaded(two: Path, tmp_path: Path) -> None:
    name = altered(two, tmp_path / "copy")
    (tmp_path / "copy/model.safetensors").unlink()
    with pytest.raises(UserError, match="holds no weights"):
        resolve(name)
    (tmp_path / "copy/pytorch_model.bin").write_bytes(pickle.dumps(Marks(tmp_path / "marker")))
    with pytest.raises(UserError, match=r"has its weights as a pickle, pytorch_model.bin, .* not loaded"):
        resolve(name)
    assert not (tmp_path / "marker").exists()


def test_code_that_lies_beside_a_model_is_not_run(two: Path, tmp_path: Path) -> None:
    parts = {"AutoConfig": "own.OwnConfig", "AutoModelForSequenceClassification": "own.Own"}
    name = altered(two, tmp_path / "copy", model_type="own", auto_map=parts)
    (tmp_path / "copy/own.py").write_text(f"open({str(tmp_path / 'marker')!r}, 'w').close()")
    with pytest.raises(UserError, match="cannot be loaded without code of its own"):
        resolve(name).load()
    assert not (tmp_path / "marker").exists()


def test_weights_that_are_cut_short_or_lack_a_part_are_one_clear_line(two: Path, tmp_path: Path) -> None:
    name = altered(two, tmp_path / "copy")
    weights = tmp_path / "copy/model.safetensors"
    tensors = load_file(weights)
    tensors.pop("classifier.bias")
    save_file(tensors, weights, metadata={"format": "pt"})
    with pytest.raises(
        UserError, match=r"the weights lack classifier.bias, which transformers would make up"
    ):
        resolve(name).load()
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(UserError, match="cannot be loaded"):
        resolve(name).load()


def test_a_folder_that_is_not_there_and_a_name_that_is_not_here_are_told_apart(hub_cache: Path) -> None:
    with pytest.raises(UserError, match=r"the folder './nowhere' does not exist"):
        resolve("hf:./nowhere")
    with (
        network_access(allowed=False),
        pytest.raises(NetworkUnavailable, match="model 'some/model' is not on this machine"),
    ):
        resolve("hf:some/model")
    assert not hub_cache.exists()


def test_other_weights_have_another_digest(two: Path, five: Path, tmp_path: Path) -> None:
    copy = altered(two, tmp_path / "copy", architectures=["BertForSequenceClassification"])
    (tmp_path / "copy/config.json").write_bytes((two / "config.json").read_bytes())
    assert resolve(copy).digest == resolve(f"hf:{two}").digest != resolve(f"hf:{five}").digest
    assert {file.path.name for file in files_of(resolve(copy))} >= {"config.json", "model.safetensors"}


SIZES: dict[str, dict[str, int]] = {
    "roberta": {
        "hidden_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 12,
        "max_position_embeddings": 20,
    },
    "distilbert": {"dim": 8, "hidden_dim": 12, "n_layers": 1, "n_heads": 2, "max_position_embeddings": 20},
    "gpt2": {"n_embd": 8, "n_layer": 1, "n_head": 2, "n_positions": 20},
}


PADDED = {
    "gpt2": {"n_embd": 8, "n_layer": 2, "n_head": 2, "n_positions": 40},
    "llama": {
        "hidden_size": 8,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "intermediate_size": 12,
        "max_position_embeddings": 40,
    },
    "fnet": {
        "hidden_size": 8,
        "num_hidden_layers": 2,
        "intermediate_size": 12,
        "max_position_embeddings": 40,
    },
}


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("kind", PADDED)
def test_padding_changes_no_answer_on_whichever_side_and_whatever_reads_it(
    kind: str, side: str, two: Path, tmp_path: Path
) -> None:
    """Positions may be counted from it, the last token may be taken from it, and some cannot mask it."""
    tokenizer = AutoTokenizer.from_pretrained(two, model_max_length=10**30, padding_side=side)
    special = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    save_untrained(tmp_path, kind, tokenizer, **special | PADDED[kind])
    alone = AutoModelForSequenceClassification.from_pretrained(tmp_path).eval()
    with torch.inference_mode():
        given = [tokenizer(text, truncation=True, max_length=40, return_tensors="pt") for text in PLAIN]
        known = signature(alone.forward).parameters
        logits = [alone(**{name: each[name] for name in each if name in known}).logits[0] for each in given]

    classifier = resolve(f"hf:{tmp_path}").load()

    np.testing.assert_allclose(classifier.predict(PLAIN), torch.stack(logits).softmax(dim=1), atol=1e-5)
    in_any_batch(classifier.predict)


def test_a_text_of_no_tokens_is_read_as_what_texts_begin_with(tmp_path: Path) -> None:
    words = {"[UNK]": 0, "good": 1, "<s>": 2, "<pad>": 3}
    tokenizer = word_tokenizer(words, bos_token="<s>", pad_token="<pad>", padding_side="left")
    config = {"pad_token_id": 3, "bos_token_id": 2, "eos_token_id": 2}
    save_untrained(tmp_path / "begins", "gpt2", tokenizer, **config | PADDED["gpt2"])

    predict = resolve(f"hf:{tmp_path / 'begins'}").load().predict

    texts = ["", "<s>", "good", "good good never"]
    in_any_batch(predict, texts)
    np.testing.assert_allclose(predict([""]), predict(["<s>"]), atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "padding"), [("roberta", True), ("distilbert", True), ("gpt2", True), ("gpt2", False)]
)
def test_models_of_other_kinds_read_as_much_as_they_can(
    kind: str, padding: bool, two: Path, tmp_path: Path
) -> None:
    """One counts positions from behind its padding, one has none, or knows nothing of its tokenizer's."""
    tokenizer = AutoTokenizer.from_pretrained(two, model_max_length=10**30)
    if not padding:
        tokenizer.pad_token = None
    torch.manual_seed(0)
    known = {"pad_token_id": None, "bos_token_id": None, "eos_token_id": None} if kind == "gpt2" else {}
    config = AutoConfig.for_model(
        kind, vocab_size=tokenizer.vocab_size, **{"pad_token_id": 0} | SIZES[kind] | known
    )
    AutoModelForSequenceClassification.from_config(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)

    source = resolve(f"hf:{tmp_path}")

    assert source.labels == ("LABEL_0", "LABEL_1")
    in_any_batch(source.load().predict)


def test_a_model_of_the_hub_is_fetched_once_without_pickles_or_code(
    two: Path, hub_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def download(name: str, *, local_files_only: bool = False, **options: Any) -> str:
        if not local_files_only:
            asked.append(options["allow_patterns"])
            shutil.copytree(two, hub_cache / name)
        if not (hub_cache / name).is_dir():
            raise LocalEntryNotFoundError("not in the cache")
        return str(hub_cache / name)

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    monkeypatch.setattr("huggingface_hub.model_info", lambda *_, **__: None)
    said: list[str] = []
    with network_access(allowed=True, announce=said.append):
        source = resolve("hf:some/model")
        downloaded_folder.cache_clear()
        assert resolve("hf:some/model").digest == source.digest == resolve(f"hf:{two}").digest
    downloaded_folder.cache_clear()

    assert said == ["fetching model 'some/model' once from the Hugging Face hub"]
    (patterns,) = asked
    assert not any(fnmatch(name, each) for each in patterns for name in ("pytorch_model.bin", "modeling.py"))
    assert source.load().predict(["good"]).shape == (1, 2)


def test_words_are_split_as_the_tokenizer_reads_them(two: Path) -> None:
    words = ["good", "goood", "it's", "", "\ud800x", "\u200b"]
    tokenizer = AutoTokenizer.from_pretrained(two)
    classifier: Any = resolve(f"hf:{two}").load()
    found = classifier.split_words(words)
    assert [each.pieces for each in found[:3]] == [tuple(tokenizer.tokenize(word)) for word in words[:3]]
    assert [each.known for each in found[:3]] == [True, False, True]
    assert [each.pieces for each in (found[3], found[5])] == [(), ()]
    assert not found[4].known
