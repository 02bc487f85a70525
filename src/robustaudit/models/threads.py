"""How many threads torch works with."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch on one thread for a while, and then on as many as before.

    The networks here are so small that threads cost more than they bring: where another process holds a core,
    those of one LSTM step wait for each other, and a batch has been seen to take 70 times as long.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
