"""The garbage collection of processes that are ours alone."""

import gc

_YOUNG, _PASSES = 50_000, 20


def collect_seldom() -> None:
    """Look for cycles once 50,000 objects are new, not 700: imports make over a million, and hardly a cycle.

    That takes a sixth of the time to import torch, and more of what follows.
    """
    gc.set_threshold(_YOUNG, _PASSES)
