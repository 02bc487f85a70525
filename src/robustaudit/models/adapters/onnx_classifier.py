"""A graph of ONNX Runtime as a classifier; imports onnxruntime, and tokenizers where there is one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from robustaudit.core.errors import UserError
from robustaudit.models.adapters.answers import Answer, as_answer
from robustaudit.models.adapters.onnx_runtime import GRAPH, TOKENIZER, OnnxModel
from robustaudit.models.lengths import by_length, encodable

_MOST_TOKENS = 512  # where nothing says how many a model can read
_FATAL = 4  # of ONNX Runtime's own log, which it writes to standard error
_TEXT = "tensor(string)"
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class _Reader(Protocol):
    """Makes the inputs of a graph of texts, in batches: the rows of each, and its inputs."""

    def read(self, texts: Sequence[str]) -> "list[tuple[NDArray[np.intp], dict[str, NDArray[Any]]]]": ...


class OnnxClassifier:
    """A graph that answers with probabilities, logits or labels."""

    def __init__(self, model: OnnxModel) -> None:
        self.labels = model.labels
        self._session = _session(model)
        self._reader = _reader(self._session, model)
        self._output = _output(self._session, model)
        self._is_logits = (model.scores or _default_scores(self._output, self._reader)) == "logits"

    def predict(self, texts: Sequence[str]) -> Answer:
        """Probabilities of shape (n_texts, n_classes), or each text's class."""
        answers: list[NDArray[Any]] = []
        places: list[NDArray[np.intp]] = []
        for rows, inputs in self._reader.read(texts):
            (answer,) = self._session.run([self._output], inputs)
            answers.append(self._as_answer(answer))
            places.append(rows)
        if not answers:
            return np.empty((0, len(self.labels)))
        order = np.argsort(np.concatenate(places))
        joined: Answer = np.concatenate(answers)[order]
        return joined

    def _as_answer(self, answer: Any) -> Answer:  # noqa: ANN401
        if isinstance(answer, list):  # a score for each label by its name, as scikit-learn's are exported
            names = [{str(name): score for name, score in scores.items()} for scores in answer]
            return np.array([[scores[label] for label in self.labels] for scores in names])
        found = as_answer(answer, self.labels)
        return _softmax(found) if self._is_logits and found.ndim > 1 else found


class _Texts:
    """Texts as they are, in batches as they are asked."""

    def __init__(self, name: str, dimensions: int) -> None:
        self._name = name
        self._dimensions = dimensions

    def read(self, texts: Sequence[str]) -> list[tuple[NDArray[np.intp], dict[str, NDArray[Any]]]]:
        if not texts:
            return []
        given = np.array([encodable(text) for text in texts], dtype=object)
        shape = (-1,) + (1,) * (self._dimensions - 1)
        return [(np.arange(len(texts)), {self._name: given.reshape(shape)})]


class _Tokens:
    """Tokens of texts, in batches of about one length."""

    def __init__(self, path: Path, names: tuple[str, ...], max_tokens: int | None) -> None:
        from tokenizers import Tokenizer  # noqa: PLC0415  (a graph that takes texts needs none)

        self._tokenizer = Tokenizer.from_file(str(path))
        padding = self._tokenizer.padding or {}
        self._padding = {
            "input_ids": padding.get("pad_id", 0),
            "token_type_ids": padding.get("pad_type_id", 0),
        }
        self._tokenizer.no_padding()
        own = (self._tokenizer.truncation or {}).get("max_length", _MOST_TOKENS)
        self._tokenizer.enable_truncation(max_tokens or own)
        self._names = names

    def read(self, texts: Sequence[str]) -> list[tuple[NDArray[np.intp], dict[str, NDArray[Any]]]]:
        encoded = self._tokenizer.encode_batch([encodable(text) for text in texts])
        fields = [
            {
                "input_ids": each.ids,
                "attention_mask": each.attention_mask,
                "token_type_ids": each.type_ids,
            }
            for each in encoded
        ]
        return [(rows, self._inputs(fields, rows)) for rows in by_length([each.ids for each in encoded])]

    def _inputs(self, fields: list[dict[str, list[int]]], rows: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
        longest = max(len(fields[row]["input_ids"]) for row in rows)
        inputs = {}
        for name in self._names:
            inputs[name] = np.full((len(rows), longest), self._padding.get(name, 0), dtype=np.int64)
            for place, row in enumerate(rows):
                inputs[name][place, : len(fields[row][name])] = fields[row][name]
        return inputs


def _session(model: OnnxModel) -> Any:  # noqa: ANN401
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = _FATAL
    try:
        return onnxruntime.InferenceSession(
            str(model.folder / GRAPH), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # its errors have no class in common
        reason = " ".join(str(error).split())
        raise UserError(f"{model.name!r} cannot be loaded: {reason}") from error


def _reader(session: Any, model: OnnxModel) -> _Reader:  # noqa: ANN401
    inputs = session.get_inputs()
    if len(inputs) == 1 and inputs[0].type == _TEXT:
        return _Texts(inputs[0].name, len(inputs[0].shape))
    names = tuple(each.name for each in inputs)
    if not set(names) <= set(_INPUTS):
        raise UserError(
            f"inputs of {model.name!r} must be one of texts, or {', '.join(_INPUTS)}, got {', '.join(names)}"
        )
    if any(isinstance(size, int) for each in inputs for size in each.shape):
        raise UserError(
            f"inputs of {model.name!r} must take any number of texts and tokens, "
            f"got the shape {inputs[0].shape}: export it with dynamic axes"
        )
    if not (model.folder / TOKENIZER).is_file():
        raise UserError(f"{model.name!r} takes tokens: put its {TOKENIZER} beside {GRAPH}")
    return _Tokens(model.folder / TOKENIZER, names, model.max_tokens)


def _output(session: Any, model: OnnxModel) -> str:  # noqa: ANN401
    """The output that is read: the one asked for, else the last, where scikit-learn's have their scores."""
    names = [each.name for each in session.get_outputs()]
    wanted = model.output or ("logits" if "logits" in names else names[-1])
    if wanted not in names:
        raise UserError(f"output of {model.name!r} must be one of {', '.join(names)}, got {wanted!r}")
    return str(wanted)


def _default_scores(output: str, reader: _Reader) -> str:
    if "prob" in output:
        return "probabilities"
    return "logits" if output == "logits" or isinstance(reader, _Tokens) else "probabilities"


def _softmax(logits: Answer) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares
