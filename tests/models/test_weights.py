from pathlib import Path

import pytest
import torch
from torch import nn

from robustaudit.core.errors import UserError
from robustaudit.models.weights import (
    load_weights,
    read_tensors,
    save_weights,
    without_random_numbers,
    write_tensors,
)


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


def test_tensors_stay_in_the_file_until_they_are_written_to(tmp_path):
    path = tmp_path / "model.safetensors"
    write_tensors({"a": torch.arange(4096.0)}, path)
    stored, tensors, others = path.read_bytes(), read_tensors(path), read_tensors(path)
    maps = Path("/proc/self/maps")
    if maps.exists():
        assert str(path) in maps.read_text()
    tensors["a"] += 1
    assert path.read_bytes() == stored
    assert torch.equal(others["a"], torch.arange(4096.0))


@pytest.mark.parametrize(
    "build",
    [lambda: nn.Linear(3, 2), lambda: nn.LSTM(3, 2), lambda: nn.Embedding(5, 3), lambda: nn.Conv1d(3, 2, 1)],
)
def test_a_network_is_built_without_random_numbers_and_has_the_parameters_that_are_loaded(tmp_path, build):
    module, path = build(), tmp_path / "model.safetensors"
    save_weights(module, path)
    before = torch.random.get_rng_state()
    with without_random_numbers():
        other = build()
    assert torch.equal(torch.random.get_rng_state(), before)
    load_weights(other, path)
    for name, tensor in module.state_dict().items():
        assert torch.equal(other.state_dict()[name], tensor.half().float())
    assert all(parameter.requires_grad for parameter in other.parameters())


def test_what_is_frozen_stays_frozen_when_weights_are_loaded(tmp_path):
    module, path = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)), tmp_path / "model.safetensors"
    module[0].requires_grad_(requires_grad=False)
    save_weights(module, path)
    load_weights(module, path)
    assert [each.requires_grad for each in module.parameters()] == [False, False, True, True]
