"""Aliases and short names of models."""

from pathlib import Path

import pytest

from fakes import FakeSource
from robustaudit.api.models import with_short_names
from robustaudit.core.errors import UserError
from robustaudit.models import short_name, split_alias, split_models


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (
            "prod=http://host/p?labels=a,b,old=hf:org/name",
            ["prod=http://host/p?labels=a,b", "old=hf:org/name"],
        ),
        ("old=4,new=7", ["old=4", "new=7"]),
        (" old = hf:org/name , 1", ["old=hf:org/name", "1"]),
        ("a b=sklearn:x,y.joblib", ["a b=sklearn:x,y.joblib"]),
        ("4,http://host/p?labels=a=b", ["4", "http://host/p?labels=a=b"]),
    ],
)
def test_models_may_have_aliases_on_the_command_line(given: str, names: list[str]) -> None:
    assert split_models([given]) == names


def test_an_alias_is_what_stands_before_a_name() -> None:
    assert split_alias("prod=hf:a?labels=x,y") == ("prod", "hf:a?labels=x,y")
    assert split_alias("http://host/?a=b") == (None, "http://host/?a=b")
    assert split_alias("4=4") == ("4", "4")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("4=hf:org/name", "alias '4' of model 'hf:org/name' is the name of a reference model: give another"),
        (
            "hf=hf:org/name",
            "alias 'hf' of model 'hf:org/name' is the name of a scheme of models: give another",
        ),
        (
            "a=b.joblib",
            "model 'a=b.joblib' may be a path, or 'b.joblib' called 'a': for a path, give ./a=b.joblib",
        ),
        ("old=", "unknown model 'old='"),
    ],
)
def test_an_alias_that_could_mean_something_else_is_refused(
    given: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a=b.joblib").touch()
    with pytest.raises(UserError) as caught:
        split_models([given])
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("hf:org/distilbert-sst2", "distilbert-sst2"),
        ("hf:models/mine/?labels=a,b", "mine"),
        ("sklearn:/srv/models/pipeline.joblib?proba=x/y", "pipeline.joblib"),
        ("py:pkg.mine:judge", "pkg.mine:judge"),
        ("py:/srv/mine.py:judge", "mine.py:judge"),
        ("http://user:secret@host:8000/predict?labels=a,b", "host:8000"),
        ("https://api.example.org/v1", "api.example.org"),
        ("http:service.toml", "service.toml"),
        ("openai:my-model?base_url=http://127.0.0.1/v1", "my-model"),
        ("runs/mine", "mine"),
        ("hf:models/4", "hf:models/4"),
        ("hf:folder/hf", "hf:folder/hf"),
    ],
)
def test_the_short_name_is_the_last_part_of_a_path_or_the_host(name: str, short: str) -> None:
    assert short_name(name) == short


def source(name: str, uri: str | None = "") -> FakeSource:
    return FakeSource(name, uri=name if uri == "" else uri)


def test_short_names_differ_and_the_order_stays() -> None:
    said: list[str] = []
    models = [source("hf:b/x"), source("4"), source("x", "py:mine:f"), source("hf:c/x"), source("hf:b/x")]
    found = with_short_names(models, announce=said.append)
    assert [(model.name, model.uri) for model in found] == [
        ("x-2", "hf:b/x"),
        ("4", "4"),
        ("x", "py:mine:f"),
        ("x-3", "hf:c/x"),
    ]
    assert said == [
        "model hf:b/x is called x-2, as another is called x",
        "model hf:c/x is called x-3, as another is called x",
    ]


def test_two_models_of_one_alias_are_refused() -> None:
    with pytest.raises(UserError, match="two models are called 'x'"):
        with_short_names([source("x", "hf:a"), source("x", "hf:b")], announce=print)
    with pytest.raises(UserError, match="two models are called 'f'"):
        with_short_names([source("f", None), source("f", None)], announce=print)
