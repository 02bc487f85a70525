"""A model of transformers as a classifier; imports torch and transformers."""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from torch import nn
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from robustaudit.core.errors import UserError
from robustaudit.core.hub import network, quiet_hub
from robustaudit.models.lengths import by_length, encodable
from robustaudit.models.threads import one_thread

_MOST_TOKENS = 512  # where neither model nor tokenizer says how many it can read


class TransformersClassifier:
    """A model and its tokenizer, always in evaluation mode and in single precision."""

    def __init__(self, *, model: Any, tokenizer: Any, labels: tuple[str, ...], max_tokens: int) -> None:  # noqa: ANN401
        self._model = model.float().eval()
        self._tokenizer = tokenizer
        self._inputs = inspect.signature(model.forward).parameters
        self._pads = tokenizer.pad_token is not None
        if model.config.pad_token_id is None:  # a GPT is told by it where a text ends
            model.config.pad_token_id = tokenizer.pad_token_id
        self._max_tokens = max_tokens
        self.labels = labels

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Probabilities of shape (n_texts, n_classes); rows sum to 1.

        Texts are batched by length, so that little is computed for padding.
        """
        probabilities = np.empty((len(texts), len(self.labels)))
        encoded = self._encode(texts)
        for rows in self._batches(encoded):
            with _quietly():
                fields = [encoded[row] for row in rows]
                batch = self._tokenizer.pad(fields, padding=self._pads, return_tensors="pt")
            with one_thread(), torch.inference_mode():
                logits = self._model(**{name: batch[name] for name in batch if name in self._inputs}).logits
            probabilities[rows] = logits.double().softmax(dim=1).numpy()
        return probabilities

    def _encode(self, texts: Sequence[str]) -> list[dict[str, list[int]]]:
        if not texts:
            return []
        given = [encodable(text) for text in texts]
        columns = self._tokenizer(given, truncation=True, max_length=self._max_tokens)
        return [{name: columns[name][row] for name in columns} for row in range(len(texts))]

    def _batches(self, encoded: Sequence[dict[str, list[int]]]) -> Iterator[NDArray[np.intp]]:
        if self._pads:
            yield from by_length([fields["input_ids"] for fields in encoded])
        else:  # one text at a time
            yield from np.arange(len(encoded)).reshape(-1, 1)


def load(
    folder: Path, *, labels: tuple[str, ...], max_tokens: int | None, where: str
) -> TransformersClassifier:
    """The classifier in a folder; no code that lies there is run, and nothing is fetched."""
    try:
        with network(allowed=False), quiet_hub(), _quietly():
            tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
            model, report = AutoModelForSequenceClassification.from_pretrained(
                folder,
                trust_remote_code=False,
                local_files_only=True,
                use_safetensors=True,
                output_loading_info=True,
            )
    except Exception as error:  # whatever a dozen formats raise
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise UserError(f"{where} cannot be loaded without code of its own: {reason}") from error
    if missing := sorted(report["missing_keys"]):
        raise UserError(f"{where}: the weights lack {missing[0]}, which transformers would make up")
    longest = _longest(model, tokenizer)
    if max_tokens is not None and max_tokens > longest:
        raise UserError(f"max_tokens of {where} must be at most {longest}, got {max_tokens}")
    return TransformersClassifier(
        model=model, tokenizer=tokenizer, labels=labels, max_tokens=max_tokens or longest
    )


def _longest(model: nn.Module, tokenizer: Any) -> int:  # noqa: ANN401
    """How many tokens a model can read, by its positions and by what its tokenizer says."""
    known = [tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", None)]
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, nn.Embedding):
            # Where a position is kept for padding, those of tokens are counted from behind it.
            used = 0 if module.padding_idx is None else module.padding_idx + 1
            known.append(module.num_embeddings - used)
    sizes = [size for size in known if isinstance(size, int) and 0 < size < 10**9]
    return min(sizes) if sizes else _MOST_TOKENS


@contextmanager
def _quietly() -> Iterator[None]:
    """What transformers says while it loads and pads is left unsaid."""
    log: Any = transformers.utils.logging
    verbosity, bars = log.get_verbosity(), log.is_progress_bar_enabled()
    log.set_verbosity_error()
    log.disable_progress_bar()
    try:
        yield
    finally:
        log.set_verbosity(verbosity)
        if bars:
            log.enable_progress_bar()
