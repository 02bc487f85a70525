from dataclasses import replace

import pytest
import torch

from robustaudit.core.errors import UserError
from robustaudit.models.training_history import Step, TrainingHistory
from robustaudit.training.checkpoint import Checkpoint, TrainingProgress

TENSORS = {"module/weight": torch.arange(6.0).reshape(2, 3).T, "best/bias": torch.tensor(0.5)}
PROGRESS = TrainingProgress(
    steps=7,
    history=TrainingHistory(steps=(Step(step=1, epoch=1, train_loss=0.1 + 0.2),), epochs=()),
    batches='{"state": 123456789012345678901234567890}',
)


@pytest.fixture
def checkpoint(tmp_path):
    return Checkpoint(path=tmp_path / "checkpoint.safetensors", training="mine")


def test_what_is_kept_comes_back_bit_by_bit(checkpoint):
    checkpoint.save(TENSORS, PROGRESS)
    tensors, progress = checkpoint.load()

    assert progress == PROGRESS
    assert tensors.keys() == TENSORS.keys()
    assert all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)


def test_nothing_is_kept_before_and_after(checkpoint):
    assert checkpoint.load() is None
    checkpoint.save(TENSORS, PROGRESS)
    checkpoint.remove()
    assert checkpoint.load() is None
    checkpoint.remove()


def test_another_training_is_refused_rather_than_mixed_in_or_overwritten(checkpoint):
    checkpoint.save(TENSORS, PROGRESS)
    with pytest.raises(UserError, match="is of an unfinished training with other data, numbers or seed"):
        replace(checkpoint, training="yours").load()


@pytest.mark.parametrize("kept", [0, 9, 60, -1])
def test_a_checkpoint_that_was_cut_is_refused(checkpoint, kept):
    checkpoint.save(TENSORS, PROGRESS)
    checkpoint.path.write_bytes(checkpoint.path.read_bytes()[:kept])

    with pytest.raises(UserError, match="is truncated or corrupt: delete it to train from the start"):
        checkpoint.load()
