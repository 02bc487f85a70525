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
    assert "Which to choose" in told.out
    assert "\x1b" not in told.out


def test_a_program_gets_json_alone(models, capsys):
    assert models("compare", "7,1", "--json") == 0

    content = json.loads(capsys.readouterr().out)
    assert [row["model"] for row in content["models"]] == ["7", "1"]


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
