import numpy as np
import pytest

from robustaudit.models.training_history import Step
from robustaudit.training.diagnosis import RUN, WINDOW, find_spikes


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
