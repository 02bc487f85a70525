"""The garbage collection of processes that are ours alone."""

import gc

_YOUNG, _PASSES = 200_000, 20


def collect_seldom() -> None:
    """Look for cycles once 200,000 objects are new, not 700: imports make over a million, and hardly a cycle.

    That takes an eighth of the time to import torch, and more of what follows.
    """
    gc.set_threshold(_YOUNG, _PASSES)
