from pathlib import Path

import numpy as np
import pytest

from robustaudit.models.training_history import Step
from robustaudit.training.diagnosis import RULES, RUN, WINDOW, diagnose, find_spikes
from robustaudit.training.trainings import read_trainings
from trainings import Course, write_training

DOCS = Path(__file__).parents[2] / "docs" / "models.md"
HEALTHY = {
    "train": (0.6, 0.4, 0.3, 0.28),
    "validation": (0.5, 0.42, 0.4, 0.4),
    "accuracy": (0.75, 0.8, 0.82, 0.82),
}


@pytest.fixture
def found(tmp_path):
    def diagnosed(**course):
        write_training(Course(**{**HEALTHY, **course}), tmp_path)
        (training,) = read_trainings(None, folder=tmp_path)
        return [(finding.rule.sign, finding.figures) for finding in diagnose(training)]

    return diagnosed


def test_of_a_healthy_training_nothing_is_found(found):
    assert found(steps=[0.5] * 60) == []


def test_a_validation_loss_that_rises_while_the_train_loss_falls_is_over_fitting(found):
    ((sign, figures),) = found(validation=(0.5, 0.4, 0.41, 0.43))

    assert sign == "over-fitting"
    assert figures == (
        "validation loss 0.400 in epoch 2 and 0.430 at the end, "
        "while the train loss fell from 0.400 to 0.280; the saved epoch is 3"
    )


@pytest.mark.parametrize(
    "course",
    [
        {"validation": (0.5, 0.42, 0.4, 0.42)},  # exactly 5 % is not more than 5 %
        {"validation": (0.5, 0.4, 0.41, 0.43), "train": (0.4, 0.3, 0.3, 0.3)},
        {"validation": (0.5, 0.42, 0.4, 0.395)},
    ],
)
def test_a_small_rise_or_fall_or_a_train_loss_that_falls_no_more_is_nothing(found, course):
    assert found(**course) == []


def test_a_train_loss_near_that_of_guessing_is_under_fitting(found):
    ((sign, figures),) = found(train=(0.69, 0.65, 0.6, 0.55))

    assert sign == "under-fitting"
    assert figures == "train loss 0.550 at the end, 79.3% of the 0.693 of random guessing"


def test_a_training_stopped_while_its_validation_loss_fell_is_under_fitting(found):
    ((sign, figures),) = found(validation=(0.5, 0.45, 0.42, 0.4))

    assert sign == "under-fitting"
    assert "from 0.420 to 0.400 in the last epoch, -4.8%" in figures


def test_a_validation_accuracy_that_falls_by_more_than_chance_is_instability(found):
    ((sign, figures),) = found(accuracy=(0.75, 0.8, 0.7, 0.82), examples=1000)

    assert sign == "instability"
    assert figures == "validation accuracy fell from 80.0% to 70.0% in epoch 3"


@pytest.mark.parametrize(("examples", "fallen"), [(100, 0.75), (100_000, 0.785)])
def test_a_fall_that_chance_explains_or_that_is_tiny_is_not(found, examples, fallen):
    assert found(accuracy=(0.75, 0.8, fallen, 0.82), examples=examples) == []


def test_a_loss_spike_is_instability(found):
    ((sign, figures),) = found(steps=[0.4] * 30 + [1.0, 1.4, 1.2] + [0.4] * 30)

    assert sign == "instability"
    assert figures == "train loss 1.400 at step 32 (epoch 2) after a median of 0.400"


def test_of_many_the_first_three_are_shown_and_the_rest_counted(found):
    ((_, figures),) = found(steps=([0.4] * 25 + [1.0] * 3) * 5)

    assert figures.count("at step") == 3
    assert figures.endswith("; and 2 more")


def test_one_epoch_shows_no_course(found):
    assert found(train=(0.4,), validation=(0.4,), accuracy=(0.8,)) == []


def test_the_docs_state_every_rule_with_its_threshold_and_remedy():
    docs = " ".join(DOCS.read_text(encoding="utf-8").split())

    for rule in RULES:
        assert rule.statement in docs
        assert rule.remedy in docs


def steps(losses):
    return [Step(step=i + 1, epoch=1, train_loss=float(loss)) for i, loss in enumerate(losses)]


def test_a_spike_is_told_once_by_its_highest_step():
    (spike,) = find_spikes(steps([0.5] * 40 + [2.0, 3.0, 2.5, 2.0] + [0.5] * 40))

    assert (spike.step, spike.loss, spike.median) == (42, 3.0, 0.5)


def test_one_odd_batch_is_no_spike():
    assert find_spikes(steps([0.5] * 40 + [3.0] * (RUN - 1) + [0.5] * 40)) == ()


def test_a_rise_that_never_ends_is_one_spike():
    assert len(find_spikes(steps([0.5] * 40 + [3.0] * 200))) == 1


def test_too_few_steps_show_none():
    assert find_spikes(steps([0.5] * (WINDOW - 1) + [3.0] * RUN)) == ()


@pytest.mark.parametrize("batch", [32, 64, 512])
def test_the_noise_of_batches_is_no_spike(batch):
    """A batch's loss is the mean of its texts' losses, most of them near zero and a few large."""
    generator = np.random.default_rng(0)
    spikes = 0
    for _ in range(20):
        means = np.geomspace(0.7, 0.05, 600)
        texts = generator.gamma(0.3, 1, size=(600, batch)).mean(axis=1) / 0.3
        spikes += len(find_spikes(steps(means * texts)))
    assert spikes == 0
