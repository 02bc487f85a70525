from typing import Any

import pytest
import torch
from torch import nn

from robustaudit.core.errors import UserError
from robustaudit.models.tokens import TokenBatch
from robustaudit.training import hardware
from robustaudit.training.hardware import Hardware, choose


@pytest.fixture
def cuda(monkeypatch):
    """A machine that says it has CUDA, with bfloat16."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.fixture
def plain(monkeypatch):
    """A machine that has neither CUDA nor MPS."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.mark.usefixtures("plain")
def test_a_machine_without_a_gpu_computes_on_its_cpu_in_full_precision():
    assert choose() == Hardware(device="cpu", precision="float32", compiled=False, memory=None)


@pytest.mark.usefixtures("cuda")
def test_a_gpu_is_taken_where_there_is_one_with_what_it_is_good_at():
    chosen = choose()

    assert (chosen.device, chosen.precision) == ("cuda", "bfloat16")
    assert isinstance(chosen.memory, hardware.CudaMemory)
    assert choose(device="cpu") == Hardware()
    assert choose(precision="float32").precision == "float32"


def test_mps_is_taken_in_full_precision(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    chosen = choose()

    assert (chosen.device, chosen.precision) == ("mps", "float32")
    assert isinstance(chosen.memory, hardware.MpsMemory)


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"device": "cuda"}, "device 'cuda' is not available here: choose cpu"),
        ({"device": "gpu"}, "unknown device 'gpu'"),
        ({"precision": "float16"}, "unknown precision 'float16'"),
    ],
)
def test_what_is_not_there_is_one_clear_line(asked, message):
    with pytest.raises(UserError, match=message):
        choose(**asked)


@pytest.mark.usefixtures("plain")
def test_half_precision_on_a_cpu_without_it_is_one_clear_line(monkeypatch):
    def no_kernel(*_arguments):
        raise RuntimeError("could not create a primitive descriptor")  # as PyTorch says it

    monkeypatch.setattr(nn.LSTM, "forward", no_kernel)
    with pytest.raises(UserError, match="precision 'bfloat16' is not available on this processor"):
        choose(precision="bfloat16")


@pytest.mark.usefixtures("plain")
def test_half_precision_on_a_cpu_with_it_is_taken_and_draws_nothing(monkeypatch):
    monkeypatch.setattr(nn.LSTM, "forward", lambda _layer, states: states)
    before = torch.get_rng_state()

    assert choose(precision="bfloat16") == Hardware(precision="bfloat16")
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("chosen", "options"),
    [
        (Hardware(), []),
        (Hardware(precision="bfloat16"), ["--precision", "bfloat16"]),
        (Hardware(device="cuda", compiled=True), ["--device", "cuda", "--compile"]),
    ],
)
def test_a_command_names_what_is_more_than_a_plain_cpu(chosen, options):
    assert chosen.options() == options


def test_cuda_memory_is_what_torch_counts(monkeypatch):
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda: 7)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 9)
    monkeypatch.setattr(torch.mps, "current_allocated_memory", lambda: 5)

    assert (hardware.CudaMemory().held(), hardware.CudaMemory().peak()) == (7, 9)
    mps: hardware.DeviceMemory = hardware.MpsMemory()
    assert (mps.held(), mps.peak()) == (5, None)


def test_bfloat16_is_used_inside_and_nowhere_else():
    layer, vectors = nn.Linear(4, 4), torch.randn(2, 4)
    with Hardware(precision="bfloat16").computing():
        assert layer(vectors).dtype == torch.bfloat16
    with Hardware().computing():
        assert layer(vectors).dtype == torch.float32
    assert layer.weight.dtype == torch.float32


def test_a_batch_is_put_where_the_network_is():
    batch = TokenBatch(torch.ones(2, 3, dtype=torch.int64), torch.ones(2, 3, dtype=torch.bool))
    sent, labels = Hardware(device="cpu").send(batch, torch.zeros(2))

    assert sent.ids.device.type == sent.real.device.type == labels.device.type == "cpu"
    torch.testing.assert_close(sent.ids, batch.ids)


def test_generators_are_put_back():
    chosen = Hardware()
    states = chosen.generators()
    first = torch.rand(3)
    chosen.set_generators(states)

    assert torch.equal(torch.rand(3), first)


def test_the_generator_of_a_gpu_is_kept_too(monkeypatch):
    kept: list[Any] = []
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda: torch.tensor([5], dtype=torch.uint8))
    monkeypatch.setattr(torch.cuda, "set_rng_state", kept.append)
    chosen = Hardware(device="cuda")
    chosen.set_generators(chosen.generators())

    assert [state.tolist() for state in kept] == [[5]]
