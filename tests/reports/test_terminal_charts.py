from pathlib import Path

import pytest

from printed import printed
from robustaudit.reports.charts import learning_curves
from robustaudit.reports.terminal_charts import bars, render_curves, scales
from robustaudit.training.trainings import read_trainings
from trainings import Course, write_training

GOLDEN = Path(__file__).parents[1] / "golden"


def read(root, *courses):
    for course in courses:
        write_training(course, root)
    return read_trainings(None, folder=root)


@pytest.mark.parametrize("width", [80, 160])
def test_the_charts_are_as_they_were(tmp_path, width, request):
    trainings = read(tmp_path, Course(name="1"), Course(name="7", validation=(0.5, 0.4, 0.6)))
    golden = GOLDEN / f"models-curves-{width}.txt"
    text = printed(render_curves(trainings, width=width), width=width)
    if request.config.getoption("--regenerate"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= width


def test_a_falling_curve_is_a_stair_from_the_top_to_the_bottom():
    assert bars((1.0, 0.5, 0.0), 0.0, 1.0, columns=3) == ("█  ", "█  ", "█▅ ", "██ ", "██▁")


def test_a_curve_that_never_changes_is_drawn():
    assert bars((0.5, 0.5), 0.5, 0.5, columns=2) == ("██",) * 5


def test_many_epochs_share_bars_and_stay_within_the_width():
    lines = bars([i / 99 for i in range(100)], 0.0, 1.0, columns=20)

    assert {len(line) for line in lines} == {20}
    assert lines[-1][0] < lines[-1][-1] == "█"


def test_the_title_says_which_epoch_was_kept_of_several(tmp_path):
    one = Course(name="4", train=(0.6,), validation=(0.5,), accuracy=(0.7,))
    text = printed(render_curves(read(tmp_path, Course(name="1"), one), width=100), width=100)

    assert "Model 1: LSTM encoder only, no dropout, 3 epochs, saved: epoch 3\n" in text
    assert "attention, one epoch\n" in text


def test_both_losses_are_on_one_scale_that_holds_all_their_values(tmp_path):
    (training,) = read(tmp_path, Course(train=(0.9, 0.2), validation=(0.5, 0.6), accuracy=(0.5, 0.7)))
    (_, *train), (_, *validation), (_, *accuracy) = scales(learning_curves(training))

    assert train == validation == [0.2, 0.9]
    assert accuracy == [0.5, 0.7]
