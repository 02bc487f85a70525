"""`robustaudit models score`, as a user types it."""

import json

import pytest

from robustaudit.cli.main import run

REVIEWS = "text,label\nI loved it!,1\nA terrible waste of money.,0\nAwful.,1\n"


@pytest.fixture
def reviews(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(REVIEWS)
    return str(path)


def test_accuracy_and_f1_of_each_model(reviews, capsys):
    assert run(["models", "score", "1,tfidf", "--data", reviews, "--json"]) == 0

    rows = json.loads(capsys.readouterr().out)
    assert [row["model"] for row in rows] == ["1", "tfidf"]
    assert all(row["examples"] == 3 for row in rows)
    # Two of three: the one called positive is right, one that is positive is missed.
    assert rows[0]["accuracy"] == pytest.approx(2 / 3, abs=1e-4)
    assert rows[0]["f1"] == pytest.approx(2 / 3, abs=1e-4)


def test_a_table_for_people(reviews, capsys):
    assert run(["models", "score", "1", "--data", reviews]) == 0

    assert "LSTM encoder only, no dropout          3      0.667   0.667" in capsys.readouterr().out


def test_how_labels_were_read_is_said(tmp_path, capsys):
    path = tmp_path / "swapped.csv"
    path.write_text("text,label\nI loved it!,0\nA terrible waste of money.,1\n")
    assert run(["models", "score", "tfidf", "--data", str(path), "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)[0]["accuracy"] == 0
    mapping, doubt = printed.err.splitlines()
    assert mapping == "labels: 0 → negative, 1 → positive"
    assert doubt.startswith("labels may be swapped: clean accuracy of model tfidf is 0.0%, and always")


def test_offline_holds_while_models_are_loaded(reviews, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "asks.py").write_text(
        "from robustaudit.core.hub import allowed\n"
        "class Model:\n"
        "    labels = ['0', '1']\n"
        "    def __init__(self):\n"
        "        self.share = float(allowed())\n"
        "    def predict(self, texts):\n"
        "        return [[self.share, 1 - self.share]] * len(texts)\n"
    )
    for offline, accuracy in ((["--offline"], 2 / 3), ([], 1 / 3)):
        assert run(["models", "score", "py:asks:Model", "--data", reviews, "--json", *offline]) == 0
        (row,) = json.loads(capsys.readouterr().out)
        assert row["accuracy"] == pytest.approx(accuracy, abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["9", "--data", "tiny"], "unknown model '9'"),
        (["1", "--data", "no.csv"], "no.csv"),
        (["1", "--data", "three.csv"], "labels that model '1' does not know: '2' (line 2)"),
    ],
)
def test_wrong_use_is_one_line(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "three.csv").write_text("text,label\nso so,2\n")
    assert run(["models", "score", *arguments]) == 2

    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
