import json
from dataclasses import replace
from pathlib import Path

import pytest

from printed import printed
from robustaudit.reports.learning_report import speed_sentence
from robustaudit.reports.training_report import (
    comparison_as_json,
    comparison_sentence,
    memory_of,
    recommendation_sentences,
    render_comparison,
    render_diagnosis,
)
from robustaudit.statistics.measures import Estimate
from robustaudit.training.diagnosis import RULES
from robustaudit.training.learning_speed import SpeedDifference
from robustaudit.training.model_comparison import (
    AccuracyDifference,
    ModelComparison,
    ModelPair,
    Recommendation,
    Rival,
)
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


def test_the_fastest_and_the_most_accurate_are_marked_and_the_mark_explained(trainings):
    table, legend = printed(render_comparison(trainings), width=100).split("* The fastest")

    assert legend.startswith(" to train; the most accurate.")
    assert table.count("* ") == 2


def test_models_of_different_examples_are_said_not_to_be_compared(tmp_path):
    write_training(Course(name="1"), tmp_path)
    write_training(Course(name="4", prefix="other"), tmp_path)
    text = printed(render_comparison(read_trainings(None, folder=tmp_path)), width=100)

    assert "not validated on the same examples" in text
    assert "fastest" not in text
    assert "*" not in text
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


def test_families_and_speed_are_compared_too(trainings):
    text = " ".join(printed(render_comparison(trainings), width=100).split())
    content = comparison_as_json(trainings)

    assert "Families compared" not in text  # one Transformer is compared in a pair
    assert content["families"] is None
    assert [row["model"] for row in content["learning"]] == ["1", "2", "4", "7"]
    assert "mean validation accuracy over the first 3 epochs -1.3 pp" in text
    assert "Times compare: within each training, epochs took about equally long." in text
    assert content["times_compare"] is True


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.01, 0.05, "4 is significantly faster"),
        (-0.05, -0.01, "4 is significantly slower"),
        (-0.01, 0.05, "accuracy over the first 8 epochs +2.0 pp [-1.0, 5.0]: no significant difference;"),
    ],
)
def test_faster_is_said_where_the_interval_shows_it(low, high, said):
    accuracy = Estimate(0.02, low, high)
    found = SpeedDifference(first="3", second="4", epochs=8, accuracy=accuracy, spread=None)

    assert said in speed_sentence(found, "attention")


DIFFERENCE = AccuracyDifference(
    examples=1163,
    groups=1163,
    first_accuracy=0.821,
    second_accuracy=0.852,
    difference=0.031,
    low=0.012,
    high=0.05,
    f1=Estimate(0.03, 0.011, 0.049),
    loss=Estimate(-0.02, -0.04, 0.0),
)
COMPARISON = ModelComparison(
    pair=ModelPair(first="3", second="4", subject="attention"),
    difference=DIFFERENCE,
    first_seconds=486.13,
    second_seconds=705.05,
    also=(),
)
RIVAL = Rival(model="8", difference=replace(DIFFERENCE, difference=-0.002, low=-0.02, high=0.016))
CHOICE = Recommendation(
    fastest="2", fastest_seconds=440.5, next_seconds=440.8, best="4", best_accuracy=0.866, rivals=(RIVAL,)
)


def test_a_sentence_is_made_from_its_numbers():
    assert comparison_sentence(COMPARISON) == (
        "4 compared with 3, attention: validation accuracy 85.2% against 82.1% on the same 1,163 examples, "
        "+3.1 pp [1.2, 5.0]: 4 is significantly more accurate. F1 +3.0 pp [1.1, 4.9], loss -0.020 "
        "[-0.040, 0.000]. Training took 705 s against 486 s."
    )


def test_fewer_groups_than_examples_are_told():
    told = comparison_sentence(replace(COMPARISON, difference=replace(DIFFERENCE, groups=993)))

    assert "on the same 1,163 examples of 993 groups, +3.1 pp" in told


@pytest.mark.parametrize(("low", "high"), [(-0.01, 0.05), (-0.05, 0.01), (0.0, 0.05), (-0.05, 0.0)])
def test_where_the_interval_holds_zero_nothing_is_claimed(low, high):
    told = comparison_sentence(replace(COMPARISON, difference=replace(DIFFERENCE, low=low, high=high)))

    assert "no significant difference" in told
    assert "accurate" not in told


