"""A graph of ONNX Runtime as a classifier; imports onnxruntime, and tokenizers where there is one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from robustaudit.core.errors import UserError
from robustaudit.models.adapters.outputs import Outputs, parse_outputs
from robustaudit.models.batching import (
    batches_of_equal_length,
    count_truncated,
    encodable,
    panics_as_errors,
)

GraphInputs: TypeAlias = tuple[NDArray[np.intp], dict[str, NDArray[Any]]]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxModel:
    """An exported model; its tokenizer may be missing, and `start` is the token that texts begin with."""

    name: str
    graph: Path
    tokenizer: Path
    labels: tuple[str, ...]
    output: str | None
    scores: Literal["logits", "probabilities"] | None
    max_tokens: int | None
    start: int | None


class InputEncoder(Protocol):
    """Makes the inputs of a graph of texts, in batches; of `max_tokens`, None where it takes texts."""

    @property
    def max_tokens(self) -> int | None: ...

    def count_truncated(self, texts: Sequence[str], /) -> int: ...

    def read(self, texts: Sequence[str]) -> Iterator[GraphInputs]: ...


def reader_of(session: Any, model: OnnxModel) -> InputEncoder:  # noqa: ANN401
    """The encoder for the inputs of a session's graph."""
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
    if not model.tokenizer.is_file():
        raise UserError(
            f"{model.name!r} takes tokens: put its {model.tokenizer.name} beside {model.graph.name}"
        )
    return _Tokens(model, {each.name: _TYPES[each.type] for each in inputs})


class _Texts:
    """Texts unchanged, in batches as given."""

    max_tokens: int | None = None

    def __init__(self, name: str, dimensions: int) -> None:
        self._name = name
        self._dimensions = dimensions

    def count_truncated(self, _: Sequence[str]) -> int:
        return 0

    def read(self, texts: Sequence[str]) -> Iterator[GraphInputs]:
        if texts:
            given = np.array([encodable(text) for text in texts], dtype=object)
            shape = (-1,) + (1,) * (self._dimensions - 1)
            yield np.arange(len(texts)), {self._name: given.reshape(shape)}


class _Tokens:
    """Tokens of texts, in batches of one length, so that no answer depends on padding."""

    def __init__(self, model: OnnxModel, inputs: Mapping[str, type[np.generic]]) -> None:
        self._tokenizer = _tokenizer(model)
        self.max_tokens: int = self._tokenizer.truncation["max_length"]
        self._inputs = inputs
        self._start = model.start

    def count_truncated(self, texts: Sequence[str]) -> int:
        return count_truncated(self._tokenizer, texts, self.max_tokens)

    def read(self, texts: Sequence[str]) -> Iterator[GraphInputs]:
        with panics_as_errors("the tokenizer"):
            encoded = self._tokenizer.encode_batch([encodable(text) for text in texts])
        fields = [self._fields(each) for each in encoded]
        for rows in batches_of_equal_length([each["input_ids"] for each in fields]):
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

    path = model.tokenizer
    try:
        with panics_as_errors("a library"):
            tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # it raises no class of its own
        raise UserError(f"{str(path)!r} is no tokenizer that can be read: {error}") from error
    tokenizer.no_padding()
    own = (tokenizer.truncation or {}).get("max_length", _MOST_TOKENS)
    tokenizer.enable_truncation(model.max_tokens or own)
    return tokenizer


_FATAL = 4  # of ONNX Runtime's own log, which it writes to standard error
_FLOATS = ("tensor(float)", "tensor(double)", "tensor(float16)", "tensor(bfloat16)")


class OnnxClassifier:
    """A graph that answers with probabilities, logits or labels."""

    def __init__(self, model: OnnxModel) -> None:
        self.labels = model.labels
        self._session = _session(model)
        self._reader = reader_of(self._session, model)
        self.max_tokens = self._reader.max_tokens
        self.count_truncated = self._reader.count_truncated
        self._where = f"model {model.name!r}"
        self._output = _output(self._session, model)
        self._is_logits = _holds_logits(self._output, model)

    def predict(self, texts: Sequence[str]) -> Outputs:
        """Probabilities of shape (n_texts, n_classes), or each text's class."""
        answers: list[NDArray[Any]] = []
        places: list[NDArray[np.intp]] = []
        for rows, inputs in self._reader.read(texts):
            (given,) = self._session.run([self._output.name], inputs)
            if self._is_logits and np.shape(given)[1:] == (1,):  # one score is that of the second of two
                given = np.hstack([np.zeros_like(given), given])
            answers.append(
                parse_outputs(given, self.labels, texts=[texts[row] for row in rows], where=self._where)
            )
            places.append(rows)
        if not answers:
            return np.empty((0, len(self.labels)))
        order = np.argsort(np.concatenate(places))
        joined: Outputs = np.concatenate(answers)[order]
        return _softmax(joined) if self._is_logits and joined.ndim > 1 else joined


def _session(model: OnnxModel) -> Any:  # noqa: ANN401
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = _FATAL
    try:
        return onnxruntime.InferenceSession(
            str(model.graph), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # its errors have no class in common
        reason = " ".join(str(error).split())
        raise UserError(f"{model.name!r} cannot be loaded: {reason}") from error


def _output(session: Any, model: OnnxModel) -> Any:  # noqa: ANN401
    """The output to read: the requested one, else that of scores, else that of labels."""
    outputs = session.get_outputs()
    names = [each.name for each in outputs]
    if model.output is not None:
        if model.output not in names:
            raise UserError(
                f"output of {model.name!r} must be one of {', '.join(names)}, got {model.output!r}"
            )
        return outputs[names.index(model.output)]
    scores = [each for each in outputs if _may_be_scores(each, classes=len(model.labels))]
    named = [each for each in scores if each.name == "logits"] or [
        each for each in scores if "prob" in each.name
    ]
    for found in (scores, named, [] if scores else outputs):
        if len(found) == 1:
            return found[0]
    told = ", ".join(f"{each.name} ({each.type})" for each in outputs)
    raise UserError(f"{model.name!r} has several outputs, {told}: say which is read with ?output={names[0]}")


def _may_be_scores(output: Any, *, classes: int) -> bool:  # noqa: ANN401
    """Whether an output can hold class scores: an array of fitting shape, or a dictionary for each text."""
    if output.type not in _FLOATS:
        return bool(output.type.startswith("seq(map("))
    return len(output.shape) < 2 or (  # noqa: PLR2004  (a shape that is not known, or texts and classes)
        len(output.shape) == 2 and (not isinstance(output.shape[1], int) or output.shape[1] in (1, classes))  # noqa: PLR2004
    )


def _holds_logits(output: Any, model: OnnxModel) -> bool:  # noqa: ANN401
    if model.scores is not None or output.type not in _FLOATS:
        return model.scores == "logits"
    if output.name == "logits" or "prob" in output.name:
        return bool(output.name == "logits")
    raise UserError(
        f"output {output.name} of {model.name!r} may hold logits or probabilities: say which, "
        "with ?scores=logits or ?scores=probabilities"
    )


def _softmax(logits: Outputs) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares
