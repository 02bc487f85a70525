"""Failures of training that the user can correct, each in one clear line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from robustaudit.core.errors import UserError
from robustaudit.core.spelling import option
from robustaudit.models.reference_models import REFERENCE_MODELS
from robustaudit.models.tokens import PieceTokenizer
from robustaudit.training.preset import Preset
from robustaudit.training.training_splits import TrainingSplits

# What torch says, in no type of its own, of a CPU, a GPU, and a GPU's libraries.
_OUT_OF_MEMORY = ("can't allocate memory", "out of memory", "ALLOC_FAILED")


@contextmanager
def memory_errors(name: str, *, preset: Preset, checkpoint: Path) -> Iterator[None]:
    """If memory does not suffice to train model `name`, say which number to lower.

    Raises:
        UserError: there was not enough.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and not any(sign in str(error) for sign in _OUT_OF_MEMORY):
            raise
        kept = (
            f"; with memory freed, the same command goes on after the last whole epoch, which "
            f"{str(checkpoint)!r} keeps: delete it to train with other numbers"
            if checkpoint.is_file()
            else ""
        )
        raise UserError(
            f"not enough memory to train model {name!r}: {_remedy(name, preset)}{kept}"
        ) from error


def check_known_pieces(splits: TrainingSplits, tokenizer: PieceTokenizer, *, data: str) -> None:
    """Refuse the splits of `data` where no piece of any training text is known: there is nothing to learn.

    Raises:
        UserError: all are empty, or of signs that the tokenizer has no piece for.
    """
    if not any(tokenizer.knows(example.text) for example in splits.train):
        raise UserError(
            f"data {data!r} has no training text that can be read: "
            "all are empty, or of signs that no word piece stands for"
        )


def _remedy(name: str, preset: Preset) -> str:
    family = REFERENCE_MODELS[name].family
    if family == "tfidf":
        change = f"tfidf.model.min_texts={2 * preset.tfidf.model.min_texts}"
        return f"count fewer terms, such as {option('set', change)}"
    network = preset.network(name)
    size, tokens = network.training.batch_size, network.model.max_tokens
    if size > 1:
        change = f"{family}.training.batch_size={size // 2}"
        return f"lower batch_size, now {size}, such as {option('set', change)}"
    change = f"{family}.model.max_tokens={tokens // 2}"
    return f"lower max_tokens, now {tokens}, such as {option('set', change)}"
