"""A graph of ONNX Runtime as a classifier; imports onnxruntime, and tokenizers where there is one."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from robustaudit.core.errors import UserError
from robustaudit.models.adapters.answers import Answer, read_answer
from robustaudit.models.adapters.onnx_inputs import reader_of
from robustaudit.models.adapters.onnx_runtime import GRAPH, OnnxModel

_FATAL = 4  # of ONNX Runtime's own log, which it writes to standard error
_FLOATS = ("tensor(float)", "tensor(double)", "tensor(float16)", "tensor(bfloat16)")


class OnnxClassifier:
    """A graph that answers with probabilities, logits or labels."""

    def __init__(self, model: OnnxModel) -> None:
        self.labels = model.labels
        self._session = _session(model)
        self._reader = reader_of(self._session, model)
        self._where = f"model {model.name!r}"
        self._output = _output(self._session, model)
        self._is_logits = _holds_logits(self._output, model)

    def predict(self, texts: Sequence[str]) -> Answer:
        """Probabilities of shape (n_texts, n_classes), or each text's class."""
        answers: list[NDArray[Any]] = []
        places: list[NDArray[np.intp]] = []
        for rows, inputs in self._reader.read(texts):
            (given,) = self._session.run([self._output.name], inputs)
            if self._is_logits and np.shape(given)[1:] == (1,):  # one score is that of the second of two
                given = np.hstack([np.zeros_like(given), given])
            answers.append(
                read_answer(given, self.labels, texts=[texts[row] for row in rows], where=self._where)
            )
            places.append(rows)
        if not answers:
            return np.empty((0, len(self.labels)))
        order = np.argsort(np.concatenate(places))
        joined: Answer = np.concatenate(answers)[order]
        return _softmax(joined) if self._is_logits and joined.ndim > 1 else joined


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


def _output(session: Any, model: OnnxModel) -> Any:  # noqa: ANN401
    """The output that is read: the one asked for, else the one of scores, else the one of labels."""
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
    """Whether it can hold a score for each class: an array by its shape, or a dictionary for each text."""
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


def _softmax(logits: Answer) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares
