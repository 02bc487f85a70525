from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from robustaudit.core.errors import UserError
from robustaudit.datasets import Dataset
from robustaudit.models import resolve
from robustaudit.training.checks import memory_errors
from robustaudit.training.train import train
from robustaudit.training.training_events import ModelEvent, Resumed, StepsDone


def of_the_cpu():
    torch.empty(2**50)


def of_a_gpu():
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


def of_numpy():
    np.empty(2**50)


def running_out(lack, *, at):
    """A listener during whose hearing of its `at`-th step memory runs out."""
    steps: list[Any] = []

    def listener(event):
        if isinstance(event, ModelEvent) and isinstance(event.event, StepsDone):
            steps.append(event)
            if len(steps) == at:
                lack()

    return listener


@pytest.mark.parametrize("lack", [of_the_cpu, of_a_gpu, of_numpy])
def test_too_little_memory_is_one_line_that_names_the_number_to_lower(lack, tiny, small, tmp_path):
    with pytest.raises(UserError) as failure:
        train(["7"], dataset=tiny, preset=small, output=tmp_path, listener=running_out(lack, at=1))

    assert str(failure.value) == (
        "not enough memory to train model '7': "
        "lower batch_size, now 64, such as --set transformer.training.batch_size=32"
    )


def test_what_was_finished_before_memory_ran_out_is_kept(tiny, small, tmp_path):
    steps: list[Any] = []
    whole = tmp_path / "whole"
    with pytest.raises(
        UserError, match=r"the same command goes on after the last whole epoch, which '.*' keep"
    ):
        train(["1"], dataset=tiny, preset=small, output=tmp_path, listener=running_out(of_the_cpu, at=5))
    train(["1"], dataset=tiny, preset=small, output=tmp_path, listener=steps.append)
    train(["1"], dataset=tiny, preset=small, output=whole)

    assert ModelEvent(name="1", event=Resumed(epoch=1, steps=4)) in steps
    assert resolve("1", folder=tmp_path).digest == resolve("1", folder=whole).digest


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("4", "lower max_tokens, now 128, such as --set lstm.model.max_tokens=64"),
        ("tfidf", "count fewer terms, such as --set tfidf.model.min_texts=4"),
    ],
)
def test_what_helps_where_no_batch_can_be_smaller(name, remedy, small, tmp_path):
    lstm = replace(small.lstm, training=replace(small.lstm.training, batch_size=1))
    single = replace(small, lstm=lstm)

    with (
        pytest.raises(UserError, match=remedy),
        memory_errors(name, preset=single, checkpoint=tmp_path / "none"),
    ):
        raise MemoryError


def test_a_defect_is_not_taken_for_too_little_memory(small, tmp_path):
    with (
        pytest.raises(RuntimeError, match="shapes cannot be multiplied"),
        memory_errors("1", preset=small, checkpoint=tmp_path / "none"),
    ):
        torch.ones(2, 3) @ torch.ones(2, 3)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("1", "data 'mine' has no training text that can be read: all are empty, or of signs"),
        (
            "tfidf",
            r"nothing to learn from: no word of \d+ training texts stands in min_texts=2 or more of them",
        ),
    ],
)
def test_texts_without_a_word_are_refused(name, message, tiny, small, tmp_path):
    mute = Dataset(
        "mine", tuple(replace(example, text="🤢 " * (i % 3)) for i, example in enumerate(tiny.examples))
    )

    with pytest.raises(UserError, match=message):
        train([name], dataset=mute, preset=small, output=tmp_path)


def test_texts_of_which_one_has_a_word_are_not(tiny, small, tmp_path):
    terse = Dataset(
        "mine", tuple(replace(example, text="bad" * (i % 9 == 0)) for i, example in enumerate(tiny.examples))
    )

    train(["1"], dataset=terse, preset=small, epochs=1, output=tmp_path)
    assert resolve("1", folder=tmp_path).load().predict(["bad"]).shape == (1, 2)
