"""Texts to word pieces, and word pieces to the rectangular batches a network reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from robustaudit.models.batching import count_truncated, encodable, panics_as_errors
from robustaudit.models.word_pieces import WordPieces

_UNKNOWN = "[UNK]"


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """Word-piece ids (int64) and which of them are real (bool), both of shape (n_texts, longest)."""

    ids: Tensor
    real: Tensor


class PieceTokenizer:
    """The word pieces of a saved tokenizer, cut to `max_tokens` with the special ones counted.

    Those that open and close a text are real tokens, so even an empty text has two.
    """

    def __init__(self, *, path: Path, max_tokens: int) -> None:
        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        self.max_tokens = max_tokens

    @property
    def pieces(self) -> int:
        """The number of word pieces."""
        return self._tokenizer.get_vocab_size()

    def knows(self, text: str) -> bool:
        """Whether a text has any piece besides those for its ends and for what is unknown."""
        special = self._tokenizer.get_added_tokens_decoder()
        return any(piece not in special for piece in self._tokenizer.encode(encodable(text)).ids)

    def count(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of each text the number of its pieces, and how many of them stand for what is unknown."""
        unknown = self._tokenizer.token_to_id(_UNKNOWN)
        ids = self.encode(texts)
        pieces = np.array([len(each) for each in ids], dtype=np.int64)
        return pieces, np.array([int((each == unknown).sum()) for each in ids], dtype=np.int64)

    def split_words(self, words: Sequence[str]) -> list[WordPieces]:
        """The pieces of each word alone, without those that open and close a text."""
        with panics_as_errors("the tokenizer"):
            split = self._tokenizer.encode_batch(list(map(encodable, words)), add_special_tokens=False)
        return [WordPieces.of(word, each.tokens, _UNKNOWN) for word, each in zip(words, split, strict=True)]

    def count_truncated(self, texts: Sequence[str]) -> int:
        """How many of the texts have more pieces than are read."""
        return count_truncated(self._tokenizer, texts, self.max_tokens)

    def encode(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """The ids of each text."""
        with panics_as_errors("the tokenizer"):
            encodings = self._tokenizer.encode_batch([encodable(text) for text in texts])
        return [np.array(encoding.ids, dtype=np.int64) for encoding in encodings]


def pad(sequences: Sequence[NDArray[np.int64]]) -> TokenBatch:
    """One batch as long as its longest sequence, padded on the right."""
    lengths = np.array([len(sequence) for sequence in sequences])
    real = np.arange(lengths.max()) < lengths[:, None]
    ids = np.zeros(real.shape, dtype=np.int64)
    ids[real] = np.concatenate(sequences)
    return TokenBatch(torch.from_numpy(ids), torch.from_numpy(real))
