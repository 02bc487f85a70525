import json
from dataclasses import replace

import pytest
from transformers import BertConfig, BertModel

from robustaudit.datasets import load
from robustaudit.models.weights import write_tensors
from robustaudit.training.loop import seeded
from robustaudit.training.preset import load_preset
from robustaudit.training.training_splits import split
from robustaudit.training.trainings import read_trainings
from trainings import write_training


@pytest.fixture(scope="session")
def tiny():
    return load("tiny")


@pytest.fixture(scope="session")
def splits(tiny):
    return split(tiny)


@pytest.fixture(scope="session")
def small_base(tmp_path_factory):
    """A BERT that nobody trained, small enough to be trained in a second, as a folder."""
    config = {
        "vocab_size": 30_522,
        "hidden_size": 8,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "intermediate_size": 12,
    }
    folder = tmp_path_factory.mktemp("base")
    (folder / "config.json").write_text(json.dumps(config))
    with seeded(0):
        base = BertModel(BertConfig(**config), add_pooling_layer=False)
    write_tensors(base.state_dict(), folder / "model.safetensors")
    return folder


@pytest.fixture(scope="session")
def small(small_base):
    """The compact preset with networks that train in a second."""
    compact = load_preset("compact")
    lstm, transformer, bert = compact.lstm, compact.transformer, compact.bert
    return replace(
        compact,
        name="small",
        lstm=replace(lstm, model=replace(lstm.model, hidden=8, num_heads=2, head_size=8)),
        transformer=replace(transformer, model=replace(transformer.model, feed_forward=16)),
        bert=replace(bert, model=replace(bert.model, base=str(small_base), trained_layers=2)),
        settings={},
    ).with_epochs(2)


@pytest.fixture(autouse=True)
def _as_a_command(command_line_words: None) -> None:
    """Messages are tested as the command line has them."""


@pytest.fixture
def told(tmp_path):
    """The trainings of some courses, as they are read from the files they leave."""

    def read(*courses):
        for course in courses:
            write_training(course, tmp_path)
        return read_trainings(None, folder=tmp_path)

    return read