def test_a_fall_is_not_called_a_rise():
    worse = replace(DIFFERENCE, difference=-0.031, low=-0.05, high=-0.012)

    assert "-3.1 pp [-5.0, -1.2]: 4 is significantly less accurate" in comparison_sentence(
        replace(COMPARISON, difference=worse)
    )


@pytest.mark.parametrize(
    ("difference", "low", "high", "said"),
    [
        (-0.02, -0.04, -0.0004, "-2.0 pp [-4.0, -0.04]: 4 is significantly less accurate"),
        (0.02, 0.0004, 0.04, "+2.0 pp [0.04, 4.0]: 4 is significantly more accurate"),
        (0.0003, 0.0001, 0.0004, "+0.03 pp [0.01, 0.04]: 4 is significantly more accurate"),
    ],
)
def test_no_rounded_figure_contradicts_what_is_said(difference, low, high, said):
    close = replace(DIFFERENCE, difference=difference, low=low, high=high)

    assert said in comparison_sentence(replace(COMPARISON, difference=close))


def test_without_the_same_examples_only_the_times_are_told():
    told = comparison_sentence(replace(COMPARISON, difference=None))

    assert "not validated on the same examples" in told
    assert "%" not in told


def test_what_else_differs_is_told():
    told = comparison_sentence(replace(COMPARISON, also=(("epochs", "3", "5"), ("seed", "0", "1"))))

    assert told.endswith("They also differ in epochs (5 against 3) and seed (1 against 0).")


def test_the_choice_says_who_is_as_good_for_all_the_data_shows():
    time, quality = recommendation_sentences(CHOICE)

    assert time == "If time matters: 2, the fastest to train (440 s; the next took 441 s)."
    assert quality == (
        "If quality matters: 4, the highest validation accuracy (86.6%), "
        "but not significantly more accurate than 8 (-0.2 pp [-2.0, 1.6])."
    )


def test_the_choice_calls_the_best_the_best_only_where_all_others_are_shown_to_be_less_accurate():
    _, quality = recommendation_sentences(replace(CHOICE, rivals=()))

    assert quality.endswith("(86.6%); significantly more accurate than each of the others.")


def remembered(root, course):
    write_training(course, root)
    (training,) = read_trainings(None, folder=root)
    return memory_of(training)


def test_without_a_gpu_there_are_no_figures_of_one(tmp_path):
    memory = remembered(tmp_path, Course())

    assert (memory.gpu_steady, memory.gpu_peak) == (None, None)


def test_a_peak_is_that_of_the_epoch_that_took_most(tmp_path):
    memory = remembered(tmp_path, Course(gpu=True))

    assert memory.ram_peak == 502_000_000
    assert (memory.gpu_steady, memory.gpu_peak) == (2_000_000_000, 3_000_000_000)


OVER = Course(name="1", train=(0.5, 0.3, 0.1), validation=(0.5, 0.4, 0.6))
WELL = Course(name="4", validation=(0.5, 0.42, 0.42))
ON_GPU = Course(name="7", train=(0.69, 0.68, 0.67), validation=(0.69, 0.68, 0.68), gpu=True)


def read(root, *courses):
    for course in courses:
        write_training(course, root)
    return read_trainings(None, folder=root)


@pytest.mark.parametrize("width", [80, 160])
def test_the_diagnosis_is_as_it_was(tmp_path, width, request):
    text = printed(render_diagnosis(read(tmp_path, OVER, WELL, ON_GPU)), width=width)
    golden = GOLDEN / f"models-diagnose-{width}.txt"
    if request.config.getoption("--regenerate"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= width


def test_figures_remedy_and_rules_are_printed(tmp_path):
    text = printed(render_diagnosis(read(tmp_path, OVER)), width=200)

    assert "over-fitting: validation loss 0.400 in epoch 2 and 0.600 at the end" in text
    assert "usual remedy: fewer epochs" in text
    assert all(rule.statement in text for rule in RULES)


def test_columns_of_a_gpu_are_there_only_where_one_was_used(tmp_path):
    assert "GPU" not in printed(render_diagnosis(read(tmp_path, WELL)), width=80)


def test_one_epoch_is_said_to_be_too_short(tmp_path):
    short = Course(train=(0.4,), validation=(0.4,), accuracy=(0.8,))

    assert "too short to diagnose" in printed(render_diagnosis(read(tmp_path, short)), width=80)
