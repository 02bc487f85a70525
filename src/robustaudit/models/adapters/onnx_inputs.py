"""What a graph of ONNX Runtime takes: texts, or the tokens of texts."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.errors import UserError
from robustaudit.models.adapters.onnx_runtime import GRAPH, TOKENIZER, OnnxModel
from robustaudit.models.lengths import encodable, of_one_length
from robustaudit.models.panics import no_panic

Batch: TypeAlias = tuple[NDArray[np.intp], dict[str, NDArray[Any]]]
"""The rows of a batch, and a graph's inputs for them."""

_MOST_TOKENS = 512  # where nothing says how many a model can read
_TEXT = "tensor(string)"
_INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids")
_TYPES: Mapping[str, type[np.generic]] = MappingProxyType(
    {
        "tensor(int64)": np.int64,
        "tensor(int32)": np.int32,
        "tensor(float)": np.float32,
        "tensor(bool)": np.bool_,
    }
)


class Reader(Protocol):
    """Makes the inputs of a graph of texts, in batches."""

    def read(self, texts: Sequence[str]) -> Iterator[Batch]: ...


def reader_of(session: Any, model: OnnxModel) -> Reader:  # noqa: ANN401
    """What makes the inputs of a session's graph."""
    inputs = session.get_inputs()
    if len(inputs) == 1 and inputs[0].type == _TEXT:
        return _Texts(inputs[0].name, len(inputs[0].shape))
    names = tuple(each.name for each in inputs)
    if not set(names) <= set(_INPUTS):
        raise UserError(
            f"inputs of {model.name!r} must be one of texts, or {', '.join(_INPUTS)}, got {', '.join(names)}"
        )
    if other := [each for each in inputs if each.type not in _TYPES]:
        raise UserError(
            f"input {other[0].name} of {model.name!r} must be of {', '.join(_TYPES)}, got {other[0].type}"
        )
    if any(isinstance(size, int) for each in inputs for size in each.shape):
        raise UserError(
            f"inputs of {model.name!r} must take any number of texts and tokens, "
            f"got the shape {inputs[0].shape}: export it with dynamic axes"
        )
    if not (model.folder / TOKENIZER).is_file():
        raise UserError(f"{model.name!r} takes tokens: put its {TOKENIZER} beside {GRAPH}")
    return _Tokens(model, {each.name: _TYPES[each.type] for each in inputs})


class _Texts:
    """Texts as they are, in batches as they are asked."""

    def __init__(self, name: str, dimensions: int) -> None:
        self._name = name
        self._dimensions = dimensions

    def read(self, texts: Sequence[str]) -> Iterator[Batch]:
        if texts:
            given = np.array([encodable(text) for text in texts], dtype=object)
            shape = (-1,) + (1,) * (self._dimensions - 1)
            yield np.arange(len(texts)), {self._name: given.reshape(shape)}


class _Tokens:
    """Tokens of texts, in batches of one length, so that no answer depends on padding."""

    def __init__(self, model: OnnxModel, inputs: Mapping[str, type[np.generic]]) -> None:
        self._tokenizer = _tokenizer(model)
        self._inputs = inputs
        self._start = model.start

    def read(self, texts: Sequence[str]) -> Iterator[Batch]:
        with no_panic("the tokenizer"):
            encoded = self._tokenizer.encode_batch([encodable(text) for text in texts])
        fields = [self._fields(each) for each in encoded]
        for rows in of_one_length([each["input_ids"] for each in fields]):
            yield (
                rows,
                {
                    name: np.array([fields[row][name] for row in rows], kind)
                    for name, kind in self._inputs.items()
                },
            )

    def _fields(self, encoded: Any) -> dict[str, list[int]]:  # noqa: ANN401
        """The fields of a text of at least one token: one of none is read as what texts begin with."""
        ids, types = list(encoded.ids), list(encoded.type_ids)
        if not ids:
            if self._start is None:
                raise ValueError(
                    "the tokenizer makes no token of the text, and config.json names none to begin with"
                )
            ids, types = [self._start], [0]
        return {
            "input_ids": ids,
            "attention_mask": [1] * len(ids),
            "token_type_ids": types,
            "position_ids": list(range(len(ids))),
        }


def _tokenizer(model: OnnxModel) -> Any:  # noqa: ANN401
    from tokenizers import Tokenizer  # noqa: PLC0415  (a graph that takes texts needs none)

    path = model.folder / TOKENIZER
    try:
        with no_panic("a library"):
            tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # it raises no class of its own
        raise UserError(f"{str(path)!r} is no tokenizer that can be read: {error}") from error
    tokenizer.no_padding()
    own = (tokenizer.truncation or {}).get("max_length", _MOST_TOKENS)
    tokenizer.enable_truncation(model.max_tokens or own)
    return tokenizer
