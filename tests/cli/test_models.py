"""`robustaudit models`, as a user types it."""

import json

import pytest

from refusals import refusal
from robustaudit.cli.main import run
from trainings import Course, write_training

COURSES = (Course(name="1", wrong=range(30)), Course(name="4"), Course(name="7", wrong=range(25)))


@pytest.fixture
def models(tmp_path):
    for course in COURSES:
        write_training(course, tmp_path)

    def command(*arguments):
        return run(["models", *arguments, "--models-dir", str(tmp_path)])

    return command


def test_trainings_are_compared(models, capsys):
    assert models("compare") == 0

    told = capsys.readouterr()
    assert told.err == ""
    assert "Recommendation" in told.out
    assert "\x1b" not in told.out


def test_a_program_gets_json_alone(models, capsys):
    assert models("compare", "7,1", "--json") == 0

    content = json.loads(capsys.readouterr().out)
    assert [row["model"] for row in content["models"]] == ["7", "1"]


def test_curves_are_shown_and_drawn_where_a_folder_is_given(models, tmp_path, capsys):
    assert models("curves", "1", "--output", str(tmp_path / "out")) == 0

    told = capsys.readouterr()
    assert "Model 1: LSTM encoder only, no dropout" in told.out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["curves.png", "curves.svg"]
    assert told.err.count("written to") == 2


def test_curves_are_only_shown_without_one(models, tmp_path, capsys):
    assert models("curves") == 0

    assert capsys.readouterr().err == ""
    assert not list(tmp_path.rglob("curves.*"))


def test_a_page_has_all_of_it(models, tmp_path, capsys):
    assert models("report", "1,7", "--output", str(tmp_path / "out")) == 0

    assert capsys.readouterr().err == f"written to {tmp_path / 'out' / 'models.html'}\n"
    assert "Training loss" in (tmp_path / "out" / "models.html").read_text(encoding="utf-8")


def test_trainings_are_diagnosed(models, capsys):
    assert models("diagnose", "1,7") == 0

    told = capsys.readouterr().out
    assert "Model 7: Transformer, 2 layers, post-norm" in told
    assert "memory of model" in told


def test_a_network_is_shown_module_by_module(capsys):
    assert run(["models", "describe", "4"]) == 0

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["attention", "MultiHeadAttention", "263,168", "263,168", "0"] in lines
    assert ["query", "Linear", "65,792", "65,792", "0"] in lines
    assert lines[-1] == ["total", "EncoderDecoder", "4,632,578", "725,762", "3,906,816"]


def test_other_numbers_make_another_network(capsys):
    numbers = ["--set", "lstm.model.num_heads=1", "--set", "lstm.model.head_size=256"]
    assert run(["models", "describe", "4", *numbers, "--json"]) == 0

    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["attention"]["trained"] == 4 * 256**2 + 4 * 256


def test_word_pieces_of_a_run_are_accounted_for(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    audit = ["run", "--data", "tiny", "--offline", "--quiet", "--attack", "qwerty"]
    run([*audit, "--models", "old=1,tfidf", "--examples", "20", "--trials", "60", "--output", "out"])
    run([*audit, "--models", "tfidf", "--trials", "5", "--output", "other"])
    capsys.readouterr()
    assert run(["models", "tokens", "out"]) == 0
    printed = capsys.readouterr().out
    assert "How edits are split into word pieces" in printed
    assert "Model old: what of the drop goes with that, percentage points" in printed
    assert run(["models", "tokens", "out", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["model"], found["attack"], found["trials"]) == ("old", "qwerty", 60)
    assert found["drop"]["value"] == pytest.approx(
        found["deleted"]["value"] + found["beyond_deletion"]["value"]
    )
    assert "has none of the reference networks, 1 to 8" in refusal(capsys, "models", "tokens", "other")


def test_what_training_takes_is_measured_in_a_process_of_its_own(capsys):
    assert run(["models", "cost", "1,5,1", "--tokens", "4", "--device", "cpu", "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["model"], second["model"]) == ("1", "5")
    assert first["gpu_peak"] is None
    assert first["process_peak"] > first["weights"] + first["optimiser"]


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

    assert "LSTM encoder only, no dropout          3      66.7%   66.7%" in capsys.readouterr().out


def test_how_labels_were_read_is_said(tmp_path, capsys):
    path = tmp_path / "swapped.csv"
    path.write_text("text,label\nI loved it!,0\nA terrible waste of money.,1\n")
    assert run(["models", "score", "tfidf", "--data", str(path), "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)[0]["accuracy"] == 0
    mapping, doubt = printed.err.splitlines()
    assert mapping == "labels: 0 → negative; 1 → positive"
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
        ("compare 9 --models-dir .", "unknown model '9'"),
        ("compare 1,,4 --models-dir .", "models must be names"),
        ("compare tfidf --models-dir .", "no training curves"),
        ("score 9 --data tiny", "unknown model '9'"),
        ("cost 9", "unknown model '9'"),
        ("cost tfidf", "model 'tfidf' is fitted at once: it takes no training steps"),
        ("cost 1 --tokens 0", "tokens must be at least 1, got 0"),
        ("cost 8,1 --tokens 200", "tokens must be at most 128, which model '8' reads, got 200"),
        ("score 1 --data no.csv", "no.csv"),
        ("score 1 --data three.csv", "labels that model '1' does not know: '2' (line 2)"),
    ],
)
@pytest.mark.usefixtures("models")
def test_wrong_use_is_one_line(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "three.csv").write_text("text,label\nso so,2\n")
    assert message in refusal(capsys, "models", *arguments.split())
