from dataclasses import replace

import pytest

from robustaudit.datasets import load
from robustaudit.training.preset import load_preset
from robustaudit.training.splits import split


@pytest.fixture(scope="session")
def tiny():
    return load("tiny")


@pytest.fixture(scope="session")
def splits(tiny):
    return split(tiny)


@pytest.fixture(scope="session")
def small():
    """The compact preset with networks that train in a second."""
    compact = load_preset("compact")
    lstm, transformer = compact.lstm, compact.transformer
    return replace(
        compact,
        name="small",
        lstm=replace(lstm, model=replace(lstm.model, hidden=8, num_heads=2, head_size=8)),
        transformer=replace(transformer, model=replace(transformer.model, feed_forward=16)),
    ).with_epochs(2)
