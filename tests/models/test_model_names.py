import sys
from pathlib import Path

import pytest

from robustaudit.core.errors import UserError
from robustaudit.core.files import shipped
from robustaudit.models import consent_reason, resolve, split_models
from robustaudit.models.model_names import full_name

FILES = (
    *("hugging/config.json", "hugging/model.safetensors", "hugging/tokenizer.json"),
    *("exported/model.onnx", "exported/config.json", "both/model.onnx", "both/config.json"),
    *("both/model.safetensors", "reviews.onnx", "pipe.joblib", "pipe.skops", "pipe.pkl", "server.toml"),
    *(
        "mine.py",
        "sub/mine.py",
        "weights/model.safetensors",
        "trained/card.json",
        "trained/model.safetensors",
    ),
    *("4/card.json", "several/a/config.json", "several/b.onnx", "lora/adapter_config.json", "net.pt"),
    "a,b.skops",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with one of each kind of model."""
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "mine.py").write_text("raise SystemExit\ndef judge(texts): ...\nclass Judge: ...\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("hugging", "hf:hugging"),
        ("hugging/", "hf:hugging"),
        ("./hugging?max_tokens=64", "hf:./hugging?max_tokens=64"),
        ("hugging/model.safetensors", "hf:hugging"),
        ("hugging/config.json", "hf:hugging"),
        ("exported", "onnx:exported"),
        ("exported/model.onnx", "onnx:exported"),
        ("reviews.onnx", "onnx:reviews.onnx"),
        ("pipe.joblib", "sklearn:pipe.joblib"),
        ("pipe.skops", "sklearn:pipe.skops"),
        ("pipe.pkl", "sklearn:pipe.pkl"),
        ("mine.py:judge", "py:mine.py:judge"),
        ("sub/mine.py:Judge.now", "py:sub/mine.py:Judge.now"),
        ("mine:judge?labels=bad,good", "py:mine:judge?labels=bad,good"),
        ("numpy:sum", "py:numpy:sum"),
        ("trained", "trained"),
        ("trained/model.safetensors", "trained"),
        ("4/", "./4"),
        ("4", "4"),
        ("http://host/hugging", "http://host/hugging"),
        ("hf:hugging", "hf:hugging"),
    ],
)
def test_what_a_model_is_tells_its_scheme(given: str, name: str) -> None:
    assert full_name(given) == name
    assert full_name(name) == name


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("both", "model 'both' may be hf:both or onnx:both: give one of these"),
        ("server.toml", "'server.toml' may be http:server.toml or openai:server.toml: give one of these"),
        ("empty", "folder 'empty' holds no model itself: it lacks config.json (a model of transformers,"),
        ("several", "'several' holds no model itself: name one in it, such as several/a, several/b.onnx"),
        ("lora", "holds an adapter, no whole model: save one with model.merge_and_unload().save_pretrained("),
        (
            "mine.py",
            "is a module: name the function, object or class in it, such as mine.py:judge, mine.py:J",
        ),
        ("weights/model.safetensors", "has weights alone: put the config.json and tokenizer of its model"),
        (
            "net.pt",
            "is no model that can be read by its suffix (.onnx, .toml, .joblib, .pickle, .pkl, .skops",
        ),
        ("huging", "model 'huging': there is no such file or folder: did you mean 'hugging'?"),
        ("sub/mien.py:f", "there is no file 'sub/mien.py', and no scheme of models of that name"),
        ("nope:judge", "there is no module 'nope', and no scheme of models of that name"),
        ("localhost:80/x", "has no scheme: for a server at that address, give http://localhost:80/x"),
        ("org/name", "no such file or folder; for a model of the Hugging Face hub, give hf:org/name"),
        ("/no/such/folder", "model '/no/such/folder': there is no such file or folder"),
        ("bert-base", "unknown model 'bert-base': there is no such file or folder; reference models are 1, "),
    ],
)
def test_a_name_that_means_no_model_or_two_is_refused_with_those_that_fit(given: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        full_name(given)
    assert message in str(refused.value)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("1,hugging,4", ["1", "hf:hugging", "4"]),
        ("hf:hugging,exported", ["hf:hugging", "onnx:exported"]),
        ("mine.py:judge,pipe.skops,tfidf", ["py:mine.py:judge", "sklearn:pipe.skops", "tfidf"]),
        ("a,b.skops", ["sklearn:a,b.skops"]),
        ("py:mine:judge?labels=bad,good,hugging/", None),
    ],
)
def test_a_model_without_a_scheme_begins_a_name_of_its_own(given: str, names: list[str] | None) -> None:
    if names is not None:
        assert split_models([given]) == names
        return
    with pytest.raises(UserError, match=r"one model, or .* and model hugging/: for two, give hugging/"):
        split_models([given])


@pytest.mark.usefixtures("folder")
def test_code_needs_consent_whether_or_not_its_scheme_is_written() -> None:
    assert consent_reason(full_name("mine.py:judge")) == "runs code"
    assert consent_reason(full_name("hugging")) is None
    assert [consent_reason(name) for name in ("mine.py:judge", "nothing:x", "hugging")] == [
        *["runs code"] * 2,
        None,
    ]


def test_the_folder_of_a_trained_model_names_it() -> None:
    folder = str(shipped("trained_models") / "4")
    found = resolve(folder)
    assert (found.name, found.digest, found.accuracy) == (folder, resolve("4").digest, resolve("4").accuracy)
    assert found.load().labels == ("negative", "positive")


def test_a_file_is_the_module_and_no_other_of_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    (folder / "sub" / "below.py").write_text("def judge(texts): ...\njudge.labels = ('sub', 'folder')\n")
    (folder / "numpy.py").write_text("def judge(texts): ...\njudge.labels = ('a', 'b')\n")
    assert resolve("sub/below.py:judge").labels == ("sub", "folder")
    with pytest.raises(UserError, match=r"Python finds another module numpy first, '.*': rename 'numpy.py'"):
        resolve("numpy.py:judge")
    with pytest.raises(UserError, match=r"'py:sub/below.py:jugde': below has no jugde: did you mean 'judge'"):
        resolve("sub/below.py:jugde")
