"""Weights on disk: safetensors in half precision, and networks no larger than these can fill."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.nn.modules import module
from torch.overrides import TorchFunctionMode

from robustaudit.core.errors import UserError
from robustaudit.core.files import write_atomically

TABLE = "table"
LEARNED_TABLE = "embedding.pieces.weight"


def save_weights(module: nn.Module, path: Path) -> None:
    """Write all that `module` learns, rounded to half precision."""
    write_tensors({name: tensor.half() for name, tensor in trained_tensors(module).items()}, path)


def load_weights(module: nn.Module, path: Path) -> None:
    """Give `module` new parameters, those that `save_weights` wrote of one of the same shape."""
    tensors = {name: tensor.float() for name, tensor in read_tensors(path).items()}
    try:
        set_trained_tensors(module, tensors, assign=True)
    except RuntimeError as error:
        raise UserError(f"weights {str(path)!r} are those of another architecture or other sizes") from error


def trained_tensors(module: nn.Module) -> dict[str, Tensor]:
    """The tensors that training changes, by name: all that are stored, but for frozen parameters."""
    frozen = {name for name, parameter in module.named_parameters() if not parameter.requires_grad}
    return {name: tensor for name, tensor in module.state_dict().items() if name not in frozen}


def set_trained_tensors(module: nn.Module, tensors: Mapping[str, Tensor], *, assign: bool = False) -> None:
    """Fill `module` with what `trained_tensors` gave of one of the same shape, or `assign` the tensors to it.

    Raises:
        RuntimeError: of another shape.
    """
    names = trained_tensors(module).keys()
    if tensors.keys() != names:
        raise RuntimeError(f"names differ: {sorted(tensors.keys() ^ names)}")
    module.load_state_dict(dict(tensors), strict=False, assign=assign)


def load_shared_embeddings(path: Path) -> Tensor:
    """The word pieces' vectors as float32, of shape (pieces, width)."""
    return read_tensors(path)[TABLE].float()


def load_trained_embeddings(path: Path) -> Tensor:
    """The word-piece vectors that a network trained itself, as float32."""
    tensors = read_tensors(path)
    if LEARNED_TABLE not in tensors:
        raise UserError(f"weights {str(path)!r} are those of another architecture: they lack {LEARNED_TABLE}")
    return tensors[LEARNED_TABLE].float()


def write_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Write named tensors unchanged."""
    write_atomically(path, save({name: tensor.contiguous() for name, tensor in tensors.items()}))


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Every tensor of a file, by name, in its memory map; a UserError where it is truncated or corrupt.

    Nothing is read before it is used, processes share it, and what is written to is copied first.
    """
    try:
        tensors: dict[str, Tensor] = load_file(path)
    except SafetensorError as error:
        raise UserError(f"weights {str(path)!r} are truncated or corrupt") from error
    return tensors


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


class _WithoutRandomNumbers(TorchFunctionMode):
    """Leaves tensors as they are where they would be filled with random numbers."""

    def __torch_function__(
        self,
        func: Any,  # noqa: ANN401
        types: Any,  # noqa: ANN401
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        del types
        given = kwargs or {}
        if func in _RANDOM:
            return args[0] if args else given["tensor"]
        return func(*args, **given)


_RANDOM = {Tensor.normal_, Tensor.uniform_, nn.init.normal_, nn.init.uniform_, nn.init.kaiming_uniform_}


def without_random_numbers() -> TorchFunctionMode:
    """Within it, networks are built without initial parameters, all of which loading replaces."""
    return _WithoutRandomNumbers()


_LAYERS = re.compile(r"layer|depth|expert")
_FEW = 1000  # layers that may share their weights
_PARTS = 16  # modules for each tensor: many hold none of their own
_SHARED = 4  # how often a tensor may be registered while a network is built
_BUFFERS = 2**30  # numbers that are computed, as positions are


@dataclass(frozen=True, slots=True)
class WeightSizes:
    """The number of tensors in a model's weight files, and of numbers in these."""

    tensors: int
    numbers: int


def weight_sizes(files: Iterable[Path], where: str) -> WeightSizes:
    """The sizes of weight files, by their headers."""
    shapes: list[list[int]] = []
    for path in files:
        try:
            with safe_open(path, framework="numpy") as weights:
                shapes += [weights.get_slice(name).get_shape() for name in weights.keys()]  # noqa: SIM118  (no dictionary)
        except Exception as error:  # the library's own class is of no use
            raise UserError(
                f"{where} cannot be loaded: {path.name} is truncated or corrupt: {error}"
            ) from error
    return WeightSizes(len(shapes), sum(map(prod, shapes)))


def check_layers(config: Mapping[str, Any], held: WeightSizes, where: str) -> None:
    """Refuse a configuration of more layers than its weights can have."""
    for name, value in _numbers(config):
        if _LAYERS.search(name) and value > max(held.tensors, _FEW):
            raise UserError(
                f"{name} of {where} must be at most {max(held.tensors, _FEW):,}, as its weights are "
                f"{held.tensors:,} tensors, got {value:,}"
            )


@contextmanager
def within_weight_sizes(held: WeightSizes, where: str) -> Iterator[None]:
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


def check_size(build: Callable[[], object], held: WeightSizes, where: str) -> None:
    """Refuse a network that weights like these cannot fill, by building it where tensors hold no numbers."""
    try:
        with torch.device("meta"), within_weight_sizes(held, where):
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
