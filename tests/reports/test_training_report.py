import json
from dataclasses import replace
from pathlib import Path

import pytest

from printed import printed
from robustaudit.reports.training_report import comparison_as_json, render_comparison
from robustaudit.training.trainings import read_trainings
from trainings import Course, write_training

GOLDEN = Path(__file__).parents[1] / "golden"
COURSES = (
    Course(name="1", seconds=9.25, wrong=range(20), model={"dropout": 0.0}),
    Course(name="2", seconds=9.5, accuracy=(0.7, 0.79, 0.75), wrong=range(21), model={"dropout": 0.3}),
    Course(name="4", seconds=21, accuracy=(0.75, 0.85, 0.9), wrong=range(10), model={"dropout": 0.3}),
    Course(name="7", seconds=12, accuracy=(0.7, 0.8, 0.88), wrong=range(12), training={"epochs": 12}),
)


@pytest.fixture
def trainings(tmp_path):
    for course in COURSES:
        write_training(course, tmp_path)
    return read_trainings(None, folder=tmp_path)


@pytest.mark.parametrize("width", [80, 160])
def test_the_tables_are_as_they_were(trainings, width, request):
    golden = GOLDEN / f"models-compare-{width}.txt"
    text = printed(render_comparison(trainings), width=width)
    if request.config.getoption("--regenerate"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= width


def test_fastest_and_best_are_words(trainings):
    text = printed(render_comparison(trainings), width=80)

    assert text.count("fastest\n") + text.count("fastest ") >= 1
    assert "best\n" in text or "best " in text


def test_models_of_different_examples_are_said_not_to_be_compared(tmp_path):
    write_training(Course(name="1"), tmp_path)
    write_training(Course(name="4", prefix="other"), tmp_path)
    text = printed(render_comparison(read_trainings(None, folder=tmp_path)), width=100)

    assert "not validated on the same examples" in text
    assert "fastest" not in text
    assert "Differences" not in text


def test_of_a_model_alone_there_is_the_table_only(tmp_path):
    write_training(COURSES[0], tmp_path)
    text = printed(render_comparison(read_trainings(None, folder=tmp_path)), width=100)

    assert "LSTM encoder only" in text
    assert "Which to choose" not in text
    assert "Differences" not in text


def test_json_holds_the_figures_and_the_sentences(tmp_path):
    write_training(replace(COURSES[0], name="1"), tmp_path)
    write_training(replace(COURSES[2], name="2"), tmp_path)
    content = json.loads(json.dumps(comparison_as_json(read_trainings(None, folder=tmp_path))))

    assert [row["model"] for row in content["models"]] == ["1", "2"]
    (comparison,) = content["comparisons"]
    assert comparison["difference"]["difference"] == pytest.approx(0.1)
    assert comparison["sentence"].startswith(
        "2 compared with 1, dropout: validation accuracy 90.0% against 80.0%"
    )
    assert content["choice"]["best"] == "2"
