"""Token sequences put together with others of about their length."""

from collections.abc import Callable, Iterator, Sequence, Sized
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robustaudit.models.classifier import MissingPredictions

_TOKENS = 2048  # of a batch that is answered


def batches_by_length(sequences: Sequence[Sized]) -> Iterator[NDArray[np.intp]]:
    """The rows of each batch of sequences of similar length, the longest first.

    A batch has as many tokens, padding included, as a core's cache holds the states of: on a CPU, batches of
    256 texts have been seen to take half as long again.
    """
    lengths = np.array([len(sequence) for sequence in sequences])
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        texts = max(1, _TOKENS // max(1, int(lengths[order[start]])))
        yield order[start : start + texts]
        start += texts


def batches_of_equal_length(
    sequences: Sequence[Sized], *, most: int | None = None
) -> Iterator[NDArray[np.intp]]:
    """The rows of each batch of sequences of one length, at most `most`, the longest first.

    Nothing is padded: what padding does to an answer differs by architecture. Positions are counted from it,
    convolutions and mixtures of tokens read it, and the last token that is pooled may be one of it.
    """
    lengths = np.array([len(sequence) for sequence in sequences])
    order = np.argsort(-lengths, kind="stable")
    for of_length in np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1):
        if len(of_length):
            texts = most or max(1, _TOKENS // max(1, int(lengths[of_length[0]])))
            yield from (of_length[start : start + texts] for start in range(0, len(of_length), texts))


def asked_once(
    texts: Sequence[str], ask: Callable[[list[str]], NDArray[np.float64] | NDArray[np.int64]]
) -> NDArray[np.float64] | NDArray[np.int64]:
    """The answers to texts of which several may be equal: each different one is asked once.

    Raises:
        MissingPredictions: some have none, by their rows among all texts.
    """
    distinct = {text: row for row, text in enumerate(dict.fromkeys(texts))}
    rows = np.array([distinct[text] for text in texts], dtype=np.int64)
    try:
        return np.asarray(ask(list(distinct)))[rows]  # type: ignore[return-value]
    except MissingPredictions as error:
        of_row = enumerate(rows.tolist())
        reasons = {place: error.reasons[row] for place, row in of_row if row in error.reasons}
        failed = [place for place, row in enumerate(rows.tolist()) if row in error.failed]
        raise MissingPredictions(error.answer[rows], reasons, failed) from error


def encodable(text: str) -> str:
    """The text with lone surrogates, which have no UTF-8, as the replacement character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_SPECIAL_TOKENS = 8  # that a tokenizer may add to a text, at most


def maybe_longer(texts: Sequence[str], max_tokens: int) -> list[str]:
    """The texts, encodable, that may have more tokens: a token stands for a byte of UTF-8 at least."""
    given = map(encodable, texts)
    return [text for text in given if len(text.encode()) + _SPECIAL_TOKENS > max_tokens]


def count_truncated(tokenizer: Any, texts: Sequence[str], max_tokens: int) -> int:  # noqa: ANN401
    """How many texts a tokenizer of the library `tokenizers`, which truncates to that length, truncates."""
    with panics_as_errors("the tokenizer"):
        encodings = tokenizer.encode_batch(maybe_longer(texts, max_tokens))
    return sum(bool(encoding.overflowing) for encoding in encodings)


@contextmanager
def panics_as_errors(what: str) -> Iterator[None]:
    """A panic, which is no Exception to Python, is an error as others are.

    Raises:
        ValueError: there was one.
    """
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise ValueError(f"{what} gave up: {error}") from error
