import sys
from pathlib import Path

import numpy as np
import pytest

from robustaudit.core.errors import UserError
from robustaudit.models import DataLabels, MissingPredictions, ModelFile, files_of, resolve

MODULE = """
import numpy as np

def shouts(texts):
    return ["loud" if text.isupper() else "calm" for text in texts]

shouts.labels = ("calm", "loud")

def stars(texts):
    return [len(text) for text in texts]

class Later:
    @property
    def labels(self):
        return ["calm", "loud"]

    def predict(self, texts):
        return [0 for _ in texts]

class Lacks:
    labels = ["calm", "loud"]

    def __init__(self):
        raise FileNotFoundError("no\\nweights")

    def predict(self, texts):
        return [0 for _ in texts]

counted = lambda texts: [0 for _ in texts]
counted.labels = 2

joined = lambda texts: [0 for _ in texts]
joined.labels = "calm,loud"

class Model:
    labels = ["calm", "loud"]
    digest = "weights of May"

    def __init__(self):
        self.share = 0.25

    def predict(self, texts):
        return np.array([[self.share, 1 - self.share]] * len(texts))

model = Model()
number = 7
"""


@pytest.fixture
def own(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module in the working folder, which no other test sees."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "own_models", raising=False)
    path = empty_folder / "own_models.py"
    path.write_text(MODULE)
    return path


pytestmark = pytest.mark.usefixtures("own")


def test_a_function_may_answer_with_labels() -> None:
    source = resolve("py:own_models:shouts")
    assert source.labels == ("calm", "loud")
    assert source.load().predict(["NO", "no"]).tolist() == [1, 0]


@pytest.mark.parametrize("name", ["Model", "model"])
def test_a_class_and_an_object_may_answer_with_probabilities(name: str) -> None:
    source = resolve(f"py:own_models:{name}")
    np.testing.assert_array_equal(source.load().predict(["a", "b"]), [[0.25, 0.75]] * 2)


def test_labels_may_be_in_the_name_and_numbers_are_taken_by_name() -> None:
    source = resolve("py:own_models:stars?labels=1,2,3,4,5")
    assert source.labels == ("1", "2", "3", "4", "5")
    assert source.load().predict(["a", "four", "fives"]).tolist() == [0, 3, 4]
    assert resolve("py:own_models:stars?labels=a%2Cb,c%26d").labels == ("a,b", "c&d")


@pytest.mark.parametrize("name", ["os:system", "builtins:print", "os.path:exists"])
def test_a_module_of_python_itself_is_no_model(name: str) -> None:
    with pytest.raises(UserError, match="is a module of Python itself; a model must be in one of your own"):
        resolve(f"py:{name}?labels=a,b")


def test_a_label_that_there_is_not_is_named() -> None:
    with pytest.raises(MissingPredictions) as caught:
        resolve("py:own_models:shouts?labels=a,calm").load().predict(["no", "NO"])
    assert caught.value.reasons == {1: "answered with 'loud', which is none of the labels a, calm"}
    assert caught.value.answer[0] == 1


def test_a_class_that_cannot_be_made_is_one_clear_line() -> None:
    source = resolve("py:own_models:Lacks")
    with pytest.raises(UserError, match="cannot be made: FileNotFoundError: no weights"):
        source.load()


def test_the_digest_is_that_of_the_file_the_labels_and_its_own(own: Path) -> None:
    digests = {resolve(f"py:own_models:{name}").digest for name in ("shouts", "Model", "shouts?labels=a,b")}
    assert len(digests) == 3
    before = resolve("py:own_models:shouts").digest
    own.write_text(MODULE + "# changed")
    changed = resolve("py:own_models:shouts")
    assert changed.digest != before
    assert files_of(changed) == (ModelFile.of(own),)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("own_models", r"must be of the form py:package.module:name"),
        ("own_models:", r"must be of the form py:package.module:name"),
        ("../own_models:shouts", r"must be of the form py:package.module:name"),
        ("nowhere_at_all:f", r"cannot be imported: ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("leaves:f", r"cannot be imported: SystemExit: 5"),
        ("own_models:shout", r"own_models has no shout"),
        ("own_models:number?labels=a,b", r"must be a function, or have a method `predict`"),
        (
            "own_models:stars",
            r"has no labels: give it an attribute `labels`, or name them as in py:own_models:sta",
        ),
        ("own_models:Later", r"has no labels: give it an attribute `labels`"),
        ("own_models:counted", r"has no labels: give it an attribute `labels`"),
        ("own_models:joined", r"^labels of 'py:own_models:joined' must be a list of names, got 'calm,loud'$"),
        ("own_models:stars?labels=a,b,", r"must be two or more different names, got 'a, b, '"),
        ("own_models:stars?labels=a", r"must be two or more different names, got 'a'"),
        ("own_models:stars?lables=a,b", r"unknown option of 'py' models 'lables': did you mean 'labels'\?"),
        ("own_models:stars?labels=a,b&labels=a,b", r"is given twice"),
        ("own_models:stars?labels=", r"must have a value: labels=…"),
    ],
)
def test_what_cannot_be_used_is_one_clear_line(name: str, message: str) -> None:
    Path("leaves.py").write_text("raise SystemExit(5)\n")
    with pytest.raises(UserError, match=message):
        resolve(f"py:{name}")


def test_numbers_for_labels_of_the_data_that_are_names_are_refused_with_a_name_that_settles_it() -> None:
    data_labels = DataLabels(("calm", "a,b c"), numbered=False)
    with pytest.raises(UserError, match=r"attribute `labels`, .*, or name them so, as in py:") as caught:
        resolve("py:own_models:counted", data_labels=data_labels).load().predict(["no"])
    settled = resolve(str(caught.value).rpartition(" ")[2])
    assert settled.labels == data_labels.names
    assert settled.load().predict(["no"]).tolist() == [0]
