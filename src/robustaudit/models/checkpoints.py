"""Weights on disk: safetensors, half precision; in memory they are float32."""

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from robustaudit.core.errors import UserError
from robustaudit.core.files import write_atomically

TABLE = "table"
LEARNED_TABLE = "embedding.pieces.weight"


def save_weights(module: nn.Module, path: Path) -> None:
    """Write all that `module` learns, rounded to half precision."""
    write_tensors({name: tensor.half() for name, tensor in learned(module).items()}, path)


def load_weights(module: nn.Module, path: Path) -> None:
    """Fill `module` with what `save_weights` wrote of one of the same shape."""
    tensors = {name: tensor.float() for name, tensor in read_tensors(path).items()}
    try:
        put_learned(module, tensors)
    except RuntimeError as error:
        raise UserError(f"weights {str(path)!r} are those of another architecture or other sizes") from error


def learned(module: nn.Module) -> dict[str, Tensor]:
    """The tensors that training changes, by name: all that are stored, but for frozen parameters."""
    frozen = {name for name, parameter in module.named_parameters() if not parameter.requires_grad}
    return {name: tensor for name, tensor in module.state_dict().items() if name not in frozen}


def put_learned(module: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Fill `module` with what `learned` gave of one of the same shape.

    Raises:
        RuntimeError: of another shape.
    """
    names = learned(module).keys()
    if tensors.keys() != names:
        raise RuntimeError(f"names differ: {sorted(tensors.keys() ^ names)}")
    module.load_state_dict(dict(tensors), strict=False)


def load_table(path: Path) -> Tensor:
    """The word pieces' vectors as float32, of shape (pieces, width)."""
    return read_tensors(path)[TABLE].float()


def load_learned_table(path: Path) -> Tensor:
    """The vectors that a network learned itself, from among its weights, as float32."""
    tensors = read_tensors(path)
    if LEARNED_TABLE not in tensors:
        raise UserError(f"weights {str(path)!r} are those of another architecture: they lack {LEARNED_TABLE}")
    return tensors[LEARNED_TABLE].float()


def write_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Write named tensors as they are."""
    write_atomically(path, save({name: tensor.contiguous() for name, tensor in tensors.items()}))


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Every tensor of a file, by name; a UserError where it is cut short or altered."""
    try:
        tensors: dict[str, Tensor] = load(path.read_bytes())
    except SafetensorError as error:
        raise UserError(f"weights {str(path)!r} are cut short or altered") from error
    return tensors
