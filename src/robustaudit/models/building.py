"""How large a network may be that a configuration describes: no larger than its weights can fill."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch.nn.modules import module

from robustaudit.core.errors import UserError


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch on one thread for a while, and then on as many as before.

    The networks here are so small that threads cost more than they bring: where another process holds a core,
    those of one LSTM step wait for each other, and a batch has been seen to take 70 times as long.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


_LAYERS = re.compile(r"layer|depth|expert")
_FEW = 1000  # layers that may share their weights
_PARTS = 16  # modules for each tensor: many hold none of their own
_SHARED = 4  # how often a tensor may be registered while a network is built
_BUFFERS = 2**30  # numbers that are computed, as positions are


@dataclass(frozen=True, slots=True)
class Held:
    """How many tensors the files of a model's weights hold, and how many numbers those are."""

    tensors: int
    numbers: int


def held_in(files: Iterable[Path], where: str) -> Held:
    """What files of weights hold, by their headers."""
    shapes: list[list[int]] = []
    for path in files:
        try:
            with safe_open(path, framework="numpy") as weights:
                shapes += [weights.get_slice(name).get_shape() for name in weights.keys()]  # noqa: SIM118  (no dictionary)
        except Exception as error:  # the library's own class is of no use
            raise UserError(
                f"{where} cannot be loaded: {path.name} is cut short or altered: {error}"
            ) from error
    return Held(len(shapes), sum(map(prod, shapes)))


def check_layers(config: Mapping[str, Any], held: Held, where: str) -> None:
    """Refuse a configuration of more layers than its weights can have."""
    for name, value in _numbers(config):
        if _LAYERS.search(name) and value > max(held.tensors, _FEW):
            raise UserError(
                f"{name} of {where} must be at most {max(held.tensors, _FEW):,}, as its weights are "
                f"{held.tensors:,} tensors, got {value:,}"
            )


@contextmanager
def built_of(held: Held, where: str) -> Iterator[None]:
    """Within it, networks are built as far as weights like these can fill them."""
    left = {
        "modules": _PARTS * held.tensors + _FEW,
        "parameters": _SHARED * held.numbers + 2**20,
        "numbers in buffers": _BUFFERS,
    }

    def count(kind: str, number: int) -> None:
        left[kind] -= number
        if left[kind] < 0:
            raise UserError(
                f"{where}: its configuration claims more {kind} than its weights can fill, which are "
                f"{held.tensors:,} tensors of {held.numbers:,} numbers"
            )

    def of_tensor(kind: str) -> Any:  # noqa: ANN401
        return lambda _, __, tensor: None if tensor is None else count(kind, tensor.numel())

    handles = [
        module.register_module_module_registration_hook(lambda *_: count("modules", 1)),
        module.register_module_parameter_registration_hook(of_tensor("parameters")),
        module.register_module_buffer_registration_hook(of_tensor("numbers in buffers")),
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def check_size(build: Callable[[], object], held: Held, where: str) -> None:
    """Refuse a network that weights like these cannot fill, by building it where tensors hold no numbers."""
    try:
        with torch.device("meta"), built_of(held, where):
            build()
    except (RuntimeError, OverflowError) as error:
        raise UserError(f"{where}: no network is as large as its configuration claims: {error}") from error


def _numbers(config: Any) -> Iterator[tuple[str, int]]:  # noqa: ANN401
    """The whole numbers of a configuration, with the names they have."""
    pairs = config.items() if isinstance(config, Mapping) else ()
    for name, value in pairs:
        if isinstance(value, int) and not isinstance(value, bool):
            yield name, value
        elif isinstance(value, list):
            yield from ((name, each) for each in value if isinstance(each, int))
            for each in value:
                yield from _numbers(each)
        else:
            yield from _numbers(value)
