"""The example of a package with a scheme of its own, asked with a real pipeline of spaCy."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.training import Example

from elsewhere import TEXTS, in_any_batch, reviews
from robustaudit.core.errors import UserError
from robustaudit.models import ModelUri
from wheels import unpacked_wheel

PACKAGE = Path(__file__).parents[3] / "examples" / "spacy"
LABELS = ("bad", "middling", "good")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text categoriser of three classes, trained for seconds."""
    folder = tmp_path_factory.mktemp("spacy") / "pipeline"
    pipeline = spacy.blank("en")
    pipeline.add_pipe("textcat")
    examples = [
        Example.from_dict(
            pipeline.make_doc(text), {"cats": {name: float(name == LABELS[wanted]) for name in LABELS}}
        )
        for text, wanted in zip(*reviews(len(LABELS)), strict=True)
    ]
    pipeline.initialize(lambda: examples)
    pipeline.update(examples)
    pipeline.to_disk(folder)
    return folder


@pytest.fixture
def scheme(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The function that the package's entry point names."""
    monkeypatch.syspath_prepend(str(PACKAGE))
    return import_module("robustaudit_spacy").spacy


def test_answers_are_those_of_spacy_whatever_the_batch(saved: Path, scheme: Any) -> None:
    source = scheme(ModelUri(scheme="spacy", rest=str(saved)))
    classifier = source.load()
    assert source.labels == classifier.labels == LABELS
    assert classifier.predict([]).shape == (0, 3)
    in_any_batch(classifier.predict)
    cats = spacy.load(saved)(TEXTS[0]).cats
    assert classifier.predict(TEXTS[:1])[0].tolist() == pytest.approx([cats[each] for each in LABELS])


def test_what_is_no_categoriser_is_one_clear_line(tmp_path: Path, scheme: Any) -> None:
    spacy.blank("en").to_disk(tmp_path)
    with pytest.raises(UserError, match="is no folder of a spaCy pipeline with the component 'textcat'"):
        scheme(ModelUri(scheme="spacy", rest=str(tmp_path)))


def test_the_package_adds_its_scheme_where_it_is_installed(saved: Path, tmp_path: Path) -> None:
    site = unpacked_wheel(PACKAGE, tmp_path / "wheel")
    code = (
        f"import sys; sys.path.append({str(site)!r})\n"
        "from robustaudit.cli.main import run; sys.exit(run(sys.argv[1:]))"
    )
    (tmp_path / "my.csv").write_text("text,label\nA good film,good\nIt broke,bad\nSo so,middling\n")
    command = ["run", "--models", f"spacy:{saved}", "--data", "my.csv", "--attack", "qwerty", "--json"]
    done = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)["rows"]
    assert (row["model"], row["trials"]) == (saved.name, 100)
