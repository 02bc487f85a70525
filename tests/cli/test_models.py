"""`robustaudit models`, as a user types it."""

import json

import pytest

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


def test_a_network_is_described(capsys):
    assert run(["models", "describe", "4"]) == 0

    assert "MultiHeadAttention" in capsys.readouterr().out


def test_trainings_are_diagnosed(models, capsys):
    assert models("diagnose", "1,7") == 0

    told = capsys.readouterr().out
    assert "Model 7: Transformer, 2 layers, post-norm" in told
    assert "memory of model" in told


@pytest.mark.parametrize(
    ("names", "message"),
    [("9", "unknown model '9'"), ("1,,4", "models must be names"), ("tfidf", "no training curves")],
)
def test_wrong_use_is_one_line(models, capsys, names, message):
    assert models("compare", names) == 2

    told = capsys.readouterr()
    assert message in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""
