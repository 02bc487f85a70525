"""A trained network as a classifier."""

import copy
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from robustaudit.core.errors import UserError
from robustaudit.core.files import sha256_of
from robustaudit.core.typed_values import parse_typed
from robustaudit.models.architectures.build import build, build_bert, find_base
from robustaudit.models.architectures.layers import Vectors
from robustaudit.models.batching import batches_by_length, batches_of_equal_length
from robustaudit.models.card import BertSizes, Card, LSTMSizes, NetworkSizes, TransformerSizes
from robustaudit.models.forms import Form, computing
from robustaudit.models.reference_models import REFERENCE_MODELS, ModelFamily
from robustaudit.models.tokens import PieceTokenizer, pad
from robustaudit.models.weights import (
    check_size,
    load_shared_embeddings,
    load_trained_embeddings,
    load_weights,
    one_thread,
    weight_sizes,
    without_random_numbers,
)
from robustaudit.models.word_pieces import WordPieces

SIZES: Mapping[ModelFamily, type[NetworkSizes]] = MappingProxyType(
    {"lstm": LSTMSizes, "transformer": TransformerSizes, "bert": BertSizes}
)


class TorchClassifier:
    """A network with its tokenizer, always in evaluation mode: dropout is off, two answers agree."""

    def __init__(self, *, module: nn.Module, tokenizer: PieceTokenizer, labels: tuple[str, ...]) -> None:
        self._module = module.eval()
        self._tokenizer = tokenizer
        self.form: Form = "fp32"
        self.preferred_batch_size = 2048  # for little padding, and full batches of one length
        self.labels = labels
        self.max_tokens = tokenizer.max_tokens

    def count_truncated(self, texts: Sequence[str]) -> int:
        """How many of the texts have more tokens than are read."""
        return self._tokenizer.count_truncated(texts)

    def split_words(self, words: Sequence[str]) -> list[WordPieces]:
        """How each word is read alone."""
        return self._tokenizer.split_words(words)

    def in_form(self, form: Form) -> "TorchClassifier":
        """The same network, computed in that form."""
        made = copy.copy(self)
        made.form = form
        return made

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Probabilities of shape (n_texts, n_classes); rows sum to 1.

        Texts are batched by length, so that little is computed for padding. In bf16 padding would round what
        attention gives differently: there, texts of one length are put together, and no batch matters.
        """
        probabilities = np.empty((len(texts), len(self.labels)))
        sequences = self._tokenizer.encode(texts)
        batches = batches_by_length if self.form == "fp32" else batches_of_equal_length
        with one_thread(), torch.inference_mode(), computing(self.form):
            for rows in batches(sequences):
                batch = pad([sequences[row] for row in rows])
                logits = self._module(batch.ids, batch.real)
                probabilities[rows] = logits.double().softmax(dim=1).numpy()
        return probabilities


def load(card: Card, folder: Path) -> TorchClassifier:
    """The classifier of a card that lies in `folder`."""
    module, tokenizer = load_network(card, folder)
    return TorchClassifier(module=module, tokenizer=tokenizer, labels=card.labels)


def load_network(card: Card, folder: Path) -> tuple[nn.Module, PieceTokenizer]:
    """The network of a card that lies in `folder`, with its tokenizer."""
    kind = SIZES[REFERENCE_MODELS[card.name].family]
    sizes = parse_typed(kind, card.preset.model, where=f"model card of {card.name!r}")
    weights = card.locate("weights", folder)
    with without_random_numbers():
        module = _untrained(card, sizes, weights, folder)
    load_weights(module, weights)
    return module, PieceTokenizer(path=card.locate("tokenizer", folder), max_tokens=sizes.max_tokens)


def _untrained(card: Card, sizes: NetworkSizes, weights: Path, folder: Path) -> nn.Module:
    """The network of a card, with all that it did not learn; none larger than its weights can fill."""
    classes, where = len(card.labels), f"model {card.name!r}"
    if isinstance(sizes, BertSizes):
        base = find_base(sizes.base)
        if card.base_sha256 and sha256_of(base) != card.base_sha256:
            raise UserError(f"{where}: its base {sizes.base!r} has other weights than it was trained on")
        shape = partial(build_bert, sizes=sizes, classes=classes, filled=False)
        check_size(shape, weight_sizes([weights, base], where), where)
        return build_bert(sizes=sizes, classes=classes)
    vectors = _vectors(card, weights, folder)
    shared = [card.locate("embeddings", folder)] if "embeddings" in card.files else []
    make = partial(build, card.name, sizes=sizes, vectors=vectors, classes=classes)
    check_size(make, weight_sizes([weights, *shared], where), where)
    return make()


def _vectors(card: Card, weights: Path, folder: Path) -> Vectors:
    """The word pieces' vectors: the table that the card names, else the one among the weights."""
    if "embeddings" in card.files:
        return Vectors(table=load_shared_embeddings(card.locate("embeddings", folder)))
    return Vectors(table=load_trained_embeddings(weights), learned=True)
