import pytest
import torch
from torch import nn

from robustaudit.core.errors import UserError
from robustaudit.models.weights import load_weights, read_tensors, save_weights


def test_weights_come_back_rounded_to_half_precision(tmp_path):
    module, other = nn.Linear(3, 2), nn.Linear(3, 2)
    save_weights(module, tmp_path / "model.safetensors")
    load_weights(other, tmp_path / "model.safetensors")

    assert other.weight.dtype == torch.float32
    assert torch.equal(other.weight, module.weight.half().float())
    assert torch.equal(other.bias, module.bias.half().float())


@pytest.mark.parametrize("kept", [0, 7, 40, -1])
def test_a_file_that_was_cut_is_refused(tmp_path, kept):
    path = tmp_path / "model.safetensors"
    save_weights(nn.Linear(3, 2), path)
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(UserError, match=r"model\.safetensors' are truncated or corrupt"):
        read_tensors(path)


def test_weights_of_another_shape_are_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    save_weights(nn.Linear(3, 2), path)

    with pytest.raises(UserError, match="another architecture or other sizes"):
        load_weights(nn.Linear(4, 2), path)
