"""A model of transformers as a classifier; imports torch and transformers."""

import copy
import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from torch import nn
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

from robustaudit.core.errors import UserError
from robustaudit.core.hub import network_access, quiet_hub
from robustaudit.models.adapters.model_files import read_object
from robustaudit.models.batching import (
    batches_of_equal_length,
    encodable,
    maybe_longer,
    panics_as_errors,
)
from robustaudit.models.forms import Form, computing
from robustaudit.models.weights import (
    WeightSizes,
    check_layers,
    one_thread,
    weight_sizes,
    within_weight_sizes,
)
from robustaudit.models.word_pieces import WordPieces

_MOST_TOKENS = 512  # where neither model nor tokenizer says how many it can read


class TransformersClassifier:
    """A model and its tokenizer, always in evaluation mode, with weights in single precision."""

    def __init__(self, *, model: Any, tokenizer: Any, labels: tuple[str, ...], max_tokens: int) -> None:  # noqa: ANN401
        self._model = model.float().eval()
        self._tokenizer = tokenizer
        self._inputs = inspect.signature(model.forward).parameters
        if model.config.pad_token_id is None:  # a GPT is told by it where a text ends
            model.config.pad_token_id = tokenizer.pad_token_id
        self._most = 1 if model.config.pad_token_id is None else None  # a GPT refuses more without it
        self._start = _start(tokenizer)
        self.max_tokens = max_tokens
        self.form: Form = "fp32"
        self.labels = labels
        self.preferred_batch_size = 256  # for batches of equal length

    @property
    def model(self) -> Any:  # noqa: ANN401
        """The model itself."""
        return self._model

    def token_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of each text, as many as are read."""
        return [fields["input_ids"] for fields in self._encode(texts)]

    def save(self, folder: Path) -> None:
        """Write model and tokenizer into `folder`, as transformers does, the weights as safetensors."""
        with _quietly():
            self._model.save_pretrained(folder)
            self._tokenizer.save_pretrained(folder)

    def in_form(self, form: Form) -> "TransformersClassifier":
        """The same model, computed in that form."""
        made = copy.copy(self)
        made.form = form
        return made

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Probabilities of shape (n_texts, n_classes); rows sum to 1.

        Only texts of as many tokens are put into one batch, so that no answer depends on padding.
        """
        probabilities = np.empty((len(texts), len(self.labels)))
        encoded = self._encode(texts)
        with one_thread(), torch.inference_mode(), computing(self.form):
            for rows in batches_of_equal_length([fields["input_ids"] for fields in encoded], most=self._most):
                names = [name for name in encoded[rows[0]] if name in self._inputs]
                batch = {name: torch.tensor([encoded[row][name] for row in rows]) for name in names}
                logits = self._model(**batch).logits
                probabilities[rows] = _probabilities(logits.double()).numpy()
        return probabilities

    def count_truncated(self, texts: Sequence[str]) -> int:
        """How many of the texts have more tokens than are read."""
        given = maybe_longer(texts, self.max_tokens)
        if not given:
            return 0
        with _quietly(), panics_as_errors("the tokenizer"):
            ids = self._tokenizer(given, truncation=False)["input_ids"]
        return sum(len(each) > self.max_tokens for each in ids)

    def split_words(self, words: Sequence[str]) -> list[WordPieces]:
        """How each word is read alone, within a text."""
        with _quietly(), panics_as_errors("the tokenizer"):
            split = [self._tokenizer.tokenize(f" {encodable(word)}") for word in words]
        unknown = self._tokenizer.unk_token
        return [WordPieces.of(word, pieces, unknown) for word, pieces in zip(words, split, strict=True)]

    def _encode(self, texts: Sequence[str]) -> list[dict[str, list[int]]]:
        if not texts:
            return []
        given = [encodable(text) for text in texts]
        with _quietly(), panics_as_errors("the tokenizer"):
            columns = self._tokenizer(given, truncation=True, max_length=self.max_tokens)
        return [self._begun({name: columns[name][row] for name in columns}) for row in range(len(texts))]

    def _begun(self, fields: dict[str, list[int]]) -> dict[str, list[int]]:
        """A text of at least one token: one of none is read as the token that texts begin with."""
        if fields["input_ids"]:
            return fields
        if self._start is None:
            raise ValueError("the tokenizer makes no token of the text, and has none that texts begin with")
        own = {"input_ids": self._start, "attention_mask": 1}
        return {name: [own.get(name, 0)] for name in fields}


def _probabilities(logits: torch.Tensor) -> torch.Tensor:
    """Probabilities of all classes; a single score is that of the second of two classes."""
    if logits.shape[1] == 1:
        return torch.cat([(-logits).sigmoid(), logits.sigmoid()], dim=1)
    return logits.softmax(dim=1)


def _start(tokenizer: Any) -> int | None:  # noqa: ANN401
    """The token id for the beginning of a text (or its end, if the model has one for both)."""
    known = (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id)
    return next((token for token in known if token is not None), None)


def _check_size(folder: Path, held: WeightSizes, where: str) -> None:
    """Build the network where tensors hold no numbers: transformers 4 would make room for them at once."""
    config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    untyped: Any = AutoModelForSequenceClassification
    with (
        torch.device("meta"),
        within_weight_sizes(held, where),
        suppress(RuntimeError),
    ):  # not each can be built there
        untyped.from_config(config, trust_remote_code=False)


def load(
    folder: Path, *, labels: tuple[str, ...], max_tokens: int | None, where: str
) -> TransformersClassifier:
    """The classifier in a folder; no code that lies there is run, and nothing is fetched."""
    held = weight_sizes(sorted(folder.glob("*.safetensors")), where)
    check_layers(read_object(folder / "config.json"), held, where)
    try:
        with network_access(allowed=False), quiet_hub(), _quietly(), panics_as_errors("a library"):
            _check_size(folder, held, where)
            tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
            model, report = AutoModelForSequenceClassification.from_pretrained(
                folder,
                trust_remote_code=False,
                local_files_only=True,
                use_safetensors=True,
                output_loading_info=True,
            )
    except UserError:
        raise
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
    """The maximum number of tokens, by the model's positions and its tokenizer."""
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
    """Suppress the log of transformers while it loads and pads."""
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
