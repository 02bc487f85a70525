"""The global generators of Python, NumPy and torch, lent to libraries that draw from no others."""

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import numpy as np

_HALF = 2**32


@contextmanager
def borrowed_generators() -> Iterator[Callable[[int], None]]:
    """A function that seeds them with 64 bits; after the block they go on where they were before it."""
    with ExitStack() as undo:
        undo.callback(random.setstate, random.getstate())
        undo.callback(np.random.set_state, np.random.get_state())  # noqa: NPY002  # what others draw from
        if torch := sys.modules.get("torch"):
            undo.enter_context(torch.random.fork_rng(range(torch.cuda.device_count())))
        yield _seed


def _seed(key: int) -> None:
    random.seed(key)
    np.random.seed([key % _HALF, key // _HALF])  # noqa: NPY002
    if torch := sys.modules.get("torch"):
        torch.manual_seed(key)
