from pathlib import Path

import pytest

from printed import printed
from robustaudit.reports.training_report import render_diagnosis
from robustaudit.training.diagnosis import RULES
from robustaudit.training.trainings import read_trainings
from trainings import Course, write_training

GOLDEN = Path(__file__).parents[2] / "golden"
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
